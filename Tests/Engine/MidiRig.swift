import Engine
import PatchKit
import Testing

extension EngineRig {
  /// Queues bytes at a frame of the next period.
  func midi(_ bytes: UInt8..., after offset: Int = 0) { midi(bytes, after: offset) }
  func midi(_ bytes: [UInt8], after offset: Int = 0) {
    bytes.withUnsafeBufferPointer {
      if let base = $0.baseAddress { engine.receive(midi: base, count: $0.count, after: offset) }
    }
  }

  /// Sends a controller, on channel 1 by default.
  func control(_ number: UInt8, _ value: UInt8, channel: UInt8 = 1) { midi(0xb0 | (channel - 1), number, value) }

  /// Sends a registered parameter.
  func register(_ parameter: UInt8, _ value: UInt8, channel: UInt8 = 1) {
    control(101, 0, channel: channel)
    control(100, parameter, channel: channel)
    control(6, value, channel: channel)
  }

  /// One output of a `notes` node, of the first voice, as the sound.
  static func probe(_ output: String, _ params: [(String, ParamValue)] = []) throws -> EngineRig {
    let rig = EngineRig()
    rig.create("keys", "notes", params)
    rig.create("out", "output")
    rig.connect("keys/\(output)", "out/left")
    try rig.commit()
    rig.render(64)
    return rig
  }

  /// The value of the sound after changes have settled.
  func settled() -> Float { render(4_800).last! }
}
