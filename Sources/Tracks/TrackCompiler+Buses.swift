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
      // The part of the step beyond the window has its full level.
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

  /// Background noise: over the whole track, with its fades and levels.
  func addNoise(to score: inout TrackScore) {
    guard let noise = track.noise, let voice = noise.voice, noise.gain != 0 else { return }
    let start = Int(noise.start * rate), end = score.frames
    guard start < end else { return }
    // Its course is that of the whole track, whenever it starts.
    var builder = VoiceBuilder(
      voice, .sweptNoise, id: "n", rate: rate, start: start, frames: end, duration: Double(end) / rate,
      soundFiles: soundFiles)
    SynthFunction.sweptNoise.build(&builder)
    score.sounds.merge(builder.sounds) { $1 }
    score.nodes += builder.nodes.map { node in
      var node = node
      node.end = min(node.end, end)
      return node
    }
    score.cables += builder.cables
    score.settings += builder.settings.filter { $0.frame < end }
    let levels = noise.envelope.sorted { $0.time < $1.time }, most = max(1, levels.map(\.gain.magnitude).max() ?? 1)
    var points = levels.map { (frame: Int($0.time * rate), value: $0.gain / most) }
    if let first = points.first, first.frame > 0 { points.insert((0, first.value), at: 0) }
    let fades = fades(noise, frames: score.frames)
    for (side, taps, mixer) in [("l", builder.left, Self.leftMixer), ("r", builder.right, Self.rightMixer)] {
      var taps = taps
      for (i, stage) in [fades, points].enumerated() where !stage.isEmpty {
        let node = "n-\(side)\(i + 1)"
        addGain(node, from: 0, to: score.frames, stage, &score)
        for tap in taps { connect(tap, node, "in", &score) }
        taps = [.init(port: PortAddress(node, "out"))]
      }
      for tap in taps { connect(tap.scaled(noise.gain * most), mixer, "in", &score) }
    }
  }

  /// The fades of the noise, counted from the start and the end of the track.
  private func fades(_ noise: TrackNoise, frames: Int) -> [(frame: Int, value: Double)] {
    let rise = min(Int(noise.fadeIn * rate), frames), fall = min(Int(noise.fadeOut * rate), frames)
    var points: [(frame: Int, value: Double)] = []
    if rise > 1 { points += [(0, 0), (rise - 1, 1)] }
    if fall > 1 {
      if points.isEmpty { points.append((0, 1)) }
      if frames - fall > points.last!.frame { points.append((frames - fall, 1)) }
      points.append((frames - 1, 0))
    }
    return points
  }
}
