// [audio] The output of an instrument, block by block.
import Engine

/// Renders an instrument in blocks of any length, on one thread.
///
/// Nothing here allocates, locks or waits: it may be called from an audio callback. Two threads at once are a programming
/// error that ends the program.
public final class InstrumentOutput: @unchecked Sendable {
  private let engine: Engine
  private let turn = Turn("InstrumentOutput")
  /// The two channels that the engine writes to.
  private let channels: UnsafeMutablePointer<UnsafeMutablePointer<Float>?>
  private let left: UnsafeMutablePointer<Float>
  private let right: UnsafeMutablePointer<Float>
  /// Frames per block where samples must be rearranged.
  private static let block = 256

  init(_ engine: Engine) {
    self.engine = engine
    left = .allocate(capacity: InstrumentOutput.block)
    right = .allocate(capacity: InstrumentOutput.block)
    left.initialize(repeating: 0, count: InstrumentOutput.block)
    right.initialize(repeating: 0, count: InstrumentOutput.block)
    channels = .allocate(capacity: 2)
    channels.initialize(repeating: nil, count: 2)
  }

  deinit {
    left.deallocate()
    right.deallocate()
    channels.deallocate()
  }

  public var sampleRate: Double { engine.sampleRate }
  /// Frames rendered so far.
  public var frame: Int { engine.frame }
  /// Voices that sound after the last block. Any thread.
  public var activeVoices: Int { engine.soundingVoices }

  /// Renders two channels, each `frames` long.
  ///
  /// - Parameter inputs: a pointer for each input channel of the instrument, each `frames` long, of finite samples; nil:
  ///   silence.
  public func process(
    inputs: UnsafePointer<UnsafePointer<Float>?>? = nil, left: UnsafeMutablePointer<Float>,
    right: UnsafeMutablePointer<Float>, frames: Int
  ) {
    turn.alone {
      channels[0] = left
      channels[1] = right
      engine.render(inputs: inputs, outputs: channels, frames: frames)
    }
  }

  /// Number of input channels.
  public var inputChannels: Int { engine.inputChannels }

  /// Renders interleaved stereo: 2 · `frames` samples.
  public func process(interleaved: UnsafeMutablePointer<Float>, frames: Int) {
    inBlocks(frames) { at, count in
      for i in 0..<count {
        interleaved[2 * (at + i)] = left[i]
        interleaved[2 * (at + i) + 1] = right[i]
      }
    }
  }

  /// Renders the mean of both channels.
  public func process(mono: UnsafeMutablePointer<Float>, frames: Int) {
    inBlocks(frames) { at, count in
      for i in 0..<count { mono[at + i] = (left[i] + right[i]) * 0.5 }
    }
  }

  @inline(__always)
  private func inBlocks(_ frames: Int, _ write: (_ at: Int, _ count: Int) -> Void) {
    var done = 0
    while done < frames {
      let count = min(InstrumentOutput.block, frames - done)
      process(left: left, right: right, frames: count)
      write(done, count)
      done += count
    }
  }

  /// Takes over a published plan.
  func exchangePlans() { process(left: left, right: right, frames: 0) }
}
