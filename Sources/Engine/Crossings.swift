// [control] [audio] Everything that crosses between the control side and the audio thread, with its direction.
import Synchronization

/// Ring buffers, atomics and banks shared by `Engine` (control side) and `AudioState` (audio thread). Nothing else is
/// shared, but the plans that cross here and the memory that they refer to.
final class Crossings: @unchecked Sendable {
  // Control → audio
  /// Plans in the order in which they start; each stays here until its frame.
  let standby = RingBuffer<UnsafeMutablePointer<Plan>>(capacity: 16)
  /// Parameters, notes and monitoring requests.
  let events = RingBuffer<Event>(capacity: EventHeap.capacity)
  /// True if the peak of every output is measured.
  let measuresLevels = Atomic<Bool>(false)
  /// Readings of the peaks, which reset them; after each one constant outputs are measured again.
  let levelReadings = Atomic<Int>(0)
  /// True if every controller change is reported.
  let isLearning = Atomic<Bool>(false)

  // Audio → control
  /// Spent plans, to be freed.
  let retired = RingBuffer<UnsafeMutablePointer<Plan>>(capacity: 64)
  let faults = RingBuffer<EngineFault>(capacity: 256)
  let midiReports = RingBuffer<MidiReport>(capacity: 1_024)
  /// The plan that runs; the last one whose ramps have arrived; the last one without surplus voices.
  let activeID = Atomic<Int>(0), settledID = Atomic<Int>(0), idleID = Atomic<Int>(0)
  /// The frame at which the next period starts.
  let nextFrame = Atomic<Int>(0)
  /// Voices that are not idle.
  let soundingVoices = Atomic<Int>(0)
  /// Counts since the start.
  let lateEvents = Atomic<Int>(0), droppedEvents = Atomic<Int>(0), loudBlocks = Atomic<Int>(0)
  /// The sound that leaves, for recordings.
  let capture: Capture

  // Both ways
  /// Frames rendered while costs are measured (read and reset by the control side), and whether they are.
  let profiledFrames = Atomic<Int>(0), isProfiled = Atomic<Bool>(false)
  /// Requested by events, read by the control side.
  let meters = MeterBank(), scopes = ScopeBank(), probes = ProbeBank()

  init(outputChannels: Int) { capture = Capture(channels: outputChannels) }
}
