// [audio] The port `enabled`: a fade between the sound and the inputs.

/// Fades to the inputs, or without inputs to silence, where the host turns the plug-in off.
struct Bypass {
  /// Frames at a time while it fades or is off.
  static let block = 256
  /// Seconds of a fade.
  private static let time: Float = 0.01

  private var gain: Float = 1
  private var target: Float = 1
  private let channels: Int
  private let outputs: Int
  private let kept: UnsafeMutablePointer<Float>

  init(inputs: Int, outputs: Int) {
    channels = min(inputs, outputs)
    self.outputs = outputs
    kept = .allocate(capacity: max(channels, 1) * Bypass.block)
    kept.initialize(repeating: 0, count: max(channels, 1) * Bypass.block)
  }

  func deallocate() { kept.deallocate() }

  /// Reads the port; true while the plug-in is on and no fade is left.
  mutating func isOpen(wanted port: UnsafeMutableRawPointer?) -> Bool {
    let value = port?.assumingMemoryBound(to: Float.self).pointee ?? 1
    if value.isFinite { target = value > 0.5 ? 1 : 0 }
    return gain == 1 && target == 1
  }

  func keep(_ inputs: UnsafeMutablePointer<UnsafePointer<Float>?>, count: Int) {
    for channel in 0..<channels {
      let copy = kept + channel * Bypass.block
      if let input = inputs[channel] {
        copy.update(from: input, count: count)
      } else {
        copy.update(repeating: 0, count: count)
      }
    }
  }

  mutating func mix(_ outputs: UnsafeMutablePointer<UnsafeMutablePointer<Float>?>, count: Int, sampleRate: Double) {
    let direction: Float = target == gain ? 0 : target < gain ? -1 : 1
    let step = direction / (Bypass.time * Float(sampleRate)), first = gain
    for channel in 0..<self.outputs {
      guard let out = outputs[channel] else { continue }
      let dry = channel < channels ? kept + channel * Bypass.block : nil
      for i in 0..<count {
        let wet = min(max(first + step * Float(i + 1), 0), 1)
        out[i] = out[i] * wet + (dry?[i] ?? 0) * (1 - wet)
      }
    }
    gain = min(max(first + step * Float(count), 0), 1)
  }
}
