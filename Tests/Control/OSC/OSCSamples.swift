import Control

/// Valid messages and packets for several suites.
enum OSCSamples {
  static let everyType: [OSCArgument] = [
    .int32(.min), .int32(7), .int64(.max), .float(-0.25), .double(1e300), "", "abc", "abcd", "Grüße, 音", .symbol("sym"),
    .blob([]), .blob([1]), .blob([1, 2, 3, 4]), .blob([0xC0, 0xDB, 0, 0, 5]), .timeTag(0x0123_4567_89AB_CDEF),
    true, false, .nil, .impulse, .char(65), .midi(0x0190_3C7F), .color(0x1122_33FF),
    .array([]), .array([1, .array(["deep", .color(9)]), 2.5]),
  ]

  static let messages: [OSCMessage] =
    everyType.map { OSCMessage("/one/argument", [$0]) } + [
      OSCMessage("/patch/commit"), OSCMessage("/every/type", everyType),
      OSCMessage("/mod/osc1/frequency", [880.0, "#7"]), OSCMessage("/a*/[a-z]?/{b,c}//d", [1]),
    ]

  static let bundle = OSCPacket.bundle(
    timeTag: 1,
    [
      .message(messages[1]), .bundle(timeTag: 0xE000_0000_8000_0000, []),
      .bundle(timeTag: 99, messages.map { .message($0) }),
    ])

  static let packets = messages.map { OSCPacket.message($0) } + [bundle]

  static func nested(_ depth: Int) -> OSCPacket {
    (0..<depth).reduce(.message(OSCMessage("/deep"))) { inner, _ in .bundle(timeTag: 1, [inner]) }
  }
}
