/// Phases of a sound that follows another.
package enum PhaseAlignment {
  /// The frames by which a sound must be moved back to agree best with the end of another: the first maximum of their
  /// correlation over all channels.
  ///
  /// - Parameter most: frames that are compared.
  package static func shift(of next: [[Double]], to previous: [[Double]], most: Int) -> Int {
    let width = min(previous.first?.count ?? 0, next.first?.count ?? 0, most)
    guard width > 1 else { return 0 }
    var best = 0, greatest = -Double.infinity
    for shift in (1 - width)..<width {
      var sum = 0.0
      for (a, b) in zip(previous, next) {
        let base = a.count - width + shift
        for i in max(0, -shift)..<min(width, width - shift) { sum += a[base + i] * b[i] }
      }
      if sum > greatest { (best, greatest) = (shift, sum) }
    }
    return best
  }
}

extension TrackCompiler {
  /// True if steps that fade in are brought into phase with those that they follow.
  public var alignsPhases: Bool { track.alignsPhases }

  /// A step that fades in over an earlier one: the frame of that one at which it starts, and the frames of the fade.
  public struct FadedStep: Sendable {
    public let number: Int
    public let earlier: Int
    public let start: Int
    public let frames: Int
  }

  public var fadedSteps: [FadedStep] {
    timeline.places.enumerated().compactMap { i, place in
      guard let fade = place.windows.first(where: { $0.kind == .fadeIn }) else { return nil }
      let earlier = timeline.places[..<i].last { other in
        other.windows.contains { $0.kind == .fadeOut && $0.start == fade.start }
      }
      return earlier.map {
        FadedStep(
          number: place.step.number, earlier: $0.step.number, start: fade.start - $0.start, frames: fade.frames)
      }
    }
  }
}

extension VoiceBuilder {
  /// Cycles by which the phase of an oscillator is ahead where its step is moved.
  func lead(_ type: String, _ name: String, _ values: [String: Moving]) -> Double {
    guard advance != 0, name.hasPrefix("phase") else { return 0 }
    func value(_ name: String) -> Double { values[name]?.from ?? 0 }
    let hertz: Double
    switch (type, name) {
    case ("sine", _): hertz = value("frequency") + value("fm")
    case ("lfo", _): hertz = value("rate")
    case ("isochronic", "phaseleft"): hertz = value("base") + value("fmleft")
    case ("isochronic", _): hertz = value("base") + value("fmright")
    case ("binaural", "phaseleft"): hertz = max(0, value("base") - value("beat") / 2 + value("fmleft"))
    case ("binaural", _): hertz = max(0, value("base") + value("beat") / 2 + value("fmright"))
    case ("monaural", "phaselower"): hertz = max(0, value("base") - value("beat") / 2)
    case ("monaural", _): hertz = max(0, value("base") + value("beat") / 2)
    default: return 0
    }
    let cycles = hertz * Double(advance) / rate
    return cycles - cycles.rounded()
  }
}
