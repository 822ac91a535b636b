// [audio] [control] What crosses between the audio thread and the control thread of the generic plug-in, beside the engine.
import Engine
import Synchronization

final class SessionCrossing: Sendable {
  // Audio → control
  /// The control `remote`.
  let wantsRemote = Atomic<Bool>(false)
  /// The host's transport, from its last change on.
  let transport = ClockMark()

  // Control → audio
  /// The number of the OSC port; 0: none is open.
  let port = Atomic<Int>(0)
  /// Frames by which the patch delays the sound.
  let latency = Atomic<Int>(0)
  /// The values of the macro ports in the next period are no change.
  let acceptsControls = Atomic<Bool>(false)
}
