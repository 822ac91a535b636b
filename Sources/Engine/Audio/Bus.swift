// [audio] The channels of the host: inputs into the plan, output sums to the host.
import DSP
import ModuleKit

/// The channels of one block: the host's inputs, and sums for the outputs.
final class Bus {
  var device: Device { channels.device }
  private let channels: DeviceChannels
  private let sums: OwnedRow<Float>
  private let silence: OwnedRow<Float>
  /// The last sample of each output channel.
  private let last: OwnedRow<Float>
  private let inputCount: Int
  private let outputCount: Int

  init(inputs inputCount: Int, outputs outputCount: Int) {
    self.inputCount = inputCount
    self.outputCount = outputCount
    sums = OwnedRow(repeating: 0, count: quantumFrames * max(outputCount, 1))
    last = OwnedRow(repeating: 0, count: max(outputCount, 1))
    silence = OwnedRow(repeating: 0, count: quantumFrames)
    channels = DeviceChannels(
      inputCount: inputCount, outputCount: outputCount, silence: silence.row(), sums: sums.row())
  }

  func begin(_ host: HostInputs, at offset: Int, frames: Int) {
    for channel in 0..<inputCount {
      channels.setInput(channel, host[channel]?.part(from: offset, count: frames) ?? silence.row())
    }
  }

  /// Scales the sums into the host's channels and clears them for the next block.
  ///
  /// - Returns: the greatest output magnitude, infinite where a sample is not finite.
  func finish(
    _ host: HostOutputs, at offset: Int, frames: Int, gain: Ramp, panicFade: Ramp
  ) -> Float {
    let isPlain = !gain.isMoving && gain.target == 1 && !panicFade.isMoving && panicFade.target == 1
    var peak: UInt32 = 0
    for channel in 0..<outputCount {
      let sum = sums.row().part(from: channel * quantumFrames, count: frames)
      guard let out = host[channel] else {
        sum.fill(with: 0)
        continue
      }
      if !isPlain { for i in 0..<frames { sum[i] *= gain[i] * panicFade[i] } }
      peak = max(peak, Peaks.move(sum, to: out.part(from: offset, count: frames)))
    }
    return Peaks.level(ofMagnitude: peak)
  }

  /// Replaces a bad block by a fade from the last good sample to silence.
  func fadeOut(_ host: HostOutputs, at offset: Int, frames: Int) {
    for channel in 0..<outputCount {
      guard let out = host[channel] else { continue }
      let step = last[channel] / Float(frames)
      for i in 0..<frames { out[offset + i] = last[channel] - step * Float(i + 1) }
      last.row()[channel] = 0
    }
  }

  /// Renders a period of silence, where nothing has been added since the last block.
  @inline(__always) func rest(_ host: HostOutputs) {
    for channel in 0..<outputCount {
      host[channel]?.fill(with: 0)
      last.row()[channel] = 0
    }
  }

  func keepLast(_ host: HostOutputs, at offset: Int, frames: Int) {
    for channel in 0..<outputCount { if let out = host[channel] { last.row()[channel] = out[offset + frames - 1] } }
  }
}
