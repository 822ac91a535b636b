// [audio] [control] The place of the MIDI clock after the last period.
import ModuleKit
import Synchronization

/// A sequence lock: written by the audio thread; the control side repeats a read during which a write happened.
final class MidiClockMark: Sendable {
  /// Odd during a write; 0: never written.
  private let version = Atomic<Int>(0)
  private let isRolling = Atomic<Bool>(false), frame = Atomic<Int>(0)
  private let beat = Atomic<UInt64>(0), tempo = Atomic<UInt64>(0)

  /// [audio]
  func mark(_ clock: SessionClock) {
    // Releasing stores: no later one is visible before an earlier one.
    let odd = version.load(ordering: .relaxed) + 1
    version.store(odd, ordering: .relaxed)
    isRolling.store(clock.isRolling, ordering: .releasing)
    frame.store(clock.frame, ordering: .releasing)
    beat.store(clock.beat.bitPattern, ordering: .releasing)
    tempo.store(clock.beatsPerMinute.bitPattern, ordering: .releasing)
    version.store(odd + 1, ordering: .releasing)
  }

  /// [control] The last place; nil before the first.
  var place: SessionClock? {
    while true {
      let before = version.load(ordering: .acquiring)
      if before == 0 { return nil }
      let place = SessionClock(
        isRolling: isRolling.load(ordering: .acquiring), frame: frame.load(ordering: .acquiring),
        beat: Double(bitPattern: beat.load(ordering: .acquiring)),
        beatsPerMinute: Double(bitPattern: tempo.load(ordering: .acquiring)))
      if before & 1 == 0 && version.load(ordering: .acquiring) == before { return place }
    }
  }
}
