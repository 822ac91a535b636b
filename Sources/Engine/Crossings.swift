// [control] [audio] Everything that crosses between the control side and the audio thread, with its direction.
import ModuleKit
import Synchronization

/// Ring buffers, atomics and banks shared by `Engine` (control side) and `AudioState` (audio thread). Nothing else is
/// shared, but the plans that cross here and the memory that they refer to.
final class Crossings: @unchecked Sendable {
  // Control → audio
  /// Plans in the order in which they start; each stays here until its frame.
  let standby = RingBuffer<Reference<Plan>>(capacity: 16)
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
  let retired = RingBuffer<Reference<Plan>>(capacity: 64)
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
  /// The peak of the outputs, falling by 6 dB in a third of a second, as the bits of a Float.
  let outputPeak = Atomic<UInt32>(0)
  /// The MIDI clock, while the session follows it.
  let midiClock = ClockMark()
  /// The sound that leaves, for recordings.
  let capture: Capture

  // Both ways
  /// Frames rendered while costs are measured (read and reset by the control side), and whether they are.
  let profiledFrames = Atomic<Int>(0), isProfiled = Atomic<Bool>(false)
  /// Requested by events, read by the control side.
  let meters = MeterBank(), scopes = ScopeBank(), probes = ProbeBank()

  init(outputChannels: Int) { capture = Capture(channels: outputChannels) }
}

/// A lock-free ring buffer of fixed capacity for plain values, with one writer and one reader.
///
/// Inlinable, so that ThreadSanitizer instruments it in a test's own types.
public final class RingBuffer<Element: BitwiseCopyable>: @unchecked Sendable {
  @usableFromInline let storage: Row<Element>
  @usableFromInline let mask: Int
  // Each counter has a cache line of its own: the line that one thread writes does not leave the other's processor.
  /// Elements ever written; stored by the writer, after the elements.
  @usableFromInline let written: Reference<Atomic<Int>>
  /// Elements ever read; stored by the reader, after it is done with them.
  @usableFromInline let read: Reference<Atomic<Int>>

  /// Capacity must be a power of two.
  @inlinable public init(capacity: Int) {
    precondition(capacity > 0 && capacity & (capacity - 1) == 0)
    storage = .room(for: capacity)
    mask = capacity - 1
    written = .makeInLine(Atomic(0))
    read = .makeInLine(Atomic(0))
  }
  deinit {
    storage.free()
    written.free()
    read.free()
  }

  /// Writer: room for this many more.
  @inlinable public var room: Int {
    mask + 1 - (written.pointee.load(ordering: .relaxed) - read.pointee.load(ordering: .acquiring))
  }

  /// Writer: returns false, and writes nothing, where the buffer is full.
  @inlinable public func push(_ element: Element) -> Bool {
    guard room > 0 else { return false }
    let at = written.pointee.load(ordering: .relaxed)
    storage.initialize(at & mask, to: element)
    written.pointee.store(at + 1, ordering: .releasing)
    return true
  }

  /// Writer: writes all, visible to the reader at once, or none.
  @inlinable public func push(all elements: [Element]) -> Bool {
    guard room >= elements.count else { return false }
    let at = written.pointee.load(ordering: .relaxed)
    for (i, element) in elements.enumerated() { storage.initialize((at + i) & mask, to: element) }
    written.pointee.store(at + elements.count, ordering: .releasing)
    return true
  }

  /// Writer: whether the reader has taken everything.
  @inlinable public var isDrained: Bool {
    written.pointee.load(ordering: .relaxed) == read.pointee.load(ordering: .acquiring)
  }

  /// Reader: how many there are to read now.
  @inlinable public var available: Int {
    written.pointee.load(ordering: .acquiring) - read.pointee.load(ordering: .relaxed)
  }

  /// Reader: one of those that are available, 0 being the next, without removing it.
  @inlinable public func peek(_ index: Int) -> Element {
    storage[(read.pointee.load(ordering: .relaxed) + index) & mask]
  }

  /// Reader: the next element, or nil.
  @inlinable public func pop() -> Element? {
    let at = read.pointee.load(ordering: .relaxed)
    guard written.pointee.load(ordering: .acquiring) > at else { return nil }
    let element = storage[at & mask]
    read.pointee.store(at + 1, ordering: .releasing)
    return element
  }
}

/// Protects a group of atomics that the audio thread writes and the control side reads: a read during which a write
/// happened is repeated.
///
/// The atomics must be stored with releasing order, so that none becomes visible before the odd version, on weakly
/// ordered processors either, and loaded with acquiring order.
package struct SequenceLock: ~Copyable, Sendable {
  /// Odd during a write; 0: never written.
  private let version = Atomic<Int>(0)

  package init() {}

  /// [audio] Stores the atomics.
  @inline(__always) package borrowing func write(_ store: () -> Void) {
    let odd = version.load(ordering: .relaxed) + 1
    version.store(odd, ordering: .relaxed)
    store()
    version.store(odd + 1, ordering: .releasing)
  }

  /// [control] Values that belong to one write; nil before the first.
  package borrowing func read<Value>(_ load: () -> Value) -> Value? {
    while true {
      let before = version.load(ordering: .acquiring)
      if before == 0 { return nil }
      let value = load()
      if before & 1 == 0 && version.load(ordering: .acquiring) == before { return value }
    }
  }
}

/// The place and tempo of a clock after the last period: of the MIDI clock, of a host's transport.
package final class ClockMark: Sendable {
  private let lock = SequenceLock()
  private let isRolling = Atomic<Bool>(false), frame = Atomic<Int>(0)
  private let beat = Atomic<UInt64>(0), tempo = Atomic<UInt64>(0)

  package init() {}

  /// [audio]
  package func mark(_ clock: SessionClock) {
    lock.write {
      isRolling.store(clock.isRolling, ordering: .releasing)
      frame.store(clock.frame, ordering: .releasing)
      beat.store(clock.beat.bitPattern, ordering: .releasing)
      tempo.store(clock.beatsPerMinute.bitPattern, ordering: .releasing)
    }
  }

  /// [control] The last place; nil before the first.
  package var place: SessionClock? {
    lock.read {
      SessionClock(
        isRolling: isRolling.load(ordering: .acquiring), frame: frame.load(ordering: .acquiring),
        beat: Double(bitPattern: beat.load(ordering: .acquiring)),
        beatsPerMinute: Double(bitPattern: tempo.load(ordering: .acquiring)))
    }
  }
}
