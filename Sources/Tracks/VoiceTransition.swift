import PatchKit

/// The course of a voice's transition, in frames of its step.
package struct VoiceTransition: Sendable {
  /// The frames at which it starts and ends.
  let first: Double
  let last: Double
  let curve: TransitionCurve
  let frames: Int

  /// Segments of a curve without a name of its own.
  private static let segments = 256

  package init(_ params: [String: TrackValue], duration: Double, frames: Int) {
    func number(_ name: String) -> Double? { if case .number(let number) = params[name] { number } else { nil } }
    let start = min(max(0, number("initial_offset") ?? 0), duration)
    let after = number("post_offset") ?? number("transition_duration").map { duration - start - $0 }
    let end = max(start, duration - max(0, after ?? 0)), perSecond = Double(frames) / duration
    first = start * perSecond
    last = end * perSecond
    self.frames = frames
    var curve = TransitionCurve.linear
    if case .text(let text) = params["transition_curve"], let known = try? TransitionCurve(text) { curve = known }
    self.curve = curve
  }

  /// The progress at a frame, 0 … 1.
  package func progress(at frame: Double) -> Double {
    guard last > first else { return first < Double(frames) && frame >= first ? 1 : 0 }
    return curve(min(max((frame - first) / (last - first), 0), 1))
  }

  /// The frame from which on it stands at its end.
  var endFrame: Int { Int(last.rounded(.up)) }
  var startFrame: Int { Int(first.rounded(.up)) }

  /// The automation of a value that goes from 0 to 1: each part starts at `frame`, whose value is a step into it.
  var parts: [(frame: Int, value: Double, length: Int, curve: TrackScore.Curve)] {
    let length = Int((last - first).rounded()), start = Int(first.rounded())
    guard length > 0 else { return start < frames ? [(startFrame, 1, 1, .linear)] : [] }
    switch curve {
    case .linear: return [(start + 1, 1, length, .linear)]
    case .exponential: return [(start + 1, 1, length, .square)]
    case .logarithmic: return [(start + 1, 1, length, .squareOut)]
    case .expression:
      let points = points(from: start, to: start + length).map { ($0, progress(at: Double($0))) }
      // The expression need not begin at 0.
      let jump = [(frame: start, value: progress(at: Double(start)), length: 1, curve: TrackScore.Curve.linear)]
      return jump
        + zip(points, points.dropFirst()).map { from, to in (from.0 + 1, to.1, to.0 - from.0, .linear) }
    }
  }

  /// Frames between which a curve is as good as linear.
  func points(from start: Int, to end: Int) -> [Int] {
    guard end > start else { return [start] }
    if curve == .linear { return [start, end] }
    let count = min(Self.segments, end - start)
    return (0...count).map { start + (end - start) * $0 / count }
  }
}
