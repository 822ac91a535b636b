import CJack

/// The ports of a server.
enum JackPorts {
  /// The names of the physical ports of a direction.
  static func physical(
    _ client: OpaquePointer, _ flags: JackPortFlags, _ type: String = JACK_DEFAULT_AUDIO_TYPE
  ) -> [String] {
    let flags = UInt(flags.rawValue) | UInt(JackPortIsPhysical.rawValue)
    guard let list = jack_get_ports(client, nil, type, flags) else { return [] }
    defer { jack_free(list) }
    var names: [String] = []
    while let name = list[names.count] { names.append(String(cString: name)) }
    return names
  }

  /// The name of a port and its aliases: the server calls a keyboard `system:midi_capture_1`, an alias has its name.
  static func names(of name: String, _ client: OpaquePointer) -> [String] {
    guard let port = jack_port_by_name(client, name) else { return [name] }
    let size = Int(jack_port_name_size())
    let first = UnsafeMutablePointer<CChar>.allocate(capacity: 2 * size)
    defer { first.deallocate() }
    let count = cjack_port_aliases(port, first, first + size)
    var names = [name]
    if count > 0 { names.append(String(cString: first)) }
    if count > 1 { names.append(String(cString: first + size)) }
    return names
  }
}
