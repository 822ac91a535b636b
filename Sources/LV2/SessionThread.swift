// [control] The control thread of an instance of the generic plug-in.
import Control
import Engine
import Glibc
import LV2Bundle
import ModuleKit
import PatchKit
import SoundFiles
import Synchronization

/// A session with its loop and its thread. The host's threads call it through `perform`.
final class SessionThread: @unchecked Sendable {
  private let loop = ControlLoop()
  private let session: Session
  private let library: SoundLibrary
  private let files = WorkQueue()
  private var remote: SessionRemote?
  private var memory: PortMemory!, crossing: SessionCrossing!
  private var thread: pthread_t?
  /// The number of the last change of each macro port that has been performed.
  private var performed: [Int]
  /// True where the patch may have another latency.
  private var isEdited = true
  /// Seconds between looks at the ports.
  private static let interval = 0.01

  /// Compiles the patch; its plan has started when this returns.
  ///
  /// - Throws: every error of the patch, and the sounds that cannot be read.
  init(_ setting: PluginSetting, _ patch: Patch, _ engine: Engine) throws(PatchErrors) {
    performed = Array(repeating: 0, count: setting.ports.controls.count)
    session = Session(engine: engine, registry: setting.registry)
    let library: SoundLibrary
    do throws(PatchError) {
      session.files.root = try SessionThread.root()
      library = try SoundLibrary(root: session.files.root)
    } catch { throw PatchErrors([error]) }
    self.library = library
    session.plans.sounds = { (name, rate) throws(PatchError) in try library.load(name, rate: rate) }
    session.sampleNames = { library.names }
    session.requireSound = { name throws(PatchError) in try library.check(name.name) }
    session.track.files.readSound = Sound.channels
    session.track.files.loadSound = { (path, rate) throws(PatchError) in try SoundLibrary.sound(path, rate: rate) }
    session.track.files.head = HeadResponses.installed
    session.track.files.soundLength = { path throws(PatchError) in try Sound.length(of: path) }
    if let head = HeadResponses.installed { library.trusted.insert(head) }
    session.onEdit = { [unowned self] _, _, _ in isEdited = true }
    var unreadable: [PatchError] = []
    session.onUnreadable = { unreadable.append($0) }
    if let error = commit(patch, ramp: 0) { throw PatchErrors([error]) }
    session.onUnreadable = { PluginDescriptor.report($0.description) }
    guard unreadable.isEmpty else { throw PatchErrors(unreadable) }
    // The first plan starts here: what memory it needs is there before the host's first period.
    let none = [UnsafeMutablePointer<Float>?](repeating: nil, count: max(engine.outputChannels, 1))
    for _ in 0..<3 {
      engine.render(inputs: nil, outputs: none, frames: 0)
      session.tick()
    }
    session.writeFiles(on: files) { [loop] in loop.post($0) }
    session.allocateLargePatches(beside: loop)
  }

  /// The folder of files that clients read and write: `$XDG_DATA_HOME/weft`.
  private static func root() throws(PatchError) -> FileRoot {
    func folder(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
    let data = folder("XDG_DATA_HOME") ?? (folder("HOME") ?? "/tmp") + "/.local/share"
    var made = ""
    for part in (data + "/weft").split(separator: "/") {
      made += "/" + part
      mkdir(made, 0o777)
    }
    return try FileRoot(made)
  }

  // MARK: Running

  /// Starts the thread.
  func start(_ memory: PortMemory, _ crossing: SessionCrossing) throws(PatchErrors) {
    (self.memory, self.crossing) = (memory, crossing)
    performed = memory.values(performed.count).map(\.order)
    session.transport = {
      crossing.transport.place.map {
        Transport(
          isRolling: $0.isRolling, frame: $0.frame, beat: $0.beat, beatsPerMinute: $0.beatsPerMinute, beatsPerBar: 4)
      }
    }
    reportLatency()
    loop.after(SessionThread.interval) { [unowned self] in look() }
    // Signals are the host's.
    var all = sigset_t(), before = sigset_t(), made = pthread_t()
    sigfillset(&all)
    pthread_sigmask(SIG_BLOCK, &all, &before)
    let status = pthread_create(&made, nil, runSession, Unmanaged.passUnretained(self).toOpaque())
    pthread_sigmask(SIG_SETMASK, &before, nil)
    guard status == 0 else {
      throw PatchErrors([PatchError(.limit, "no thread can be had: \(String(cString: strerror(status)))")])
    }
    thread = made
  }

  /// Ends the thread; clients are disconnected.
  func stop() {
    if let thread {
      loop.stop()
      pthread_join(thread, nil)
    }
    thread = nil
    remote = nil
    files.finish(within: 10)
    crossing?.port.store(0, ordering: .relaxed)
  }

  fileprivate func run() { loop.run() }

  /// Runs the body on the control thread, and waits for it; not for the audio thread.
  private func perform<Result>(_ body: @escaping () -> Result) -> Result {
    guard thread != nil else { return body() }
    let waiting = Waiting()
    // Only this thread and, while it waits, the control thread touch them.
    nonisolated(unsafe) var result: Result?
    nonisolated(unsafe) let body = body
    loop.post {
      result = body()
      waiting.end()
    }
    waiting.wait()
    return result!
  }

  // MARK: The host's calls

  /// The patch that sounds, with the values of its parameters and macros.
  var patch: Patch {
    perform { [unowned self] in
      performControls()
      session.tick()
      return session.soundingPatch
    }
  }

  /// True while the OSC port is open.
  var isRemote: Bool { crossing.port.load(ordering: .relaxed) != 0 }

  /// Replaces the patch, crossfaded.
  func play(_ patch: Patch) throws(PatchErrors) {
    if let error = perform({ [unowned self] in commit(patch, ramp: nil) }) { throw PatchErrors([error]) }
  }

  func panic() {
    perform { [unowned self] in _ = session.plans.play(NoteEvent(.panic)) }
  }

  /// - Parameter ramp: seconds; nil: as usual.
  /// - Returns: what keeps the patch from being played; the draft is as it was then.
  private func commit(_ patch: Patch, ramp: Float?) -> PatchError? {
    let before = session.currentDraft
    library.trusted.formUnion(patch.fileNames(in: session.registry))
    session.setDraft(patch)
    var failure: PatchError?
    session.perform(
      OSCMessage("/patch/commit", ramp.map { [.float($0)] } ?? []),
      from: Requester { reply in
        guard reply.address == "/fail" else { return }
        failure = PatchError(.syntax, reply.arguments.dropFirst(2).map(\.description).joined(separator: " "))
      })
    if failure != nil { session.setDraft(before) }
    return failure
  }

  // MARK: The ports

  private func look() {
    followRemote()
    performControls()
    if crossing.transport.place != nil, !followsHost {
      followsHost = true
      session.perform(OSCMessage("/clock/source", ["host"]), from: Requester { _ in })
    }
    session.tick()
    if isEdited { reportLatency() }
    loop.after(SessionThread.interval) { [unowned self] in look() }
  }
  /// Once the host has reported a transport; a client may select another clock afterwards.
  private var followsHost = false

  private func performControls() {
    for (control, position, order) in memory.values(performed.count).sorted(by: { $0.order < $1.order })
    where order != performed[control] {
      performed[control] = order
      let macros = session.soundingPatch.macros
      guard macros.indices.contains(control) else { continue }
      session.perform(OSCMessage("/macro/" + macros[control].name, [.float(position)]), from: Requester { _ in })
    }
  }

  private func followRemote() {
    let isWanted = crossing.wantsRemote.load(ordering: .relaxed)
    guard isWanted != (remote != nil) else { return }
    remote = isWanted ? SessionRemote(session, loop) : nil
    crossing.port.store(remote?.port ?? 0, ordering: .relaxed)
  }

  private func reportLatency() {
    isEdited = session.isWaiting
    let frames = session.soundingPatch.latencyFrames(in: session.registry, sampleRate: session.engine.sampleRate)
    crossing.latency.store(frames, ordering: .relaxed)
  }
}

/// A free function: a closure made on the main actor must not run on another thread.
private func runSession(_ thread: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  Unmanaged<SessionThread>.fromOpaque(thread!)._withUnsafeGuaranteedRef { $0.run() }
  return nil
}

/// Waiting of one thread for another.
private final class Waiting: @unchecked Sendable {
  private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

  init() { sem_init(semaphore, 0, 0) }
  deinit {
    sem_destroy(semaphore)
    semaphore.deallocate()
  }
  func end() { sem_post(semaphore) }
  func wait() { while sem_wait(semaphore) != 0 {} }
}
