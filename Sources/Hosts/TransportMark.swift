// [audio] [control] The position of JACK's transport at the start of the last period.
import CJack
import Synchronization

/// A sequence lock: written by the audio thread; the control side repeats a read during which a write happened.
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
  /// Odd during a write; 0: never written.
  private let version = Atomic<Int>(0)
  private let flags = Atomic<Int>(0), frame = Atomic<Int>(0), engineFrame = Atomic<Int>(0)
  private let beat = Atomic<UInt64>(0), tempo = Atomic<UInt64>(0), meter = Atomic<UInt64>(0)

  func mark(_ place: cjack_transport_place, at frame: Int) {
    // Releasing stores, as in `FrameClock`.
    let odd = version.load(ordering: .relaxed) + 1
    version.store(odd, ordering: .relaxed)
    flags.store((place.is_rolling != 0 ? 1 : 0) | (place.has_beats != 0 ? 2 : 0), ordering: .releasing)
    self.frame.store(Int(place.frame), ordering: .releasing)
    engineFrame.store(frame, ordering: .releasing)
    beat.store(place.beat.bitPattern, ordering: .releasing)
    tempo.store(place.beats_per_minute.bitPattern, ordering: .releasing)
    meter.store(place.beats_per_bar.bitPattern, ordering: .releasing)
    version.store(odd + 1, ordering: .releasing)
  }

  /// The last written position; nil before the first period.
  var place: Place? {
    while true {
      let before = version.load(ordering: .acquiring)
      if before == 0 { return nil }
      let flags = self.flags.load(ordering: .acquiring)
      let place = Place(
        isRolling: flags & 1 != 0, hasBeats: flags & 2 != 0, frame: frame.load(ordering: .acquiring),
        engineFrame: engineFrame.load(ordering: .acquiring),
        beat: Double(bitPattern: beat.load(ordering: .acquiring)),
        beatsPerMinute: Double(bitPattern: tempo.load(ordering: .acquiring)),
        beatsPerBar: Double(bitPattern: meter.load(ordering: .acquiring)))
      if before & 1 == 0 && version.load(ordering: .acquiring) == before { return place }
    }
  }
}
