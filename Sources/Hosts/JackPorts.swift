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
}
