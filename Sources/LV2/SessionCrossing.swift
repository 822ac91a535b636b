// [audio] [control] What crosses between the audio thread and the control thread of the generic plug-in, beside the engine.
import Engine
import ModuleKit
import Synchronization

final class SessionCrossing: Sendable {
  // Audio → control
  /// The control `remote`.
  let wantsRemote = Atomic<Bool>(false)
  /// The host's transport.
  let transport = HostTransport()

  // Control → audio
  /// The number of the OSC port; 0: none is open.
  let port = Atomic<Int>(0)
  /// Frames by which the patch delays the sound.
  let latency = Atomic<Int>(0)
  /// The values of the macro ports in the next period are no change.
  let acceptsControls = Atomic<Bool>(false)
}

/// The place and tempo of the host's transport, from its last change on.
final class HostTransport: Sendable {
  private let lock = SequenceLock()
  private let isRolling = Atomic<Bool>(false), frame = Atomic<Int>(0)
  private let beat = Atomic<UInt64>(0), tempo = Atomic<UInt64>(0)

  /// [audio]
  func mark(_ clock: SessionClock) {
    lock.write {
      isRolling.store(clock.isRolling, ordering: .releasing)
      frame.store(clock.frame, ordering: .releasing)
      beat.store(clock.beat.bitPattern, ordering: .releasing)
      tempo.store(clock.beatsPerMinute.bitPattern, ordering: .releasing)
    }
  }

  /// [control] Nil: the host has reported none.
  var place: SessionClock? {
    lock.read {
      SessionClock(
        isRolling: isRolling.load(ordering: .acquiring), frame: frame.load(ordering: .acquiring),
        beat: Double(bitPattern: beat.load(ordering: .acquiring)),
        beatsPerMinute: Double(bitPattern: tempo.load(ordering: .acquiring)))
    }
  }
}
