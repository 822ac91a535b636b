// [audio] The channels of the host: inputs into the plan, output sums to the host.
import DSP
import ModuleKit

/// The channels of one block: pointers into the host's inputs, and sums for the outputs.
final class Bus {
  let device: Device
  private let inputs: UnsafeMutablePointer<UnsafeMutablePointer<Float>>
  private let outputs: UnsafeMutablePointer<UnsafeMutablePointer<Float>>
  private let sums: UnsafeMutablePointer<Float>
  private let silence: UnsafeMutablePointer<Float>
  /// The last sample of each output channel.
  private let last: UnsafeMutablePointer<Float>
  private let inputCount: Int
  private let outputCount: Int

  init(inputs inputCount: Int, outputs outputCount: Int) {
    self.inputCount = inputCount
    self.outputCount = outputCount
    inputs = .allocate(capacity: max(inputCount, 1))
    outputs = .allocate(capacity: max(outputCount, 1))
    sums = .allocate(capacity: quantumFrames * max(outputCount, 1))
    sums.initialize(repeating: 0, count: quantumFrames * max(outputCount, 1))
    last = .allocate(capacity: max(outputCount, 1))
    last.initialize(repeating: 0, count: max(outputCount, 1))
    silence = .allocate(capacity: quantumFrames)
    silence.initialize(repeating: 0, count: quantumFrames)
    for channel in 0..<max(inputCount, 1) { (inputs + channel).initialize(to: silence) }
    for channel in 0..<max(outputCount, 1) { (outputs + channel).initialize(to: sums + channel * quantumFrames) }
    device = Device(inputs: inputs, inputCount: inputCount, outputs: outputs, outputCount: outputCount)
  }

  deinit {
    inputs.deallocate()
    outputs.deallocate()
    sums.deallocate()
    silence.deallocate()
    last.deallocate()
  }

  func begin(_ host: UnsafePointer<UnsafePointer<Float>?>?, at offset: Int, frames: Int) {
    for channel in 0..<inputCount {
      inputs[channel] = host?[channel].map { UnsafeMutablePointer(mutating: $0 + offset) } ?? silence
    }
  }

  /// Scales the sums into the host's channels and clears them for the next block.
  ///
  /// - Returns: the greatest output magnitude, infinite where a sample is not finite.
  func finish(
    _ host: UnsafePointer<UnsafeMutablePointer<Float>?>, at offset: Int, frames: Int, gain: Ramp, panicFade: Ramp
  ) -> Float {
    let isPlain = !gain.isMoving && gain.target == 1 && !panicFade.isMoving && panicFade.target == 1
    var peak: UInt32 = 0
    for channel in 0..<outputCount {
      let sum = outputs[channel]
      guard let out = host[channel] else {
        sum.update(repeating: 0, count: frames)
        continue
      }
      if !isPlain { for i in 0..<frames { sum[i] *= gain[i] * panicFade[i] } }
      peak = max(peak, Bus.move(sum, to: out + offset, count: frames))
    }
    return Bus.level(ofMagnitude: peak)
  }

  /// Replaces a bad block by a fade from the last good sample to silence.
  func fadeOut(_ host: UnsafePointer<UnsafeMutablePointer<Float>?>, at offset: Int, frames: Int) {
    for channel in 0..<outputCount {
      guard let out = host[channel] else { continue }
      let step = last[channel] / Float(frames)
      for i in 0..<frames { out[offset + i] = last[channel] - step * Float(i + 1) }
      last[channel] = 0
    }
  }

  func keepLast(_ host: UnsafePointer<UnsafeMutablePointer<Float>?>, at offset: Int, frames: Int) {
    for channel in 0..<outputCount { if let out = host[channel] { last[channel] = out[offset + frames - 1] } }
  }

  /// The greatest magnitude; infinite where a value is not finite.
  static func peak(of values: UnsafePointer<Float>, count: Int) -> Float {
    var most = SIMD8<UInt32>(repeating: 0), rest: UInt32 = 0
    let whole = count & ~7
    var i = 0
    while i < whole {
      most = pointwiseMax(most, UnsafeRawPointer(values + i).loadUnaligned(as: SIMD8<UInt32>.self) & magnitude)
      i += 8
    }
    while i < count {
      rest = max(rest, values[i].bitPattern & magnitude)
      i += 1
    }
    return level(ofMagnitude: max(most.max(), rest))
  }

  /// Copies values and zeroes the source in one pass; returns the greatest magnitude.
  private static func move(_ from: UnsafeMutablePointer<Float>, to: UnsafeMutablePointer<Float>, count: Int) -> UInt32 {
    var most = SIMD8<UInt32>(repeating: 0), rest: UInt32 = 0
    let whole = count & ~7
    var i = 0
    while i < whole {
      let bits = UnsafeRawPointer(from + i).loadUnaligned(as: SIMD8<UInt32>.self)
      UnsafeMutableRawPointer(from + i).storeBytes(of: SIMD8<UInt32>(repeating: 0), as: SIMD8<UInt32>.self)
      UnsafeMutableRawPointer(to + i).storeBytes(of: bits, as: SIMD8<UInt32>.self)
      most = pointwiseMax(most, bits & magnitude)
      i += 8
    }
    while i < count {
      rest = max(rest, from[i].bitPattern & magnitude)
      to[i] = from[i]
      from[i] = 0
      i += 1
    }
    return max(most.max(), rest)
  }

  // Without their sign, floats order as their bits do, and non-finite values come last.
  private static let magnitude: UInt32 = 0x7fff_ffff
  private static func level(ofMagnitude bits: UInt32) -> Float {
    bits >= 0x7f80_0000 ? .infinity : Float(bitPattern: bits)
  }
}
