import CRealtime
import Engine
import ModuleKit
import PatchKit

/// The one owner of the patch: draft, committed patch, and the plans made of them.
///
/// Every way in is a translation to the commands of `CommandTable`, so each feature exists once and each error reads
/// the same from everywhere. A session is confined to one thread, the control thread: no lock, no hop, and the same
/// order live and offline. Other threads enter through `ControlLoop.post`.
public final class Session {
  public let registry: Registry
  public let plans: PlanPublisher
  public var engine: Engine { plans.engine }
  /// What the host knows of itself; asked by `/status`.
  public var hostStatus: () -> HostStatus = { HostStatus() }
  /// The frame that sounds at a time of the monotonic clock; nil where time tags cannot be kept.
  public var frameAtNanoseconds: (UInt64) -> Int? = { _ in nil }
  /// Where the host's transport is; nil where there is none.
  public var transport: () -> Transport? = { nil }
  public var onQuit: () -> Void = {}
  /// Called when a request has been done, before it is answered: what is kept must be kept by then.
  public var beforeAnswer: () -> Void = {}
  /// What went wrong in the sound, for people.
  public var onFault: (String) -> Void = { _ in }
  /// Seconds after which a recording ends by itself; tests put another in its place.
  package var longestRecording = Recorder.longest
  /// A recording ended by itself: its path, and why.
  public var onLostRecording: (String, PatchError) -> Void = { _, _ in }
  /// Where files may be; nil: anywhere.
  public var root: FileRoot?
  /// Packets that were not OSC, ever; asked by `/status`.
  var malformedCount: () -> Int = { 0 }
  /// What a server of OSC counts beside; asked by `/status`.
  var serverCounts: () -> [(name: String, count: Int)] = { [] }

  /// The patches, and the only writer of them.
  let store = PatchStore()
  var draft: Draft { store.draft }
  var committed: Draft { store.committed }
  /// Called for every resolved edit of anything that is saved, before the request is answered.
  ///
  /// - Parameters:
  ///   - seq: its sequence number, from 1, without a gap.
  ///   - client: the author; 0: the program itself, MIDI included.
  public var onEdit: (_ seq: Int, _ client: Int, _ edit: ResolvedEdit) -> Void = { _, _, _ in }
  var clients = Clients()
  /// The id of the next note.
  var nextNote: Int32 = 1_000
  /// Commits that do not sound yet, by ticket.
  var waitingCommits: [Int: PendingCommit] = [:]
  /// The last notification of undo and redo.
  var lastHistory: (seq: Int, revision: Int, arguments: [OSCArgument])?
  /// The file that the patch was loaded from or saved to last.
  var patchPath: String?
  /// The files that were loaded or written, which may be replaced.
  var ownFiles: Set<String> = []
  /// The master volume in dB.
  var volume: Float = 0
  /// Refuses a sound that no file has, before an edit names it; by default none.
  public var requireSound: (SoundName) throws(PatchError) -> Void = { _ throws(PatchError) in }
  private var barriers: [(call: Call, value: OSCArgument?, lastTicket: Int, lastWork: Int)] = []
  /// Reads sounds elsewhere; nil: they are read when they are wanted, and everything waits.
  public var soundReader: (any SoundReader)?
  /// What waits for sounds, in the order in which it was asked for.
  var waitingWork: [WaitingWork] = []
  var lastWork = 0
  var lastTicket = 0
  var listeners = Listeners()
  private(set) lazy var monitoring = Monitoring(self)
  public private(set) lazy var presets = Presets(self)
  public private(set) lazy var programs = Programs(self)
  private(set) lazy var midiMapping = MidiMapping(self)
  private(set) lazy var faults = FaultReports(self)
  var ringOuts = RingOuts()
  private(set) lazy var automation = Automation(self)
  var recorder = Recorder()
  var lookBackSeconds = 0.0
  /// Offline there is time: rendering waits for a slow disk instead of giving the recording up.
  public var waitsForDisk = false
  /// Opens the file of a recording: path, channels, rate.
  public var openSink: (String, Int, Int) throws(PatchError) -> any RecordingSink = {
    path, _, _ throws(PatchError) in throw PatchError(.unwritable, "nothing can be recorded here")
  }
  /// The sounds that a node can name without a path; asked by `/samples/list`.
  public var sampleNames: () -> [String] = { [] }
  /// Told of every sound that could not be read: its node is silent.
  public var onUnreadable: (PatchError) -> Void = { _ in }
  /// Nanoseconds of the monotonic clock; tests put another in its place.
  package var clock: () -> UInt64 = { weft_nanoseconds() }
  /// Requests answered with `/fail`, ever.
  public private(set) var failureCount = 0
  /// The edits of a bundle that are being checked.
  var transaction: Transaction?

  public init(engine: Engine, registry: Registry) {
    self.registry = registry
    plans = PlanPublisher(engine: engine, registry: registry)
    plans.onSounding = { [unowned self] ticket, _ in commitSounds(ticket) }
    plans.onFault = { [unowned self] fault in faults.receive(fault) }
    plans.onControllerSet = { [unowned self] serial, param, value in midiMapping.receive(serial, param, value) }
    plans.onMidi = { [unowned self] report in midiMapping.receive(report) }
    plans.onUnreadable = { [unowned self] error in faults.receive(unreadable: error) }
    store.onEdit = { [unowned self] seq, client, edit in report(seq, client, edit) }
  }

  // MARK: Files

  /// The path of a file that a command reads.
  func path(reading name: String) throws(PatchError) -> String { try root?.reading(name) ?? name }
  /// The path of a file that a command writes.
  func path(writing name: String) throws(PatchError) -> String { try root?.writing(name) ?? name }

  // MARK: Requests

  /// Does what one message asks and answers it. A bad request changes nothing.
  public func perform(_ message: OSCMessage, from requester: Requester, at frame: Int? = nil) {
    let call = Call(message, from: requester, at: frame)
    listeners.heard(requester.id, at: clock())
    do throws(PatchError) { try run(call) } catch { fail(call, error) }
  }

  /// Runs the command of a request and answers it.
  func run(_ call: Call) throws(PatchError) {
    let (command, names) = try CommandTable.find(call.address)
    try command.check(call.arguments)
    var call = call
    call.names = names
    let outcome = try command.run(self, call)
    if transaction == nil { beforeAnswer() }
    if case .done(let results) = outcome { call.done(results) }
  }

  func fail(_ call: Call, _ error: PatchError) {
    failureCount += 1
    call.fail(error)
    notify(error, of: call)
  }

  /// To be called often (every few milliseconds while anything is under way): answers what has happened since.
  public func tick() {
    plans.tick()
    automation.performDue()
    for id in listeners.expire(at: clock()) { removeClient(id) }
    tickHistory()
    midiMapping.tick()
    monitoring.tick()
    if let ramp = ringOuts.removeSilent(at: engine.frame, sampleRate: engine.sampleRate) { try? recompile(ramp: ramp) }
    tickRecorder()
    barriers.removeAll { barrier in
      guard plans.hasTakenEvents, !waitingCommits.keys.contains(where: { $0 <= barrier.lastTicket }),
        !waitingWork.contains(where: { $0.number <= barrier.lastWork })
      else { return false }
      barrier.call.requester.send(
        OSCMessage("/synced", [barrier.value, barrier.call.requestID].compactMap { $0 }))
      return true
    }
  }

  /// Whether something waits for the audio thread: then `tick` soon.
  public var isWaiting: Bool {
    !waitingCommits.isEmpty || !waitingWork.isEmpty || !barriers.isEmpty || plans.isBusy
  }

  /// Seconds until the next scheduled command must be performed; nil where none waits.
  public var secondsToNextCommand: Double? { automation.secondsToNext }

  /// Whether levels or a recording are under way: then `tick` every few milliseconds.
  public var isMeasuring: Bool {
    monitoring.isActive || recorder.isBusy || !ringOuts.isEmpty || midiMapping.isLearning
  }

  /// Barriers behind work that has just been done wait for its commit, too.
  func moveBarriers(behind work: WaitingWork) {
    for i in barriers.indices where barriers[i].lastWork >= work.number { barriers[i].lastTicket = lastTicket }
  }

  func addBarrier(_ call: Call) {
    barriers.append((call, call.arguments.first, lastTicket, lastWork))
  }
}
