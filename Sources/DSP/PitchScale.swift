// [audio] Scales and tunings.

/// The notes of the scales, of twelve per octave.
public enum PitchScale: Int, CaseIterable, Sendable {
  case chromatic, major, minor, harmonic, melodic, dorian, phrygian, lydian, mixolydian, locrian
  case pentatonic, blues, whole, diminished, octaves

  /// Bit n: the note n semitones above the root.
  public var notes: UInt16 {
    switch self {
    case .chromatic: 0b1111_1111_1111
    case .major: 0b1010_1011_0101
    case .minor: 0b0101_1010_1101
    case .harmonic: 0b1001_1010_1101
    case .melodic: 0b1010_1010_1101
    case .dorian: 0b0110_1010_1101
    case .phrygian: 0b0101_1010_1011
    case .lydian: 0b1010_1101_0101
    case .mixolydian: 0b0110_1011_0101
    case .locrian: 0b0101_0110_1011
    case .pentatonic: 0b0010_1001_0101
    case .blues: 0b0100_1110_1001
    case .whole: 0b0101_0101_0101
    case .diminished: 0b1011_0110_1101
    case .octaves: 0b0000_0000_0001
    }
  }

  /// The nearest note, in octaves above the root; the lower one of two equally near ones.
  @inlinable @inline(__always)
  public func nearest<L: Lane>(_ octaves: L, _ tuning: PitchTuning) -> L {
    var best = L.zero, distance = L(.infinity)
    var left = notes
    while left != 0 {
      let place = L(tuning.octaves(left.trailingZeroBitCount))
      left &= left &- 1
      // Up to the rounding of half an octave: the octave below is the lower of the two.
      let octave = -L.floor(L(0.5) - (octaves - place))
      let note = octave + place
      let gap = L.magnitude(octaves - note)
      // Distances that differ by rounding only are equal.
      let isNearer = L.less(gap, distance - L(1e-6)) | (L.less(gap, distance + L(1e-6)) & L.less(note, best))
      best = L.select(isNearer, note, best)
      distance = L.select(isNearer, gap, distance)
    }
    return best
  }
}

/// Tunings of the twelve notes.
public enum PitchTuning: Int, CaseIterable, Sendable {
  case equal, just, pythagorean

  /// The note n semitones above the root, in octaves: log2 of its ratio.
  @inlinable @inline(__always)
  public func octaves(_ n: Int) -> Float {
    switch self {
    case .equal: Float(n) / 12
    case .just: Self.just(n)
    case .pythagorean: Self.pythagorean(n)
    }
  }

  /// 1, 16/15, 9/8, 6/5, 5/4, 4/3, 45/32, 3/2, 8/5, 5/3, 9/5, 15/8.
  @usableFromInline static func just(_ n: Int) -> Float {
    switch n {
    case 0: 0
    case 1: 0.093_109_40
    case 2: 0.169_925_00
    case 3: 0.263_034_41
    case 4: 0.321_928_09
    case 5: 0.415_037_50
    case 6: 0.491_853_10
    case 7: 0.584_962_50
    case 8: 0.678_071_91
    case 9: 0.736_965_59
    case 10: 0.847_996_91
    default: 0.906_890_60
    }
  }

  /// Fifths of 3/2 from five below the root to six above it, brought into the octave.
  @usableFromInline static func pythagorean(_ n: Int) -> Float {
    let fifths: Float =
      switch n {
      case 0: 0
      case 1: -5
      case 2: 2
      case 3: -3
      case 4: 4
      case 5: -1
      case 6: 6
      case 7: 1
      case 8: -4
      case 9: 3
      case 10: -2
      default: 5
      }
    let octaves = fifths * 0.584_962_5
    return octaves - octaves.rounded(.down)
  }
}
