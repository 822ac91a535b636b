/// The last minutes of sound, kept though nobody asked for them. Silence takes no memory.
struct LookBack {
  /// The longest, seconds.
  static let limit = 300.0

  private let channels: Int
  /// Samples in a piece, the grain at which the oldest is forgotten.
  private let grain: Int
  private let capacity: Int
  private var pieces: [SoundPiece] = []
  private var newest: [Float] = []
  private(set) var frames = 0

  /// - Parameter frames: how many to keep.
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

  /// Frames that were lost.
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
    // One piece more than asked for: the last is not full yet.
    while let first = pieces.first, frames - first.frames(channels: channels) >= capacity {
      frames -= first.frames(channels: channels)
      pieces.removeFirst()
    }
  }

  /// The last `count` frames, or as many as there are.
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
