// [audio] Rendering, live and offline.
import CRealtime
import DSP
import ModuleKit
import Synchronization

/// Renders the active plan, takes over the standby plan, and applies events at their frames.
///
/// `render` runs on the audio thread; everything else that is not marked belongs to the control side. Crossings between
/// the two: the ring buffer of standby plans, the event ring buffer, the retire ring buffer, the reports.
public final class Engine: @unchecked Sendable {
  public let inputChannels: Int
  public let outputChannels: Int
  public internal(set) var sampleRate: Double

  // Control → audio
  /// Plans in the order in which they start; each stays here until its frame.
  let standby = RingBuffer<UnsafeMutablePointer<Plan>>(capacity: 16)
  let events = RingBuffer<Event>(capacity: 16_384)
  // Audio → control
  let retired = RingBuffer<UnsafeMutablePointer<Plan>>(capacity: 64)
  let faults = RingBuffer<EngineFault>(capacity: 256)
  let activeID = Atomic<Int>(0)
  let settledID = Atomic<Int>(0)
  let idleID = Atomic<Int>(0)
  let meters = MeterBank()
  let scopes = ScopeBank()
  let probes = ProbeBank()
  /// True if the peak of every output is measured.
  let measuresLevels = Atomic<Bool>(false)
  /// Readings of the peaks, which reset them; the last one after which constant outputs were measured again.
  let levelReadings = Atomic<Int>(0)
  var measuredReading = 0
  /// Frames rendered while costs are measured, and whether they are.
  let profiledFrames = Atomic<Int>(0)
  let isProfiled = Atomic<Bool>(false)
  package let capture: Capture
  private let nextFrame = Atomic<Int>(0)
  private let sounding = Atomic<Int>(0)
  let lateEvents = Atomic<Int>(0)
  let droppedEvents = Atomic<Int>(0)
  let loudBlocks = Atomic<Int>(0)

  // Audio thread only
  var active: UnsafeMutablePointer<Plan>?
  /// Plans at the head of `standby` that may start in this period.
  var waitingPlans = 0
  var pending = EventHeap()
  private(set) var now = 0
  let midi = MidiInput()
  /// The kind of a fault that the next block is searched for.
  var locating: EngineFault.Kind?
  var foundFault = false, locatedNothing = false
  /// Until this frame a faulty node is silent or watched.
  var isolatedUntil = 0
  var loudest: Float = 0
  var limiter: OutputLimiter?
  var ceiling: Float?
  var overload = OverloadWatch()
  var nextLoudReport = 0, nextUnlocatedReport = 0, nextOverloadReport = 0
  var nextLateReport = 0, reportedLate = 0
  var master = Ramp(at: 1)
  /// The output fade of a panic; at `panicEnd` everything is reset.
  var panicFade = Ramp(at: 1)
  var panicEnd = Int.max
  let context: UnsafeMutablePointer<RenderContext>
  let bus: Bus
  /// Worker threads; nil: the audio thread renders alone.
  var workers: WorkerPool?
  let weights: UnsafeMutablePointer<VoiceWeights>
  /// The frame at which the voice weights reach the number of voices.
  var weightsEnd = 0
  static let groupLimit = 64

  public init(sampleRate: Double, inputChannels: Int = 2, outputChannels: Int = 2) {
    self.sampleRate = sampleRate
    self.inputChannels = inputChannels
    self.outputChannels = outputChannels
    capture = Capture(channels: outputChannels)
    bus = Bus(inputs: inputChannels, outputs: outputChannels)
    weights = .allocate(capacity: Engine.groupLimit)
    weights.initialize(repeating: VoiceWeights(), count: Engine.groupLimit)
    context = .allocate(capacity: 1)
    context.initialize(
      to: RenderContext(
        frame: 0, frames: 0, sampleRate: Float(sampleRate), voices: 1, device: bus.device,
        midi: midi.signals))
  }

  deinit {
    pending.deallocate()
    weights.deallocate()
    context.deallocate()
  }

  /// The absolute frame at which the next `render` starts. Any thread.
  public var frame: Int { nextFrame.load(ordering: .acquiring) }
  /// Voices that are not idle. Any thread.
  public var soundingVoices: Int { sounding.load(ordering: .relaxed) }
  /// Number of late events since the start. Any thread.
  public var lateCount: Int { lateEvents.load(ordering: .relaxed) }
  /// Number of events dropped for lack of room or of a node, since the start. Any thread.
  public var droppedCount: Int { droppedEvents.load(ordering: .relaxed) }

  /// Number of blocks whose output exceeded `loudLevel`, since the start. Any thread.
  public var loudCount: Int { loudBlocks.load(ordering: .relaxed) }

  /// [audio] Renders any number of frames.
  ///
  /// - Parameters:
  ///   - inputs: one pointer per channel, `frames` long; nil for silence.
  ///   - outputs: one pointer per channel, `frames` long; overwritten. A nil channel is skipped.
  public func render(
    inputs: UnsafePointer<UnsafePointer<Float>?>?, outputs: UnsafePointer<UnsafeMutablePointer<Float>?>, frames: Int
  ) {
    let floatState = weft_flush_denormals()
    // Read before the slot: an event sent after a plan never overtakes that plan.
    let sent = events.available
    admitPlans(frames: frames)
    startDuePlans()
    for _ in 0..<sent { if let event = events.pop() { receive(event) } }
    let workers = callWorkers(frames)
    var done = 0
    while done < frames {
      applyDueEvents()
      let block = min(frames - done, framesToNextChange)
      renderBlock(inputs, outputs, at: done, frames: block)
      done += block
      now += block
    }
    if let workers { release(workers) }
    limiter?.process(outputs, frames: frames)
    capture.push(outputs, at: now - frames, frames: frames)
    if meters.metersOutputs || meters.nodeCount > 0 {
      meters.finish(outputs, channels: outputChannels, frames: frames, interval: Int(sampleRate * 0.01))
    }
    nextFrame.store(now, ordering: .releasing)
    var voices = 0
    if let active { for entry in active.pointee.allocators { voices += entry.allocator.pointee.sounding } }
    sounding.store(voices, ordering: .relaxed)
    weft_restore_float_state(floatState)
  }

  /// Frames until the next event or plan start, at most to the end of the quantum.
  private var framesToNextChange: Int {
    // Not one `min` of them all: that would build an array.
    var next = (now | (quantumFrames - 1)) + 1
    next = min(next, pending.first)
    next = min(next, midi.first)
    next = min(next, panicEnd)
    if let active { for entry in active.pointee.allocators { next = min(next, entry.allocator.pointee.nextFrame) } }
    // A plan whose start frame has passed waits for room in the retire ring buffer.
    for i in 0..<waitingPlans {
      let start = standby.peek(i).pointee.startFrame
      if start > now { next = min(next, start) }
    }
    return next - now
  }

  func setContextRate(_ rate: Float) { context.pointee.sampleRate = rate }
}

extension Engine {
  /// [control] Sets the sample rate; only while nothing renders.
  func change(sampleRate: Double) {
    self.sampleRate = sampleRate
    setContextRate(Float(sampleRate))
    limit(to: ceiling)
  }

  /// [control] Takes back the plans that have not started; only while nothing renders.
  func dropStandby() -> [UnsafeMutablePointer<Plan>] {
    waitingPlans = 0
    var plans: [UnsafeMutablePointer<Plan>] = []
    while let plan = standby.pop() { plans.append(plan) }
    return plans
  }

  /// [control] Limits the output to `ceiling` dB of full scale; nil: no limit. Only while nothing renders.
  public func limit(to ceiling: Float?) {
    self.ceiling = ceiling
    limiter = ceiling.map {
      OutputLimiter(channels: outputChannels, sampleRate: sampleRate, ceiling: Float.amplitude(decibels: $0))
    }
  }

  /// [control] Enables voice thinning in an overload. Only while nothing renders.
  public func protect(_ isOn: Bool) { overload.protects = isOn }
}
