import CommandParser
import Control
import Engine
import Glibc
import Hosts
import ModuleKit
import Modules
import PatchKit
import SoundFiles
import Web

/// `weft play`: JACK client and OSC server until Ctrl-C, SIGTERM or `/quit`.
final class PlayCommand {
  let arguments: Arguments
  let registry: Registry
  let loop = ControlLoop()
  let session: Session
  let host: JackHost
  /// Writes patches and presets.
  private let files = WorkQueue()
  let place: (host: String, port: Int)
  private let server: AudioServer?
  var osc: SessionServer?
  private var web: WebServer?
  private var watch: PatchWatch?
  private var ending: Ending?
  var development: ModuleDevelopment?
  var sounds: SoundLibrary?
  private var score: ScorePlayer?
  private var midi: SongPlayer?
  /// The engine's frame at the start of score and MIDI file.
  private var scoreStart = 0
  /// True for `weft demo`: it prints the commands of the score and ends with it.
  var isDemo = false
  var narration: Narration?
  /// Seconds since the start of the score at which a demo ends.
  var demoEnd = 0.0
  private var reportedXruns = 0
  var reports = PlayReports()
  private lazy var connectionFile = ConnectionFile(port: place.port)
  private var load = (mean: 0.0, peak: 0.0)
  private var priority = LoopPriority()

  /// Seconds between polls of the audio server while a score or a MIDI file plays; otherwise a coarse timer.
  private static let pollInterval = 0.05

  init(_ arguments: Arguments) throws {
    self.arguments = arguments
    registry = try ModuleFolders.registry(arguments)
    for refusal in registry.refusals { Console.warn(refusal) }
    place = try OSCPlace.read(arguments.text("osc")!)
    guard OSCPlace.isLoopback(place.host) || arguments.has("allow-remote") else {
      throw UsageError(
        "--osc \(place.host) lets other machines in: add --allow-remote if they may", command: arguments.command)
    }
    let choice = AudioServer.Choice(rawValue: arguments.text("server")!)!
    let device = arguments.text("device")
    if device != nil, choice != .auto {
      throw UsageError("--server \(choice.rawValue) has no sound card: omit it or --device", command: arguments.command)
    }
    if choice == .auto, device == nil { try PipeWireJack.restartIfNeeded() }
    server = choice == .none ? nil : try AudioServer(choice, device: device)
    var options = JackHost.Options()
    options.name = arguments.text("name")!
    options.server = server?.name
    options.inputs = arguments.count("inputs")
    options.outputs = arguments.count("outputs")
    options.connects = !arguments.has("no-connect")
    options.midi = MidiChoice(arguments.text("midi-in"))
    let engine = Engine(
      sampleRate: Double(AudioServer.defaultRate), inputChannels: options.inputs, outputChannels: options.outputs)
    engine.limit(to: arguments.optionalNumber("limit").map { Float($0) })
    engine.protect(arguments.has("protect"))
    engine.share(among: arguments.threads)
    session = Session(engine: engine, registry: registry)
    session.limitMemory(to: arguments.memory)
    host = JackHost(engine: engine, options: options)
  }

  func run() throws -> ExitCode {
    ending = Ending { [loop] in loop.stop() }
    Console.writeInBackground()
    let bank = arguments.text("bank").map(PatchNames.bank)
    let path =
      try arguments.positional.first.map { try PatchNames.path($0) }
      ?? bank.flatMap { try Programs.files(in: $0).first }
    try develop()
    // With --resume the file is for a run that has nothing to go on with: it may be broken by now.
    let track = try path.flatMap { path throws(PatchErrors) in try TrackJob.contents(path) }
    let given = track != nil ? nil : try path.map(readGiven)
    let patch = try? given?.get()
    let lines = try arguments.text("score").map(Score.read(path:))
    let midiFile = try arguments.text("midi").map { try Console.midiFile(PatchNames.song($0)) }
    session.files.root = try arguments.root(of: path)
    if let refusal = session.files.root?.refusal { Console.warn("nothing can be saved or recorded: \(refusal)") }
    try wire(patch)
    rescueRecordings()
    osc = try PlayCommand.listen(session, loop, place)
    if let server {
      if arguments.has("resume") { host.keptConnections = ConnectionFile(port: place.port).read() }
      try host.open()
      Console.say(
        "Playing as \(host.name) on \(server.summary), \(host.period) frames at \(host.sampleRate.shortText) Hz.")
      report(server)
      reportThreads()
    } else {
      host.startWithoutServer()
      Console.say("Playing without an audio server: nothing is heard.")
    }
    try begin(given, from: path)
    // The initial patch has been allocated at once: the journal begins with what is committed.
    session.allocateLargePatches(beside: loop)
    // The sounds of the initial patch have been read synchronously.
    if let sounds { Sounds.readBeside(session, sounds, loop) }
    if let path, arguments.has("watch") {
      watch = try PatchWatch(path, loop: loop) { [unowned self] in reload(path) }
    }
    // A multiple of the quantum, as in offline rendering, so that block boundaries are equal.
    scoreStart = (session.engine.frame + Int(0.2 * session.engine.sampleRate)) / quantumFrames * quantumFrames
    score = lines.map { ScorePlayer($0, sampleRate: session.engine.sampleRate) }
    midi = midiFile.map { SongPlayer($0, on: session) }
    web = try startWeb(osc!)
    try startNarration()
    report(patch)
    if let track, let path { start(track, path) }
    poll()
    loop.run()
    finish()
    return .done
  }

  private func wire(_ patch: Patch?) throws {
    sounds = try Sounds.wire(session, samples: arguments.text("samples"), trusting: patch)
    session.onRefusal = { [unowned self] in reportRefusal($0, $1, $2) }
    session.onQuit = { [unowned self] in loop.stop() }
    session.onFault = { Console.warn($0) }
    session.frameAtNanoseconds = { [unowned self] in host.frame(atNanoseconds: $0) }
    session.hostStatus = { [unowned self] in
      var status = HostStatus()
      status.name = host.isConnected ? "JACK" : "none"
      status.period = host.period
      status.xruns = host.xruns
      status.connectedOutputs = host.connectedOutputs
      (status.meanLoad, status.peakLoad) = load
      return status
    }
    session.track.files.readSound = Sound.channels
    session.track.files.loadSound = { (path, rate) throws(PatchError) in try SoundLibrary.sound(path, rate: rate) }
    session.track.files.head = HeadResponses.installed
    session.track.files.soundLength = { path throws(PatchError) in try Sound.length(of: path) }
    session.recording.openSink = Recordings.open
    session.writeFiles(on: files) { [loop] in loop.post($0) }
    session.recording.onLost = { path, error in Console.fail("the recording \(path) ended: \(error.message)") }
    session.transport = { [unowned self] in transport }
    // This object is confined to the loop's thread, where posted work runs.
    nonisolated(unsafe) unowned let play = self
    host.whenFreewheeling = { [loop] in loop.post { play.freewheel() } }
    session.presets.folder = Places.presets
    session.recording.keepLast(seconds: arguments.number("look-back"))
    session.programs.folder = arguments.text("bank").map(PatchNames.bank)
    session.programs.onChange = { path, failure in
      if let failure { Console.fail("program change: \(failure)") } else { Console.say("Program: \(path)") }
    }
    host.onSampleRate = { [unowned self] in session.change(sampleRate: $0) }
  }

  /// Commits the draft; calls `then` with the failure, or nil when the commit is audible.
  func commit(then: @escaping (_ failure: String?) -> Void) {
    session.perform(
      OSCMessage("/patch/commit"),
      from: Requester { then($0.address == "/fail" ? $0.arguments[2].description : nil) })
  }

  func playScore(ahead frames: Int) {
    let horizon = session.engine.frame + frames - scoreStart
    score?.perform(upTo: horizon, on: session, start: scoreStart)
    for failure in (score?.failures ?? [])[reports.scoreFailures...] {
      Console.warn("score line \(failure.line): \(failure.message)")
      reports.scoreFailures += 1
    }
    midi?.perform(before: horizon, on: session, start: scoreStart)
  }

  private func poll() {
    switch host.poll() {
    case .lost: Console.warn("the audio server has stopped; the patch is kept, and plays on when a server is back")
    case .back(let name): Console.say("The audio server is back: playing as \(name).")
    case nil: break
    }
    if !host.isConnected, server?.restartIfEnded() == true { Console.say("Starting the private JACK server again.") }
    let now = host.readLoad()
    if now.mean > 0 { load = (0.9 * load.mean + 0.1 * now.mean, max(now.peak, 0.98 * load.peak)) }
    // Needs another processor to be moved to.
    let canCrowd = WorkerThreads.processors > 1 && (host.realTimePriority ?? 0) > 1
    priority.update(load: canCrowd ? now.mean : nil)
    if host.xruns > reportedXruns {
      reportedXruns = host.xruns
      session.notifyXruns(reportedXruns)
    }
    reportLatency()
    reportDrops()
    reportUnprinted()
    if server != nil, place.port != 0 { connectionFile.write(host.keptConnections, on: files) }
    playScore(ahead: Int(Session.lookahead * session.engine.sampleRate))
    let isPlaying = score?.isDone == false || midi?.isDone == false
    narrate(at: Double(session.engine.frame - scoreStart) / session.engine.sampleRate, isPlaying: isPlaying)
    let again = { [unowned self] in poll() }
    if isPlaying || isDemo {
      loop.after(PlayCommand.pollInterval, again)
    } else {
      loop.afterAtLeast(PlayCommand.pollInterval, again)
    }
  }

  private func report(_ patch: Patch?) {
    Console.say("OSC on \(OSCPlace.text(place.host, osc!.server.port)), UDP and TCP. Ctrl-C ends.")
    guard let patch else { return }
    Console.say("\(patch.name.isEmpty ? "Patch" : patch.name)\(patch.about.isEmpty ? "" : ": " + patch.about)")
    if isDemo { return }
    Console.say("Try:")
    let suggestions = Suggestions(for: patch, in: registry)
    for step in (suggestions.note.map { [[$0]] } ?? []) + suggestions.steps {
      Console.say("  " + step.map { "\(sendCommand) \($0)" }.joined(separator: "; "))
    }
  }

  /// Fades out, then closes client and server.
  private func finish() {
    web = nil
    _ = session.plans.setVolume(0)
    usleep(30_000 + UInt32(Double(host.period) / session.engine.sampleRate * 1e6))
    session.recording.finish()
    if files.finish(within: 10) { loop.runOnce() }
    session.journal?.finish()
    host.close()
    server?.stop()
  }
}
