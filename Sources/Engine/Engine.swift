// [control] The public face of the engine; `render`, `receive`, `endMidi`, `account` and `work` belong to other threads.
import DSP
import ModuleKit

/// Renders the active plan, takes over the standby plans, and applies events at their frames.
///
/// The audio thread's state is `AudioState`; everything that crosses between the threads is in `Crossings`. Plans and
/// events come from `PlanPublisher`.
public final class Engine: @unchecked Sendable {
  public let inputChannels: Int
  public let outputChannels: Int
  public private(set) var sampleRate: Double
  let crossings: Crossings
  private let audio: AudioState
  /// The requested limit of the output, dB.
  private var ceiling: Float?

  /// Voice groups of a node at most.
  static let groupLimit = 64
  /// Full scale + 6 dB: a louder output is reported.
  public static let loudLevel: Float = 2
  /// Full scale + 24 dB: a feedback loop at this level has run away.
  public static let runawayLevel: Float = 16

  public init(sampleRate: Double, inputChannels: Int = 2, outputChannels: Int = 2) {
    self.sampleRate = sampleRate
    self.inputChannels = inputChannels
    self.outputChannels = outputChannels
    crossings = Crossings(outputChannels: outputChannels)
    audio = AudioState(
      crossings, sampleRate: sampleRate, inputChannels: inputChannels, outputChannels: outputChannels)
  }

  // MARK: Any thread

  /// The absolute frame at which the next `render` starts.
  public var frame: Int { crossings.nextFrame.load(ordering: .acquiring) }
  /// Voices that are not idle.
  public var soundingVoices: Int { crossings.soundingVoices.load(ordering: .relaxed) }
  /// Number of late events since the start.
  public var lateCount: Int { crossings.lateEvents.load(ordering: .relaxed) }
  /// Number of events dropped for lack of room or of a node, since the start.
  public var droppedCount: Int { crossings.droppedEvents.load(ordering: .relaxed) }
  /// Number of blocks whose output exceeded `loudLevel`, since the start.
  public var loudCount: Int { crossings.loudBlocks.load(ordering: .relaxed) }
  /// Peak of the outputs after the master volume and before the limiter, falling by 6 dB in a third of a second.
  public var outputPeak: Float { Float(bitPattern: crossings.outputPeak.load(ordering: .relaxed)) }
  /// Periods in which the audio thread waited for a worker beyond the deadline, since the start.
  public var lateWorkerCount: Int { audio.workers?.lateCount.load(ordering: .relaxed) ?? 0 }
  /// Tasks rendered by workers, since the start.
  public var helpCount: Int { audio.workers?.helpCount.load(ordering: .relaxed) ?? 0 }
  package var capture: Capture { crossings.capture }
  /// The place and tempo of the MIDI clock, while the session follows it; nil before.
  public var midiClock: SessionClock? { crossings.midiClock.place }

  // MARK: Audio thread

  /// [audio] Renders a period; a host calls it with pointers (`HostChannels.swift`).
  func render(_ inputs: HostInputs, _ outputs: HostOutputs) { audio.render(inputs, outputs) }

  /// [audio] Receives MIDI bytes, likewise.
  func receive(midi bytes: Row<UInt8>, after offset: Int) { audio.receive(midi: bytes, after: offset) }

  /// [audio] Sets the clock of the session from `frame` on, in place of an event of the control side. Called before
  /// `render`, on its thread.
  public func set(clock: SessionClock, at frame: Int) {
    var event = Event(kind: .clock, frame: frame)
    event.clock = clock
    audio.receive(event)
  }

  /// [audio] The sender is gone: releases all keys and resets pedals and wheels. Called before `render`, on its thread,
  /// or while nothing renders.
  public func endMidi() { audio.endMidi() }

  /// [audio] Reports the rendering time of the last period; called by a host after `render`, on its thread.
  public func account(nanoseconds: Int, frames: Int) { audio.account(nanoseconds: nanoseconds, frames: frames) }

  /// [worker] Body of thread 1, 2 … until `dismissWorkers`. It sleeps while there is no work.
  public func work(as thread: Int) { audio.workers?.work(as: thread) }

  // MARK: Control side, only while nothing renders

  /// Sets the sample rate.
  func change(sampleRate: Double) {
    self.sampleRate = sampleRate
    audio.sampleRate = sampleRate
    audio.context.pointee.sampleRate = Float(sampleRate)
    limit(to: ceiling)
  }

  /// Takes back the plans that have not started.
  func dropStandby() -> [Reference<Plan>] {
    audio.waitingPlans = 0
    var plans: [Reference<Plan>] = []
    while let plan = crossings.standby.pop() { plans.append(plan) }
    return plans
  }

  /// [control] Frames by which the output limiter delays the sound.
  public var limiterLatency: Int { audio.limiter?.delay ?? 0 }

  /// Limits the output to `ceiling` dB of full scale; nil: no limit.
  public func limit(to ceiling: Float?) {
    self.ceiling = ceiling
    audio.limiter = ceiling.map {
      OutputLimiter(channels: outputChannels, sampleRate: sampleRate, ceiling: Float.amplitude(decibels: $0))
    }
  }

  /// Enables voice thinning in an overload.
  public func protect(_ isOn: Bool) { audio.overload.protects = isOn }

  /// Number of rendering threads, the audio thread included.
  public var threads: Int { audio.workers?.threads ?? 1 }
  /// The greatest number of rendering threads.
  public static let threadLimit = WorkerPool.limit

  /// Splits the plans of later commits into tasks for as many threads, the audio thread included. The output is the
  /// same to the bit.
  public func share(among threads: Int) {
    let count = min(max(threads, 1), WorkerPool.limit)
    audio.workers = count > 1 ? WorkerPool(of: audio, threads: count) : nil
    crossings.meters.prepare(threads: count)
    crossings.scopes.prepare(threads: count)
    crossings.probes.prepare(threads: count)
  }

  /// Lets workers start.
  public func admitWorkers() { audio.workers?.sleep.dismiss(false) }
  /// Lets each worker return from `work`.
  public func dismissWorkers() { audio.workers?.sleep.dismiss(true) }

  /// The weights of the voices, which sum steps of plans refer to.
  var weights: Row<VoiceWeights> { audio.weights.row() }
}
