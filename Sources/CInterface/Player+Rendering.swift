import CWeft
import Engine
import PatchKit

extension Player {
  /// Frames at a time, offline; as `weft render`.
  private static let period = 256

  /// Renders without an audio thread, in periods that end where an event is due.
  func renderOffline(
    _ inputs: UnsafePointer<UnsafePointer<Float>?>?, _ outputs: UnsafePointer<UnsafeMutablePointer<Float>?>,
    _ frames: Int
  ) throws(PatchError) {
    if let inputs { try check(inputs, frames) }
    var fed = [UnsafePointer<Float>?](repeating: nil, count: engine.inputChannels)
    var written = [UnsafeMutablePointer<Float>?](repeating: nil, count: engine.outputChannels)
    var done = 0
    while done < frames {
      session.tick()
      let now = engine.frame
      let event = [events.perform(at: now, period: Player.period, on: session), session.nextDueFrame]
        .compactMap { $0 }.min()
      let count = min(Player.period, frames - done, max(1, (event ?? Int.max) - now))
      for i in written.indices { written[i] = outputs[i].map { $0 + done } }
      if let inputs { for i in fed.indices { fed[i] = inputs[i].map { $0 + done } } }
      engine.render(inputs: inputs == nil ? nil : fed, outputs: written, frames: count)
      done += count
    }
  }

  private func check(_ inputs: UnsafePointer<UnsafePointer<Float>?>, _ frames: Int) throws(PatchError) {
    for channel in 0..<engine.inputChannels {
      guard let samples = inputs[channel] else { continue }
      for i in 0..<frames where !samples[i].isFinite {
        throw PatchError(.notFinite, "sample \(i) of input channel \(channel) is \(samples[i])")
      }
    }
  }
}
