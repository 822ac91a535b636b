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
      peak = max(peak, Peaks.move(sum, to: out + offset, count: frames))
    }
    return Peaks.level(ofMagnitude: peak)
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
}
