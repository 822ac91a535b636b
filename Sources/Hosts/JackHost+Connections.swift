import CJack
import CRealtime

/// The connections of the client's ports, and their restoration after a server restart.
extension JackHost {
  /// Restores the earlier connections; without any, connects to the physical ports in order.
  func connect(inputs: [OpaquePointer], outputs: [OpaquePointer], midi: [OpaquePointer]) {
    guard let client else { return }
    defer { hasChosenMidi = true }
    if let connections {
      missed = connections.enumerated().flatMap { port, peers in peers.map { (port, $0) } }
      if !hasChosenMidi, options.midi != .all {
        // A choice of this start replaces what the run before had.
        missed.removeAll { $0.port >= inputs.count + outputs.count }
        connectMidi(client, midi)
      }
      missedUntil = weft_nanoseconds() + JackHost.patience * 1_000_000_000
      joinMissed()
    } else if options.connects {
      for (ports, flags) in [(outputs, JackPortIsInput), (inputs, JackPortIsOutput)] {
        let peers = JackPorts.physical(client, flags)
        for (port, peer) in zip(ports, peers) { join(client, port, peer, isOutput: flags == JackPortIsInput) }
      }
      connectMidi(client, midi)
    }
  }

  private func connectMidi(_ client: OpaquePointer, _ ports: [OpaquePointer]) {
    for port in ports {
      for peer in JackPorts.physical(client, JackPortIsOutput, JACK_DEFAULT_MIDI_TYPE)
      where options.midi.accepts(JackPorts.names(of: peer, client)) {
        join(client, port, peer, isOutput: false)
      }
    }
  }

  public var midi: MidiChoice { options.midi }

  /// The physical MIDI sources of the server, each with its aliases and whether `Options.midi` accepts it.
  public var midiSources: [(name: String, isAccepted: Bool)] {
    guard let client else { return [] }
    return JackPorts.physical(client, JackPortIsOutput, JACK_DEFAULT_MIDI_TYPE).map {
      let names = JackPorts.names(of: $0, client)
      return (names.joined(separator: " = "), options.midi.accepts(names))
    }
  }

  /// Connects to peers that have returned.
  func joinMissed() {
    guard let client, let state, !missed.isEmpty else { return }
    let ports = state.ports
    missed.removeAll { port, peer in
      guard port < ports.count, jack_port_by_name(client, peer) != nil else { return false }
      join(client, ports[port], peer, isOutput: port < state.outputPorts.count)
      return true
    }
    if weft_nanoseconds() > missedUntil { missed = [] }
  }

  private func join(_ client: OpaquePointer, _ port: OpaquePointer, _ peer: String, isOutput: Bool) {
    let name = jack_port_name(port)
    _ = isOutput ? jack_connect(client, name, peer) : jack_connect(client, peer, name)
  }

  /// Number of connected output ports; nil without a server.
  public var connectedOutputs: Int? {
    guard client != nil, let state else { return nil }
    return state.outputPorts.filter { !peers(of: $0).isEmpty }.count
  }

  func peers(of port: OpaquePointer) -> [String] {
    guard let client, let list = jack_port_get_all_connections(client, port) else { return [] }
    defer { jack_free(list) }
    var names: [String] = []
    while let name = list[names.count] { names.append(String(cString: name)) }
    return names
  }
}

/// Connections that outlive the program.
extension JackHost {
  /// The peers of each port, in order of registration; nil before they are known. Set before `open`, they are restored.
  public var keptConnections: [[String]]? {
    get { connections }
    set { connections = newValue }
  }
}
