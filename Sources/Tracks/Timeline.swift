/// The places of the steps in a track: their frames, crossfades and cuts.
struct Timeline: Sendable {
  /// One step.
  struct Place: Sendable {
    let step: TrackStep
    let start: Int
    /// Frames of the whole step, before any cut.
    let frames: Int
    /// The frame after its last; earlier than `start + frames` where a step replaces it.
    var end: Int
    var windows: [Window] = []
  }

  /// A time in which the level of a step is not 1.
  struct Window: Equatable, Sendable {
    enum Kind: Sendable { case fadeIn, fadeOut, mute }
    let kind: Kind
    let start: Int
    let frames: Int
    var end: Int { start + frames }
  }

  private(set) var places: [Place] = []
  private(set) var end = 0

  init(_ track: Track, rate: Double) {
    let fade = Int(track.crossfade * rate)
    // Seconds; the next step starts there.
    var cursor = 0.0
    for step in track.steps where step.duration > 0 {
      let start = step.start ?? cursor, first = Int(start * rate), count = Int(step.duration * rate)
      if count > 0 { place(step, at: first, frames: count, fade: fade) }
      cursor =
        step.start != nil
        ? start + step.duration : cursor + (fade > 0 ? max(0, step.duration - track.crossfade) : step.duration)
    }
    places.removeAll { $0.end <= $0.start }
  }

  private mutating func place(_ step: TrackStep, at start: Int, frames: Int, fade: Int) {
    let overlap = min(start + frames, end) - start
    var place = Place(step: step, start: start, frames: frames, end: start + frames)
    if overlap > 0, let last = places.last, last.step.hasSameVoices(as: step) {
      for i in places.indices { replace(i, from: start, to: start + frames) }
    } else if overlap > 0, fade > 0 {
      let length = min(overlap, fade)
      for i in places.indices where places[i].start < start + length && places[i].end > start {
        places[i].windows.append(Window(kind: .fadeOut, start: start, frames: length))
      }
      place.windows.append(Window(kind: .fadeIn, start: start, frames: length))
    }
    places.append(place)
    end = max(end, start + frames)
  }

  /// Silences a step from one frame to another.
  private mutating func replace(_ i: Int, from start: Int, to end: Int) {
    guard places[i].start < end, places[i].end > start else { return }
    if places[i].end <= end {
      places[i].end = max(places[i].start, start)
    } else {
      places[i].windows.append(Window(kind: .mute, start: start, frames: end - start))
    }
  }
}

extension TrackStep {
  fileprivate func hasSameVoices(as other: TrackStep) -> Bool {
    voices.count == other.voices.count && zip(voices, other.voices).allSatisfy { $0.isSame(as: $1) }
  }
}

extension Timeline.Place {
  /// The windows in groups, in each of which none overlaps another: one gain can follow a group.
  var groups: [[Timeline.Window]] {
    var groups: [[Timeline.Window]] = []
    for window in windows.sorted(by: { $0.start < $1.start }) {
      if let i = groups.firstIndex(where: { $0.last!.end <= window.start }) {
        groups[i].append(window)
      } else {
        groups.append([window])
      }
    }
    return groups
  }
}
