import Engine
import PatchKit
import SoundFiles

/// Renders an engine faster than real time, in periods, into a file or a pipe.
public final class OfflineHost {
  private let engine: Engine
  private let period: Int
  private let input: Sound?

  /// - Parameter input: the signal of the patch's inputs; silence after its end.
  public init(engine: Engine, period: Int, input: Sound? = nil) {
    self.engine = engine
    self.period = period
    self.input = input
  }

  /// Renders `frames` frames.
  ///
  /// - Parameters:
  ///   - sink: receives the engine's output channels, interleaved.
  ///   - next: called before each period with the frame, counted from 0; performs the events due there and returns the
  ///     frame of the next event, at which a period then ends.
  ///   - progress: called after each period with the number of rendered frames; false ends rendering.
  public func render(
    frames: Int, into sink: some SoundSink, next: (Int) throws(PatchError) -> Int?, progress: (Int) -> Bool
  ) throws(PatchError) {
    let outputs = engine.outputChannels, inputs = engine.inputChannels
    let samples = UnsafeMutablePointer<Float>.allocate(capacity: period * max(outputs, 1))
    let mixed = UnsafeMutablePointer<Float>.allocate(capacity: period * max(outputs, 1))
    let fed = UnsafeMutablePointer<Float>.allocate(capacity: period * max(inputs, 1))
    samples.initialize(repeating: 0, count: period * max(outputs, 1))
    mixed.initialize(repeating: 0, count: period * max(outputs, 1))
    defer {
      samples.deallocate()
      mixed.deallocate()
      fed.deallocate()
    }
    let outputPointers = (0..<outputs).map { Optional(samples + $0 * period) }
    let inputPointers = (0..<inputs).map { Optional(UnsafePointer(fed + $0 * period)) }
    var done = 0
    while done < frames {
      let event = try next(done) ?? Int.max
      let count = min(period, frames - done, max(1, event - done))
      for channel in 0..<inputs { feed(fed + channel * period, channel, from: done, count) }
      engine.render(inputs: inputPointers, outputs: outputPointers, frames: count)
      for channel in 0..<outputs {
        for i in 0..<count { mixed[i * outputs + channel] = samples[channel * period + i] }
      }
      try sink.write(mixed, frames: count)
      done += count
      if !progress(done) { break }
    }
    try sink.finish()
  }

  /// Feeds an input channel. A file with fewer channels feeds its last channel to the remaining inputs.
  private func feed(_ buffer: UnsafeMutablePointer<Float>, _ channel: Int, from frame: Int, _ count: Int) {
    let source = input.flatMap { $0.channels.isEmpty ? nil : $0.channels[min(channel, $0.channels.count - 1)] }
    for i in 0..<count { buffer[i] = source.map { frame + i < $0.count ? $0[frame + i] : 0 } ?? 0 }
  }
}
