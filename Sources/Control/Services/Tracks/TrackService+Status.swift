import PatchKit
import Tracks

/// Reports of the track's time and step.
extension TrackService {
  /// The state as name/value pairs.
  var status: [OSCArgument] {
    guard let loaded else { return [.string("state"), .string(state.rawValue)] }
    let rate = loaded.score.rate, elapsed = Double(position) / rate, step = step
    let pairs: [(String, OSCArgument)] = [
      ("state", .string(state.rawValue)), ("path", .string(loaded.path)), ("step", .int32(Int32(step?.number ?? 0))),
      ("steps", .int32(Int32(loaded.score.steps.count))), ("description", .string(step?.description ?? "")),
      ("elapsed", .float(Float(elapsed))), ("remaining", .float(Float(loaded.seconds - elapsed))),
      ("total", .float(Float(loaded.seconds))), ("loop", .int32(loops ? 1 : 0)),
    ]
    return pairs.flatMap { [.string($0.0), $0.1] }
  }

  /// The steps in turn: number, start and end in seconds, description.
  var steps: [OSCArgument] {
    guard let score = loaded?.score else { return [] }
    return score.steps.flatMap { step -> [OSCArgument] in
      [
        .int32(Int32(step.number)), .float(Float(Double(step.start) / score.rate)),
        .float(Float(Double(step.end) / score.rate)), .string(step.description),
      ]
    }
  }

  /// The step that sounds; where two are crossfaded, the later one.
  private var step: TrackScore.Step? {
    guard state == .playing || state == .paused else { return nil }
    let at = position
    return loaded?.score.steps.last { $0.start <= at && at < $0.end }
  }

  /// Seconds until the next notification; nil: nothing plays.
  var secondsToNext: Double? { state == .playing || followsTransport ? TrackService.interval : nil }
  private static let interval = 0.1

  /// Notifies of the time once a second, and of each step.
  func tick() {
    followTransport()
    guard let loaded, state == .playing else { return }
    let elapsed = Double(position) / loaded.score.rate, number = step?.number ?? 0
    guard notified != (Int(elapsed), number) else { return }
    notified = (Int(elapsed), number)
    let steps = loaded.score.steps.count, remaining = loaded.seconds - elapsed
    onProgress(number, steps, elapsed, remaining)
    session.notify(
      .track,
      [
        .string(state.rawValue), .int32(Int32(number)), .int32(Int32(steps)), .float(Float(elapsed)),
        .float(Float(remaining)),
      ], except: nil)
  }
}
