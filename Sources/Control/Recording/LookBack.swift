/// The last minutes of output, for recording afterwards. Silence takes no memory.
struct LookBack {
  /// Maximum length, seconds.
  static let limit = 300.0

  private let channels: Int
  /// Samples in a piece, the unit in which old sound is dropped.
  private let grain: Int
  private let capacity: Int
  private var pieces: [SoundPiece] = []
  private var newest: [Float] = []
  private(set) var frames = 0

  /// - Parameter frames: number of frames to keep.
  init(channels: Int, frames: Int, rate: Double) {
    self.channels = max(channels, 1)
    grain = max(1, Int(rate)) * self.channels
    capacity = frames
  }

  mutating func append(_ samples: UnsafeBufferPointer<Float>) {
    guard capacity > 0 else { return }
    var rest = samples[...]
    while !rest.isEmpty {
      if newest.capacity < grain { newest.reserveCapacity(grain) }
      let part = rest.prefix(grain - newest.count)
      newest += part
      rest = rest.dropFirst(part.count)
      frames += part.count / channels
      if newest.count == grain { seal() }
    }
  }

  /// Appends silence in place of lost frames.
  mutating func appendSilence(_ count: Int) {
    var rest = min(count, capacity)
    let silence = [Float](repeating: 0, count: min(rest * channels, grain))
    while rest > 0 {
      let part = min(rest, silence.count / channels)
      silence.withUnsafeBufferPointer { append(UnsafeBufferPointer(rebasing: $0[..<(part * channels)])) }
      rest -= part
    }
  }

  private mutating func seal() {
    let isSilent = newest.allSatisfy { $0 == 0 }
    pieces.append(isSilent ? .silence(grain / channels) : .sound(newest))
    newest = []
    // Keeps one piece more than the capacity: the newest is not full yet.
    while let first = pieces.first, frames - first.frames(channels: channels) >= capacity {
      frames -= first.frames(channels: channels)
      pieces.removeFirst()
    }
  }

  /// The last `count` frames, or all if there are fewer.
  func last(_ count: Int) -> [SoundPiece] {
    var excess = frames - min(count, frames)
    var taken: [SoundPiece] = []
    for piece in pieces + [.sound(newest)] {
      let length = piece.frames(channels: channels)
      let skipped = min(excess, length)
      excess -= skipped
      if skipped == length { continue }
      switch piece {
      case _ where skipped == 0: taken.append(piece)
      case .sound(let samples): taken.append(.sound(Array(samples.dropFirst(skipped * channels))))
      case .silence(let frames): taken.append(.silence(frames - skipped))
      }
    }
    return taken
  }
}
