import PatchKit

extension TrackScore {
  /// The score from one frame to another, as a score of its own: nodes in between begin with the values that their
  /// parameters have there. Oscillators begin anew.
  public func cut(from first: Int, to last: Int = .max) -> TrackScore {
    let last = min(last, frames), first = min(max(first, 0), last)
    if first == 0, last == frames { return self }
    var score = TrackScore(rate: rate)
    score.frames = last - first
    score.sounds = sounds
    let settings = Dictionary(grouping: self.settings, by: \.node)
    var kept: Set<String> = []
    for node in nodes where node.end > first && node.start < last {
      kept.insert(node.id)
      score.nodes.append(moved(node, settings[node.id] ?? [], first, last, &score.settings))
    }
    score.cables = cables.filter { kept.contains($0.cable.source.node) && kept.contains($0.cable.destination.node) }
    score.steps = steps.filter { $0.end > first && $0.start < last }.map { step in
      var step = step
      step.start = max(0, step.start - first)
      step.end = min(step.end, last) - first
      return step
    }
    score.sortSettings()
    return score
  }

  /// Orders the settings by frame; those of one frame keep their order.
  mutating func sortSettings() {
    // The library's sort is not guaranteed to be stable.
    settings = settings.enumerated().sorted { ($0.1.frame, $0.0) < ($1.1.frame, $1.0) }.map(\.1)
  }

  /// A node from `first` on, and its settings from there.
  private func moved(
    _ node: Node, _ settings: [Setting], _ first: Int, _ last: Int, _ result: inout [Setting]
  ) -> Node {
    var moved = node
    moved.start = max(0, node.start - first)
    if node.end != .max { moved.end = node.end - first }
    var courses: [String: Course] = [:]
    for setting in settings where setting.frame < last {
      if setting.frame > first || node.start >= first {
        if let course = courses.removeValue(forKey: setting.param) {
          course.finish(setting.node, setting.param, first, until: setting.frame, &moved, &result)
        }
        var later = setting
        later.frame = max(0, setting.frame - first)
        result.append(later)
      } else {
        let before = courses[setting.param]?.value(at: setting.frame - 1) ?? node.node.params[setting.param]?.double
        courses[setting.param] = Course(from: before ?? 0, setting: setting)
      }
    }
    for (param, course) in courses.sorted(by: { $0.key < $1.key }) {
      course.finish(node.id, param, first, until: .max, &moved, &result)
    }
    if node.node.type == "sampler", node.start < first, node.end > node.start {
      // A sound that plays already.
      moved.node.params["start"] = .number(Float(Double(first - node.start) / Double(node.end - node.start)))
    }
    return moved
  }

  /// The course of a parameter along one setting.
  private struct Course {
    /// The value before it.
    let from: Double
    let setting: Setting

    private static let pieces = 64

    func value(at frame: Int) -> Double {
      guard let to = setting.value.double else { return from }
      let x = min(max(Double(frame - setting.frame + 1) / Double(max(setting.length, 1)), 0), 1)
      return from + (to - from) * setting.curve(x)
    }

    /// Sets the value at `first`, and what is left of the course after it in straight pieces.
    func finish(
      _ node: String, _ param: String, _ first: Int, until end: Int, _ moved: inout Node, _ result: inout [Setting]
    ) {
      guard setting.value.double != nil else {
        moved.node.params[param] = setting.value
        return
      }
      moved.node.params[param] = .number(Float(value(at: first)))
      let stop = setting.frame + setting.length - 1, rest = stop - first
      guard rest > 0 else { return }
      let count = setting.curve == .linear ? 1 : min(Self.pieces, rest)
      for i in 0..<count {
        let start = first + rest * i / count, next = first + rest * (i + 1) / count
        guard start + 1 < end else { return }
        result.append(
          Setting(
            frame: start + 1 - first, node: node, param: param, value: .number(Float(value(at: next))),
            length: next - start, curve: .linear))
      }
    }
  }
}

extension ParamValue {
  fileprivate var double: Double? { if case .number(let number) = self { Double(number) } else { nil } }
}

extension TrackScore {
  /// Fades the whole sound in at its start.
  public mutating func fadeIn(frames: Int) {
    for mixer in [TrackCompiler.leftMixer, TrackCompiler.rightMixer] {
      guard let i = nodes.firstIndex(where: { $0.id == mixer }) else { continue }
      nodes[i].node.params["gain"] = .number(0)
      settings.insert(
        Setting(frame: 1, node: mixer, param: "gain", value: .number(1), length: frames, curve: .linear), at: 0)
    }
    sortSettings()
  }

  /// Fades the whole sound out at its end.
  public mutating func fadeOut(frames count: Int) {
    let count = min(count, frames - 1)
    guard count > 0 else { return }
    for mixer in [TrackCompiler.leftMixer, TrackCompiler.rightMixer] {
      settings.append(
        Setting(
          frame: frames - count, node: mixer, param: "gain", value: .number(0), length: count, curve: .linear))
    }
    sortSettings()
  }
}
