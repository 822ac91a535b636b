import PatchKit

/// The sums of steps and clips, and their crossfades.
extension TrackCompiler {
  /// The gains of a step's crossfades; the mixers where it has none.
  func addBus(
    _ place: Timeline.Place, named id: String, to score: inout TrackScore
  ) -> (left: String, right: String) {
    var bus = (left: Self.leftMixer, right: Self.rightMixer)
    for (i, windows) in place.groups.enumerated() {
      // A fade that began before the step is followed from its beginning on.
      let start = min(place.start, windows[0].start)
      let (points, curves) = course(windows, from: start, to: place.end)
      for (side, mixer) in [("l", bus.left), ("r", bus.right)] {
        let node = "\(id)-\(side)\(i + 1)"
        addGain(node, from: start, to: place.end, points, curves: curves, &score)
        connect(.init(port: PortAddress(node, "out")), mixer, "in", &score)
      }
      bus = ("\(id)-l\(i + 1)", "\(id)-r\(i + 1)")
    }
    return bus
  }

  /// The level over windows that do not overlap.
  private func course(
    _ windows: [Timeline.Window], from start: Int, to end: Int
  ) -> (points: [(frame: Int, value: Double)], curves: [TrackScore.Curve]) {
    let isPower = track.crossfadeLaw == .equalPower
    var points: [(frame: Int, value: Double)] = [], curves: [TrackScore.Curve] = []
    func add(_ frame: Int, _ value: Double, _ curve: TrackScore.Curve = .linear) {
      if !points.isEmpty { curves.append(curve) }
      points.append((frame, value))
    }
    if windows[0].start > start { add(start, 1) }
    for window in windows {
      let first = window.kind == .fadeOut ? 1.0 : 0
      if window.start > points.last?.frame ?? start, points.last?.value ?? 1 != first {
        if points.last.map({ $0.frame < window.start - 1 }) ?? false { add(window.start - 1, points.last!.value) }
        add(window.start, first)
      } else if points.last?.frame == window.start {
        points[points.count - 1].value = first
      } else {
        add(window.start, first)
      }
      if window.kind != .mute, window.frames > 1 {
        let curve: TrackScore.Curve = !isPower ? .linear : window.kind == .fadeIn ? .sine : .cosine
        add(window.end - 1, 1 - first, curve)
      } else if window.frames > 1 {
        add(window.end - 1, 0)
      }
      // What is left of the step beyond the window has its full level.
      if window.end < end { add(window.end, 1) }
    }
    return (points, curves)
  }

  func addClips(to score: inout TrackScore) {
    for (i, clip) in track.clips.enumerated() {
      guard let sound = sounds[clip.path], clip.gain != 0 else { continue }
      let start = Int(clip.start * rate), length = Int(Double(sound.frames) * rate / sound.rate)
      guard length > 0 else { continue }
      let id = "c\(i + 1)"
      let node = PatchNode(type: "sampler", params: ["file": .text(clip.path), "gate": .bool(true)])
      score.nodes.append(.init(id: id, node: node, start: start, end: start + length))
      for (side, mixer) in [("left", Self.leftMixer), ("right", Self.rightMixer)] {
        connect(.init(port: PortAddress(id, side), amount: clip.gain), mixer, "in", &score)
      }
      score.frames = max(score.frames, start + length)
    }
  }
}
