// [audio] The state of the audio thread, and its path through one period. Reading order:
//
// 1. AudioState.swift         `render`: plans, events, blocks, output
// 2. AudioState+Swap.swift    plans start at their frames and settle
// 3. AudioState+Events.swift  events are applied at their frames
// 4. AudioState+Blocks.swift  one block: the steps that have work to do, in their order; a step
// 5. Bus.swift                the output: sums of the block to the channels of the host
//
// The folders beside them hold what these five call.
import CRealtime
import DSP
import ModuleKit
import Synchronization

/// Everything that belongs to the audio thread alone. The control side reaches it only while nothing renders, and
/// through `Crossings`.
final class AudioState {
  let crossings: Crossings
  let outputChannels: Int
  var sampleRate: Double
  // The parts of `crossings` that are objects.
  let standby: RingBuffer<Reference<Plan>>
  let events: RingBuffer<Event>
  let retired: RingBuffer<Reference<Plan>>
  let faults: RingBuffer<EngineFault>
  let meters: MeterBank, scopes: ScopeBank, probes: ProbeBank

  var active: Reference<Plan>?
  /// Plans at the head of `standby` that may start in this period.
  var waitingPlans = 0
  var pending = EventHeap()
  private(set) var now = 0
  let midi: MidiInput
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
  let context: Reference<RenderContext>
  let bus: Bus
  /// Worker threads; nil: the audio thread renders alone.
  var workers: WorkerPool?
  let weights: OwnedRow<VoiceWeights>
  /// The frame at which the voice weights reach the number of voices.
  var weightsEnd = 0
  var measuredReading = 0

  init(_ crossings: Crossings, sampleRate: Double, inputChannels: Int, outputChannels: Int) {
    self.crossings = crossings
    self.sampleRate = sampleRate
    self.outputChannels = outputChannels
    (standby, events, retired, faults) = (crossings.standby, crossings.events, crossings.retired, crossings.faults)
    (meters, scopes, probes) = (crossings.meters, crossings.scopes, crossings.probes)
    midi = MidiInput(crossings)
    bus = Bus(inputs: inputChannels, outputs: outputChannels)
    weights = OwnedRow(repeating: VoiceWeights(), count: Engine.groupLimit)
    context = .make(
      RenderContext(
        frame: 0, frames: 0, sampleRate: Float(sampleRate), voices: 1, device: bus.device, midi: midi.signals))
  }

  deinit {
    pending.free()
    context.free()
  }

  /// Renders a period of any number of frames.
  func render(_ inputs: HostInputs, _ outputs: HostOutputs) {
    if isResting(frames: outputs.frames) {
      rest(outputs)
      now += outputs.frames
      return crossings.nextFrame.store(now, ordering: .releasing)
    }
    let floatState = weft_flush_denormals(), frames = outputs.frames
    // Read before the plans: an event sent after a plan never overtakes that plan.
    let sent = events.available
    admitPlans(frames: frames)
    startDuePlans()
    // While the heap is full, events stay in the ring buffer: its writer sees that there is no room, and nothing is lost.
    for _ in 0..<sent where !pending.isFull { if let event = events.pop() { receive(event) } }
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
    limiter?.process(outputs)
    crossings.capture.push(outputs, at: now - frames)
    if meters.metersOutputs || meters.nodeCount > 0 {
      meters.finish(outputs, channels: outputChannels, interval: Int(sampleRate * 0.01))
    }
    if midi.session.pointee.source == .midi { crossings.midiClock.mark(midi.clock.pointee.place(at: now, sampleRate)) }
    crossings.nextFrame.store(now, ordering: .releasing)
    var voices = 0
    if let active { for entry in active.pointee.allocators { voices += entry.allocator.pointee.sounding } }
    crossings.soundingVoices.store(voices, ordering: .relaxed)
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
}
