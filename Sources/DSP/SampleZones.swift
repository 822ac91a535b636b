// [control] The sounds of a sampler by key and velocity.

/// A sound of a sampler, with the keys and velocities that play it.
public struct SampleZone: BitwiseCopyable, Sendable {
  /// The end of the sound.
  public enum Play: Int32, Sendable, BitwiseCopyable {
    /// Its end, or the sampler's `loop`, as in a plain sound file.
    case plain
    /// Its end, or a release where the gate falls.
    case once
    /// Its end; the gate is ignored.
    case oneShot
    /// A release; its loop goes on meanwhile.
    case continuous
    /// A release; its loop ends with the gate.
    case sustain
  }
  public var frames: Int32 = 0
  /// Shift of the pitch in octaves; gains.
  public var tune: Float = 0, left: Float = 1, right: Float = 1
  /// The frame where the loop starts, and its length, each with a fraction; length 0: no loop.
  public var loopStart: Int32 = 0, loopLength: Int32 = 0
  public var loopStartPart: Float = 0, loopLengthPart: Float = 0
  /// 0 forward, 1 alternating, 2 backward.
  public var course: Int32 = 0
  public var play = Play.plain
  /// Envelope: seconds; `sustain` is a level.
  public var attack: Float = 0, hold: Float = 0, decay: Float = 0, sustain: Float = 1, release: Float = 0
  /// The index of its first copy among all, and copies to an octave.
  public internal(set) var first: Int32 = 0
  public internal(set) var perOctave: Float = 4

  public init() {}

  /// Sets the loop, in frames; fractions are kept, so that a loop of a resampled sound is in tune.
  public mutating func setLoop(start: Double, length: Double) {
    loopStart = Int32(start)
    loopStartPart = Float(start - Double(loopStart))
    loopLength = Int32(length)
    loopLengthPart = Float(length - Double(loopLength))
  }

  var hasEnvelope: Bool { play != .plain }
}

/// The zones of a sampler, the copies of their sounds, and the zone of each key and velocity.
public final class SampleZones: @unchecked Sendable {
  /// Data for the audio thread.
  public struct Table: BitwiseCopyable, @unchecked Sendable {
    public let copies: CopyReader
    public let zones: UnsafePointer<SampleZone>
    /// By key and velocity, each 0 … 127: the index of a zone, or −1; nil: zone 0 for all.
    @usableFromInline let keys: UnsafePointer<Int32>?
    /// True if there is one zone for all keys, a plain sound.
    @inlinable public var isPlain: Bool { keys == nil }

    /// The zone for a key and a velocity, rounded; −1: none.
    @inlinable
    public func zone(key: Float, velocity: Float) -> Int {
      guard let keys else { return 0 }
      let key = min(max(key, 0), 127), velocity = min(max(velocity, 0), 1)
      return Int(keys[Int(key + 0.5) &* 128 &+ Int(velocity * 127 + 0.5)])
    }
  }
  public let table: Table
  private let owned: [SoundCopies]
  private let pointers: UnsafeMutablePointer<UnsafePointer<Float>>
  private let zones: UnsafeMutablePointer<SampleZone>
  private let keys: UnsafeMutablePointer<Int32>?

  /// A sound for all keys.
  public convenience init(_ zone: SampleZone, _ copies: SoundCopies) { self.init([zone], [copies], [0], keys: nil) }

  /// - Parameters:
  ///   - sounds: the index of each zone's sound among the copies.
  ///   - keys: the keys and velocities of each zone, 0 … 127; of zones that overlap the first one is played.
  public init(
    _ list: [SampleZone], _ copies: [SoundCopies], _ sounds: [Int],
    keys ranges: [(keys: ClosedRange<Int>, velocities: ClosedRange<Int>)]?
  ) {
    owned = copies
    let total = copies.reduce(0) { $0 + $1.count }
    pointers = .allocate(capacity: max(2 * total, 1))
    var firsts: [Int] = [], at = 0
    for copy in copies {
      firsts.append(at)
      (pointers + at).initialize(from: copy.pointers, count: copy.count)
      (pointers + (total + at)).initialize(from: copy.pointers + copy.count, count: copy.count)
      at += copy.count
    }
    zones = .allocate(capacity: max(list.count, 1))
    for (i, var zone) in list.enumerated() {
      zone.first = Int32(firsts[sounds[i]])
      zone.perOctave = Float(copies[sounds[i]].perOctave)
      (zones + i).initialize(to: zone)
    }
    if let ranges {
      let table = UnsafeMutablePointer<Int32>.allocate(capacity: 128 * 128)
      table.initialize(repeating: -1, count: 128 * 128)
      // Once every key and velocity has one, no other zone is heard.
      var free = 128 * 128
      for (i, range) in ranges.enumerated() where free > 0 {
        for key in range.keys {
          for velocity in range.velocities where table[key * 128 + velocity] < 0 {
            table[key * 128 + velocity] = Int32(i)
            free -= 1
          }
        }
      }
      keys = table
    } else {
      keys = nil
    }
    table = Table(
      copies: CopyReader(
        left: UnsafePointer(pointers), right: UnsafePointer(pointers + total), isPair: copies.contains { $0.isPair }),
      zones: UnsafePointer(zones), keys: keys.map { UnsafePointer($0) })
  }

  deinit {
    pointers.deallocate()
    zones.deallocate()
    keys?.deallocate()
  }
}
