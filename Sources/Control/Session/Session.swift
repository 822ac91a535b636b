import CRealtime
import Engine
import ModuleKit
import PatchKit

/// The session: owner of the patch, its plans and the services around them.
///
/// Every interface translates to the commands of `CommandTable`, so that each feature and each error exists once. A
/// session is confined to the control thread: no locks, no actor hops, and the same order live and offline. Other
/// threads use `ControlLoop.post`.
public final class Session {
  public let registry: Registry
  public let plans: PlanPublisher
  public var engine: Engine { plans.engine }
  /// Returns the host's status, for `/status`.
  public var hostStatus: () -> HostStatus = { HostStatus() }
  /// Converts a time of the monotonic clock to a frame; nil if time tags are not supported.
  public var frameAtNanoseconds: (UInt64) -> Int? = { _ in nil }
  /// Returns the host's transport; nil if there is none.
  public var transport: () -> Transport? = { nil }
  /// Called for each refused request: its address, the error and its sender.
  public var onRefusal: (String, PatchError, Requester) -> Void = { _, _, _ in }
  public var onQuit: () -> Void = {}
  /// Keeps edits before they are answered; nil: nothing is kept.
  public var journal: Journal?
  var heldReplies = HeldReplies()
  /// Called with a message for the user about a fault of the audio side.
  public var onFault: (String) -> Void = { _ in }
  /// Returns the number of packets that were not OSC, for `/status`.
  var malformedCount: () -> Int = { 0 }
  /// Returns the other counts of the OSC server, for `/status`.
  var serverCounts: () -> [(name: String, count: Int)] = { [] }

  /// The patches and their only writer.
  let store = PatchStore()
  var draft: Draft { store.draft }
  var committed: Draft { store.committed }
  /// Called for every resolved edit of saved data, before the request is answered.
  ///
  /// - Parameters:
  ///   - seq: its sequence number, from 1, without gaps.
  ///   - client: the author; 0: the program itself, MIDI included.
  public var onEdit: (_ seq: Int, _ client: Int, _ edit: ResolvedEdit) -> Void = { _, _, _ in }
  private(set) lazy var clients = Clients(self)
  /// The last notification of undo and redo.
  var lastHistory: (mark: HistoryMark, arguments: [OSCArgument])?
  /// The master volume in dB.
  package var masterVolume: Float { volume }
  var volume: Float = 0
  /// Throws for a missing sound file before an edit names it; by default never.
  public var requireSound: (SoundName) throws(PatchError) -> Void = { _ throws(PatchError) in }
  var barriers = SyncBarriers()
  var subscribers = Subscribers()
  private(set) lazy var monitoring = Monitoring(self)
  public private(set) lazy var presets = Presets(self)
  public private(set) lazy var programs = Programs(self)
  private(set) lazy var macros = Macros(self)
  private(set) lazy var midiMapping = MidiMapping(self)
  private(set) lazy var faults = FaultReports(self)
  public private(set) lazy var commits = Commits(self)
  public private(set) lazy var soundQueue = SoundQueue(self)
  private(set) lazy var parameters = Parameters(self)
  private(set) lazy var notes = NotePlayer(self)
  var ringOuts = RingOuts()
  private(set) lazy var automation = Automation(self)
  public let files = FileAccess()
  public private(set) lazy var recording = RecordingService(self)
  public private(set) lazy var tracks = TrackPlayer(self)
  public private(set) lazy var track = TrackService(self)
  /// Returns the sounds that can be named without a path, for `/samples/list`.
  public var sampleNames: () -> [String] = { [] }
  /// Called for every unreadable sound; its node is silent.
  public var onUnreadable: (PatchError) -> Void = { _ in }
  /// Nanoseconds of the monotonic clock; replaced by tests.
  package var clock: () -> UInt64 = { weft_nanoseconds() }
  /// Number of requests answered with `/fail`.
  public private(set) var failureCount = 0
  /// The bundle being checked; nil otherwise.
  var transaction: Transaction?
  /// Prepares long listings; nil: they are prepared synchronously.
  var worker: ControlLoop.Worker?
  /// Work deferred by the packet being performed; nil: work is done synchronously.
  var laterWork: [LongWork]?
  /// Adds deferred work of a client to its turns; nil: work is done synchronously.
  var deferWork: (([LongWork], OSCClient) -> Void)?
  /// Clients that are being sent the initial state of the edit stream.
  var newFollowers: [WeakFollower] = []
  /// JSON of the draft requested last, while a request uses it.
  weak var patchText: PatchText?

  public init(engine: Engine, registry: Registry) {
    self.registry = registry
    plans = PlanPublisher(engine: engine, registry: registry)
    plans.onSounding = { [unowned self] ticket, _ in commits.becameAudible(ticket) }
    plans.onFault = { [unowned self] fault in faults.receive(fault) }
    plans.onControllerSet = { [unowned self] serial, param, value in midiMapping.receive(serial, param, value) }
    plans.onMidi = { [unowned self] report in midiMapping.receive(report) }
    plans.onUnreadable = { [unowned self] error in faults.receive(unreadable: error) }
    plans.onSoundProblem = { [unowned self] problem in faults.warn(problem) }
    store.onEdit = { [unowned self] seq, client, edit in report(seq, client, edit) }
  }

  /// The current draft.
  public var currentDraft: Patch { draft.patch }
  /// The committed patch, with the current parameter values.
  public var soundingPatch: Patch { committed.patch }

  /// Replaces the draft with a patch. A node with the id and type of an existing node keeps that node's state.
  ///
  /// - Parameter file: the file that it was read from; nil: it keeps the draft's.
  public func setDraft(_ patch: Patch, from file: String? = nil) {
    store.replaceDraft(with: patch, by: Clients.own)
    if let file { didLoad(file) }
  }

  /// Tempo and meter of the session's own clock, used if a host's transport has no beats.
  public var ownTempo: (beatsPerMinute: Double, beatsPerBar: Double) {
    (automation.own.beatsPerMinute, automation.own.beatsPerBar)
  }
  /// Plays the tempo of a MIDI file from its frame on; the session's clock follows unless another one was chosen.
  public func setFileTempo(_ tempo: Transport) { automation.setFileTempo(tempo) }
  /// The frame of the next scheduled command; nil if none. Offline, a period ends there.
  public var nextDueFrame: Int? { [automation.nextFrame, tracks.nextFrame].compactMap { $0 }.min() }
  /// Number of ring-outs.
  package var ringingCount: Int { ringOuts.count }

  // MARK: Requests

  /// Performs one request and answers it. A failed request changes nothing.
  public func perform(_ message: OSCMessage, from requester: Requester, at frame: Int? = nil) {
    if files.writing.isBusy,
      files.writing.hold(
        requester.id, reads: Session.readsFiles(message),
        { [unowned self] in perform(message, from: requester, at: frame) })
    {
      return
    }
    let call = Call(message, from: awaitingJournal(requester), at: frame)
    defer { endRequest() }
    recordRequest(of: requester.id)
    do throws(PatchError) { try run(call) } catch { fail(call, error) }
  }

  /// Delays the expiry of a client without a connection.
  func recordRequest(of client: AnyHashable?) {
    let now = clock()
    subscribers.recordRequest(of: client, at: now)
    automation.recordRequest(of: client, at: now)
  }

  /// Runs the command of a request and answers it.
  func run(_ call: Call) throws(PatchError) {
    let (command, names) = try CommandTable.find(call.address)
    try command.check(call.arguments)
    var call = call
    call.names = names
    let outcome = try command.run(self, call)
    endRequest()
    switch outcome {
    case .done(let results): call.done(results)
    case .listing(let listing): answer(call, listing)
    case .replied: break
    }
  }

  /// Hands the edits of a request to the journal; those of a transaction when it has been checked.
  func endRequest() { if transaction == nil { journal?.endRequest() } }

  func fail(_ call: Call, _ error: PatchError) {
    failureCount += 1
    call.fail(error)
    notify(error, of: call)
    onRefusal(call.address, error, call.requester)
  }

  /// Processes events of the audio side and timers. Call every few milliseconds while anything is pending.
  public func tick() {
    plans.tick()
    soundQueue.tick()
    automation.performDue()
    tracks.performDue()
    track.tick()
    let now = clock()
    for id in subscribers.expire(at: now) { clients.remove(id) }
    automation.expire(at: now)
    tickHistory()
    midiMapping.tick()
    monitoring.tick()
    if let ramp = ringOuts.removeSilent(at: engine.frame, sampleRate: engine.sampleRate) {
      try? commits.recompile(ramp: ramp)
    }
    recording.tick()
    journal?.tick()
    barriers.answer { ticket, work, file in
      plans.hasReceivedEvents && commits.areAudible(upTo: ticket) && soundQueue.isDone(upTo: work)
        && !files.writing.isPending(upTo: file)
    }
  }

  /// True if something waits for the audio thread: call `tick` soon.
  public var isWaiting: Bool {
    commits.isPending || !soundQueue.isEmpty || !barriers.isEmpty || plans.isBusy
  }

  /// Seconds until the next scheduled command must be performed; nil where none waits.
  public var secondsToNextCommand: Double? {
    [automation.secondsToNext, tracks.secondsToNext, track.secondsToNext].compactMap { $0 }.min()
  }

  /// Seconds between calls of `tick` while measuring or recording; nil otherwise.
  public var secondsToMeasurement: Double? {
    if recording.isBusy || !ringOuts.isEmpty || midiMapping.isLearning { return Monitoring.shortestInterval }
    return monitoring.isActive ? monitoring.interval : nil
  }

  /// Collects parameters set by controllers; not within a transaction, whose failure would lose them.
  func collectControllerValues() {
    if transaction == nil { plans.collectControllerValues() }
  }

  /// Changes the sample rate; only while nothing renders.
  public func change(sampleRate: Double) {
    guard sampleRate != engine.sampleRate else { return }
    let held = plans.change(sampleRate: sampleRate)
    recording.sampleRateChanged()
    ringOuts = RingOuts()
    soundQueue.awaitSounds()
    // A compiled patch compiles at any rate.
    try? commits.recompile()
    for (node, note) in held { _ = plans.play(note, node: node) }
  }

  // MARK: Notifications

  /// The client number of a request's sender.
  func client(of call: Call) -> Int { clients.number(of: call.requester.id) }
  /// The client number of a sender.
  package func number(of id: AnyHashable) -> Int { clients.number(of: id) }

  /// Removes subscriptions, presence and scheduled commands of a disconnected client.
  public func forget(_ id: AnyHashable) {
    subscribers.remove(id)
    heldReplies.remove(id)
    clients.remove(id)
    automation.disconnect(id)
  }

  /// Notifies every subscriber except the author.
  func notify(_ topic: Topic, _ arguments: [OSCArgument], except: AnyHashable?) {
    perform { [unowned self] in subscribers.notify(topic, arguments, except: except) }
  }

  /// Notifies of an error: of the program, or of a request (its sender has received `/fail`).
  func notify(_ error: PatchError, of call: Call? = nil) {
    notify(error, call == nil ? .error : .others, of: call, except: call?.requester.id)
  }

  /// Notifies everybody of an error after a request, such as a file that a commit could not read.
  func notifyAll(_ error: PatchError, after call: Call?) { notify(error, .error, of: call, except: nil) }

  /// Notifies of an error outside the session.
  ///
  /// - Parameter source: the option of the program that it belongs to, in place of an address.
  public func report(_ error: PatchError, from source: String) {
    notify(error, .error, of: Call(own: source), except: nil)
  }

  private func notify(_ error: PatchError, _ topic: Topic, of call: Call?, except: AnyHashable?) {
    let file = error.place.file.map { file in error.place.line.map { "\(file):\($0)" } ?? file }
    notify(
      topic,
      [
        .string(error.code.rawValue), .string(error.message),
        .int32(Int32(truncatingIfNeeded: call.map { client(of: $0) } ?? Clients.own)), .string(call?.address ?? ""),
        .string(call?.requestID?.text ?? ""), .string(error.place.path ?? file ?? ""),
        .string(error.suggestions.first ?? ""),
      ], except: except)
  }

  public func notifyXruns(_ count: Int) { notify(.xrun, [.int32(Int32(truncatingIfNeeded: count))], except: nil) }
}
