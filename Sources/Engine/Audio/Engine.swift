// [audio] The one way that sound is made, live and offline.
import CRealtime
import DSP
import ModuleKit
import Synchronization

/// Renders the active plan, takes over the standby plan, and obeys events at their frames.
///
/// `render` is the audio thread's; everything else here that is not marked so is the control side's.
/// What crosses between them: the standby slot, the event ring, the retire ring, the reports.
public final class Engine: @unchecked Sendable {
  public let inputChannels: Int
  public let outputChannels: Int
  public internal(set) var sampleRate: Double

  // Control -> audio
  let standby = Atomic<UnsafeMutablePointer<PlanMemory>?>(nil)
  let events = Ring<Event>(capacity: 16_384)
  // Audio -> control
  let retired = Ring<UnsafeMutablePointer<PlanMemory>>(capacity: 64)
  let faults = Ring<EngineFault>(capacity: 256)
  let activeID = Atomic<Int>(0)
  let activeFrame = Atomic<Int>(0)
  let settledID = Atomic<Int>(0)
  let meters = MeterBank()
  let scopes = ScopeBank()
  /// Frames rendered while costs are measured, and whether they are.
  let profiledFrames = Atomic<Int>(0)
  let isProfiled = Atomic<Bool>(false)
  package let capture: Capture
  private let nextFrame = Atomic<Int>(0)
  private let sounding = Atomic<Int>(0)
  private let lateEvents = Atomic<Int>(0)
  private let droppedEvents = Atomic<Int>(0)
  let loudChunks = Atomic<Int>(0)

  // The audio thread's own
  private(set) var active: UnsafeMutablePointer<PlanMemory>?
  /// Taken from the slot, waiting for its frame or for room in the retire ring.
  private var waiting: UnsafeMutablePointer<PlanMemory>?
  private var pending = EventHeap()
  private(set) var now = 0
  let midi = MidiInput()
  /// A fault whose node is looked for in the next chunk.
  var search: EngineFault.Kind?
  var foundFault = false, searchedInVain = false
  /// Until this frame a node that failed is silent or watched.
  var guardedUntil = 0
  var loudest: Float = 0
  var limiter: OutputLimiter?
  var ceiling: Float?
  var overload = OverloadWatch()
  var nextLoudReport = 0, nextVainReport = 0, nextOverloadReport = 0
  private var master = Ramp(at: 1)
  /// Closes for a panic; at `hushEnd` everything is reset.
  var hush = Ramp(at: 1)
  private(set) var hushEnd = Int.max
  private let context: UnsafeMutablePointer<RenderContext>
  let bus: Bus
  let weights: UnsafeMutablePointer<VoiceWeights>
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
  /// Events that came after their frame, ever. Any thread.
  public var lateCount: Int { lateEvents.load(ordering: .relaxed) }
  /// Events that found no room or no node, ever. Any thread.
  public var droppedCount: Int { droppedEvents.load(ordering: .relaxed) }

  /// Chunks of at most 64 frames that left the outputs louder than `loudLevel`, ever. Any thread.
  public var loudCount: Int { loudChunks.load(ordering: .relaxed) }

  /// [audio] Renders any number of frames.
  ///
  /// - Parameters:
  ///   - inputs: one pointer a channel, `frames` long; nil for silence.
  ///   - outputs: one pointer a channel, `frames` long; overwritten. A nil channel is left out.
  public func render(
    inputs: UnsafePointer<UnsafePointer<Float>?>?, outputs: UnsafePointer<UnsafeMutablePointer<Float>?>, frames: Int
  ) {
    let floatState = weft_flush_denormals()
    // Counted before the slot is looked at: an event that was sent after a plan never overtakes it.
    let sent = events.available
    takeStandby()
    for _ in 0..<sent { if let event = events.pop() { receive(event) } }
    var done = 0
    while done < frames {
      obeyDueEvents()
      let chunk = min(
        frames - done, quantumFrames - (now & (quantumFrames - 1)), pending.first - now, midi.first - now,
        nextNoteFrame - now,
        hushEnd - now,
        (waiting?.pointee.startFrame).map { $0 > now ? $0 - now : Int.max } ?? Int.max)
      renderChunk(inputs, outputs, at: done, frames: chunk)
      done += chunk
      now += chunk
    }
    limiter?.process(outputs, frames: frames)
    capture.push(outputs, at: now - frames, frames: frames)
    if meters.metersOutputs || meters.nodeCount > 0 {
      meters.finish(outputs, channels: outputChannels, frames: frames, interval: Int(sampleRate * 0.01))
    }
    nextFrame.store(now, ordering: .releasing)
    var voices = 0
    if let active { for entry in active.pointee.boards { voices += entry.board.pointee.sounding } }
    sounding.store(voices, ordering: .relaxed)
    weft_restore_float_state(floatState)
  }

  func setContextRate(_ rate: Float) { context.pointee.sampleRate = rate }

  // MARK: Events

  private func receive(_ event: Event) {
    if event.frame <= now {
      if event.frame != Event.now && event.frame < now { lateEvents.add(1, ordering: .relaxed) }
      obey(event)
    } else if !pending.insert(event) {
      droppedEvents.add(1, ordering: .relaxed)
    }
  }

  private func obeyDueEvents() {
    if let plan = waiting, plan.pointee.startFrame <= now { start(plan) }
    while pending.first <= now { obey(pending.removeFirst()) }
    obeyMidi()
    if let active { for entry in active.pointee.boards { entry.board.pointee.catchUp(to: now) } }
    if hushEnd <= now { clearAfterPanic() }
  }

  private func obey(_ event: Event) {
    switch event.kind {
    case .meter: meters.set(event.node, isOn: event.value > 0)
    case .scope:
      scopes.set(event.instance, serial: event.value > 0 ? event.node : nil, port: event.port, key: event.order)
    case .profile: isProfiled.store(event.value > 0, ordering: .relaxed)
    case .volume: master.move(to: event.value, frames: Int(sampleRate * 0.01))
    case .note: take(event.note, for: event.node)
    case .midi:
      withUnsafeBytes(of: event.midi) {
        obey(midi: $0.baseAddress!.assumingMemoryBound(to: UInt8.self), count: event.midiCount)
      }
    case .knob:
      if turn(event, instance: event.instance, in: active) { return }
      // New in a plan that still waits for its frame: turned there, and in the instance that sounds until then.
      let isTurned = turn(event, instance: event.instance, in: waiting)
      if !turn(event, instance: nil, in: active) && !isTurned { droppedEvents.add(1, ordering: .relaxed) }
    }
  }

  func countDrop() { droppedEvents.add(1, ordering: .relaxed) }

  /// [audio] A change of notes at the present frame.
  func take(_ note: NoteEvent, for node: Int) {
    guard let active else {
      if note.channel == 0 || note.kind == .on { countDrop() }
      return
    }
    // What is said of a channel needs no listener; a note does.
    var isHeard = note.channel != 0 && note.kind != .on, reachesAlone = note.channel == 0
    for entry in active.pointee.boards where !entry.isLeaving && (node == Event.everyNode || node == entry.node) {
      entry.board.pointee.obey(note, at: now)
      reachesAlone = reachesAlone || entry.board.pointee.hears(note.channel)
      isHeard = true
    }
    // A voice alone is not weighed, so all must be closed for it; a panic of all channels ends echoes, too.
    if note.kind == .panic && reachesAlone
      && (node == Event.everyNode && note.channel == 0 || active.pointee.voices == 1)
    {
      hush.move(to: 0, frames: hushFrames)
      hushEnd = min(hushEnd, now + hushFrames)
      isHeard = true
    }
    if !isHeard { droppedEvents.add(1, ordering: .relaxed) }
  }

  private var hushFrames: Int { max(1, Int(sampleRate * 0.002_5)) }

  /// Nothing can be heard now: every node, loop and voice begins anew.
  private func clearAfterPanic() {
    hushEnd = Int.max
    hush.move(to: 1, frames: hushFrames)
    guard let active else { return }
    for site in active.pointee.sites { site.reset() }
    for ring in active.pointee.lateRings {
      ring.baseAddress!.initializeMemory(as: UInt8.self, repeating: 0, count: ring.count)
    }
    for entry in active.pointee.boards { entry.board.pointee.clear() }
  }

  private var nextNoteFrame: Int {
    var next = Int.max
    if let active { for entry in active.pointee.boards { next = min(next, entry.board.pointee.nextFrame) } }
    return next
  }

  /// The buffer is lent to the one instance that the event was made for; another may be of another width.
  private func turn(_ event: Event, instance: Int?, in plan: UnsafeMutablePointer<PlanMemory>?) -> Bool {
    guard let plan, let knobs = plan.pointee.knobs(of: event.node, instance: instance), event.port < knobs.count else {
      return false
    }
    plan.pointee.set(
      knobs.baseAddress! + event.port, event.value, buffer: instance == nil ? nil : event.buffer, over: event.frames,
      course: event.course)
    return true
  }

  // MARK: Plans

  private func takeStandby() {
    if waiting == nil { waiting = standby.exchange(nil, ordering: .acquiring) }
    if let plan = waiting, plan.pointee.startFrame <= now { start(plan) }
  }

  /// Exchanges the plans: a few pointers, and what the edit changed.
  private func start(_ plan: UnsafeMutablePointer<PlanMemory>) {
    guard retired.room > 0 else { return }
    waiting = nil
    let isFirst = active == nil
    for change in plan.pointee.rampChanges {
      change.ramp.pointee.move(to: change.target, frames: plan.pointee.rampFrames)
    }
    if context.pointee.voices != plan.pointee.voices || isFirst {
      setVoices(plan.pointee.voices, frames: isFirst ? 0 : plan.pointee.rampFrames)
    }
    if let old = active {
      for i in 0..<old.pointee.movingCount {
        let knob = old.pointee.moving[i]
        knob.pointee.isListed = false
        // A node that only fades out in another width has no knobs to turn any more.
        if plan.pointee.owns(knob) { plan.pointee.list(knob) } else { knob.pointee.arrive() }
      }
    }
    for entry in plan.pointee.boards {
      if entry.board.pointee.knobs == nil { entry.board.pointee.channels.learn(from: midi.channels) }
      entry.board.pointee.knobs = entry.knobs
      entry.board.pointee.tuning = plan.pointee.tuning
      entry.board.pointee.tailFrames = entry.tailFrames
      entry.board.pointee.setCount(plan.pointee.voices, fade: plan.pointee.rampFrames, at: now)
      if entry.isLeaving { entry.board.pointee.releaseAll(at: now) }
    }
    for change in plan.pointee.knobChanges { plan.pointee.set(change.knob, change.value, buffer: change.buffer) }
    plan.pointee.rampEnd = now + plan.pointee.rampFrames
    if let old = active { _ = retired.push(old) }
    active = plan
    activeFrame.store(now, ordering: .relaxed)
    activeID.store(plan.pointee.id, ordering: .releasing)
  }

  private func setVoices(_ voices: Int, frames: Int) {
    context.pointee.voices = voices
    for group in 0..<Engine.groupLimit {
      var target = Voices(0)
      for lane in 0..<Voices.count where group * Voices.count + lane < voices { target[lane] = 1 }
      weights[group].move(to: target, frames: frames)
    }
  }

  // MARK: Sound

  private func renderChunk(
    _ inputs: UnsafePointer<UnsafePointer<Float>?>?, _ outputs: UnsafePointer<UnsafeMutablePointer<Float>?>,
    at offset: Int, frames: Int
  ) {
    bus.begin(inputs, at: offset, frames: frames)
    if let plan = active {
      context.pointee.frame = now
      context.pointee.frames = frames
      plan.pointee.advanceKnobs(frames)
      run(plan, frames)
      for entry in plan.pointee.boards { entry.board.pointee.advance(frames, from: now) }
      for ramp in plan.pointee.ramping { ramp.pointee.advance(frames) }
      for group in 0..<plan.pointee.groups { weights[group].advance(frames) }
      if !plan.pointee.isSettled && now + frames >= plan.pointee.rampEnd {
        plan.pointee.isSettled = true
        settledID.store(plan.pointee.id, ordering: .releasing)
      }
    }
    let peak = bus.finish(outputs, at: offset, frames: frames, gain: master, hush: hush)
    master.advance(frames)
    hush.advance(frames)
    judge(peak: peak, outputs, at: offset, frames: frames)
    if scopes.nodeCount + scopes.outputCount > 0 {
      scopes.finish(outputs, channels: outputChannels, at: offset, frame: now, frames: frames)
    }
  }

  private func run(_ plan: UnsafeMutablePointer<PlanMemory>, _ frames: Int) {
    let context = UnsafePointer(context)
    let isSearched = search != nil
    if isSearched { foundFault = false }
    let isInspected = isGuarding || meters.nodeCount > 0 || scopes.nodeCount > 0
    let steps = plan.pointee.steps.baseAddress!
    if isProfiled.load(ordering: .relaxed) {
      runMeasured(plan, frames, isInspected: isInspected)
    } else {
      eachRun(of: plan, isInspected: isInspected) { run in
        var step = steps + run.first
        let end = steps + run.end
        while step < end {
          step.pointee.run(context)
          if isInspected && step.pointee.site >= 0 {
            inspect(step.pointee, plan.pointee.sites[step.pointee.site], frames)
          }
          step += 1
        }
      }
    }
    if isSearched { endSearch() }
  }

  /// The runs that there is something to do for: neither idle voices nor, while no knob moves, what is still.
  @inline(__always)
  private func eachRun(of plan: UnsafeMutablePointer<PlanMemory>, isInspected: Bool, _ body: (StepRun) -> Void) {
    let rests = plan.pointee.isSettled && plan.pointee.movingCount == 0
    let skipsStill = rests && plan.pointee.hasStilled && !isInspected
    plan.pointee.hasStilled = rests
    let runs = plan.pointee.runs
    var i = 0
    while i < runs.count {
      let run = runs[i]
      i += 1
      if run.isStill {
        // Runs for idle voices too: it must be there when they wake.
        if !skipsStill { body(run) }
      } else if !run.isIdle {
        body(run)
      } else if skipsStill {
        i = run.next
      }
    }
  }

  /// The same, with a look at the clock after each module; what the engine does for a module's inputs counts as the
  /// module's, what it does after the last one as that one's.
  private func runMeasured(_ plan: UnsafeMutablePointer<PlanMemory>, _ frames: Int, isInspected: Bool) {
    let context = UnsafePointer(context), steps = plan.pointee.steps.baseAddress!
    var last = -1, before = weft_nanoseconds()
    eachRun(of: plan, isInspected: isInspected) { run in
      for i in run.first..<run.end {
        steps[i].run(context)
        guard steps[i].site >= 0 else { continue }
        last = steps[i].site
        let now = weft_nanoseconds()
        plan.pointee.costs[last].add(Int(now &- before), ordering: .relaxed)
        if isInspected { inspect(steps[i], plan.pointee.sites[last], frames) }
        before = isInspected ? weft_nanoseconds() : now
      }
    }
    if last >= 0 { plan.pointee.costs[last].add(Int(weft_nanoseconds() &- before), ordering: .relaxed) }
    profiledFrames.add(frames, ordering: .relaxed)
  }

  private func inspect(_ step: Step, _ site: FaultSite, _ frames: Int) {
    guardOutputs(step, site, frames)
    if meters.nodeCount > 0 { meters.measure(step, site, frames: frames) }
    if scopes.nodeCount > 0 { scopes.take(step, site, UnsafePointer(context)) }
  }
}

extension Engine {
  /// [control] A new rate; only while nothing renders.
  func change(sampleRate: Double) {
    self.sampleRate = sampleRate
    setContextRate(Float(sampleRate))
    limit(to: ceiling)
  }

  /// [control] Lets nothing out that is louder than `ceiling` dB of full scale; nil: everything. Only while nothing
  /// renders.
  public func limit(to ceiling: Float?) {
    self.ceiling = ceiling
    limiter = ceiling.map {
      OutputLimiter(channels: outputChannels, sampleRate: sampleRate, ceiling: Float.amplitude(decibels: $0))
    }
  }

  /// [control] Whether voices are thinned where there are more than can be rendered. Only while nothing renders.
  public func protect(_ isOn: Bool) { overload.protects = isOn }
}
