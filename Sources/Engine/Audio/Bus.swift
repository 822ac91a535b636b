// [audio] Between the host's channels and the plan.
import DSP
import ModuleKit

/// The channels of one chunk: pointers into the host's inputs, and sums for the outputs.
final class Bus {
  let device: Device
  private let inputs: UnsafeMutablePointer<UnsafeMutablePointer<Float>>
  private let outputs: UnsafeMutablePointer<UnsafeMutablePointer<Float>>
  private let sums: UnsafeMutablePointer<Float>
  private let silence: UnsafeMutablePointer<Float>
  private let inputCount: Int
  private let outputCount: Int

  init(inputs inputCount: Int, outputs outputCount: Int) {
    self.inputCount = inputCount
    self.outputCount = outputCount
    inputs = .allocate(capacity: max(inputCount, 1))
    outputs = .allocate(capacity: max(outputCount, 1))
    sums = .allocate(capacity: quantumFrames * max(outputCount, 1))
    sums.initialize(repeating: 0, count: quantumFrames * max(outputCount, 1))
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
  }

  func begin(_ host: UnsafePointer<UnsafePointer<Float>?>?, at offset: Int, frames: Int) {
    for channel in 0..<inputCount {
      inputs[channel] = host?[channel].map { UnsafeMutablePointer(mutating: $0 + offset) } ?? silence
    }
    for channel in 0..<outputCount { outputs[channel].update(repeating: 0, count: frames) }
  }

  /// Whether every sample is: x · 0 is 0 for every finite x, and not a number otherwise.
  private func isFinite(_ frames: Int) -> Bool {
    for channel in 0..<outputCount {
      let samples = outputs[channel]
      // Two sums by turns: each waits for its last.
      var even = Voices(0), odd = even, sum: Float = 0, i = 0
      while i + 2 * Voices.count <= frames {
        let next = UnsafeRawPointer(samples + i)
        even = Voices.fma(next.loadUnaligned(as: Voices.self), Voices(0), even)
        let after = next + MemoryLayout<Voices>.size
        odd = Voices.fma(after.loadUnaligned(as: Voices.self), Voices(0), odd)
        i += 2 * Voices.count
      }
      while i < frames {
        sum += samples[i] * 0
        i += 1
      }
      guard (even + odd).laneSum + sum == 0 else { return false }
    }
    return true
  }

  /// Scales the sums into the host's channels; false, and silence, where a sample is not finite.
  func finish(
    _ host: UnsafePointer<UnsafeMutablePointer<Float>?>, at offset: Int, frames: Int, gain: Ramp, hush: Ramp
  ) -> Bool {
    let isFinite = isFinite(frames)
    for channel in 0..<outputCount {
      guard let out = host[channel] else { continue }
      let from = outputs[channel]
      if !isFinite {
        (out + offset).update(repeating: 0, count: frames)
      } else if hush.isMoving || hush.target != 1 {
        for i in 0..<frames { out[offset + i] = from[i] * (gain[i] * hush[i]) }
      } else if gain.isMoving || gain.target != 1 {
        for i in 0..<frames { out[offset + i] = from[i] * gain[i] }
      } else {
        (out + offset).update(from: from, count: frames)
      }
    }
    return isFinite
  }
}
