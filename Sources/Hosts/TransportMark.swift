// [audio] [control] The position of JACK's transport at the start of the last period.
import CJack
import Engine
import Synchronization

/// Written by the audio thread, read by the control side.
final class TransportMark: Sendable {
  struct Place {
    var isRolling: Bool
    var hasBeats: Bool
    /// Frame of the transport, and frame of the engine.
    var frame: Int
    var engineFrame: Int
    var beat: Double
    var beatsPerMinute: Double
    var beatsPerBar: Double
  }
  private let lock = SequenceLock()
  private let flags = Atomic<Int>(0), frame = Atomic<Int>(0), engineFrame = Atomic<Int>(0)
  private let beat = Atomic<UInt64>(0), tempo = Atomic<UInt64>(0), meter = Atomic<UInt64>(0)

  func mark(_ place: cjack_transport_place, at frame: Int) {
    lock.write {
      flags.store((place.is_rolling != 0 ? 1 : 0) | (place.has_beats != 0 ? 2 : 0), ordering: .releasing)
      self.frame.store(Int(place.frame), ordering: .releasing)
      engineFrame.store(frame, ordering: .releasing)
      beat.store(place.beat.bitPattern, ordering: .releasing)
      tempo.store(place.beats_per_minute.bitPattern, ordering: .releasing)
      meter.store(place.beats_per_bar.bitPattern, ordering: .releasing)
    }
  }

  /// The last written position; nil before the first period.
  var place: Place? {
    lock.read {
      let flags = self.flags.load(ordering: .acquiring)
      return Place(
        isRolling: flags & 1 != 0, hasBeats: flags & 2 != 0, frame: frame.load(ordering: .acquiring),
        engineFrame: engineFrame.load(ordering: .acquiring),
        beat: Double(bitPattern: beat.load(ordering: .acquiring)),
        beatsPerMinute: Double(bitPattern: tempo.load(ordering: .acquiring)),
        beatsPerBar: Double(bitPattern: meter.load(ordering: .acquiring)))
    }
  }
}
