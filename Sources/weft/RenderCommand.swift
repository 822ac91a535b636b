import Control
import Engine
import Glibc
import Hosts
import ModuleKit
import Modules
import PatchKit
import SoundFiles

/// `weft render`: offline rendering with the same engine and commands as `play`.
enum RenderCommand {
  static func run(_ arguments: Arguments) throws -> ExitCode {
    let registry = try ModuleFolders.registry(arguments)
    guard let output = arguments.text("output") else {
      throw UsageError("-o FILE is missing", command: arguments.command)
    }
    let path = try PatchNames.path(arguments.positional[0])
    let patch = try PatchFile.read(
      path: path, in: registry, allowMissing: arguments.has("allow-missing"), acceptsPipes: true)
    let rate = arguments.number("rate"), channels = arguments.count("channels")
    var score = ScorePlayer(try arguments.text("score").map(Score.read(path:)) ?? [], sampleRate: rate)
    let midi = try arguments.text("midi").map { try MidiFile(path: PatchNames.song($0)) }
    var player = midi.map { MidiPlayer($0, sampleRate: rate) }
    let seconds = arguments.text("seconds").flatMap(Double.init) ?? midi.map { $0.seconds + 2 } ?? 10
    let input = try arguments.text("input").map {
      try Sound(path: $0, acceptsPipes: true).resampled(to: rate, name: $0)
    }

    let engine = Engine(
      sampleRate: rate, inputChannels: max(input?.channels.count ?? 0, 2), outputChannels: channels)
    engine.limit(to: arguments.optionalNumber("limit").map { Float($0) })
    engine.share(among: arguments.threads)
    let workers = WorkerThreads(engine: engine)
    workers.start()
    warnOfThreads(made: 1 + workers.count, of: engine.threads)
    defer { workers.stop() }
    let session = Session(engine: engine, registry: registry)
    session.limitMemory(to: arguments.memory, beside: nil)
    session.files.root = try arguments.root(of: path)
    session.recording.openSink = Recordings.open
    session.onFault = { Console.warn($0) }
    session.recording.waitsForDisk = true
    var lost = 0
    try Sounds.wire(session, samples: arguments.text("samples"), trusting: patch) { lost += 1 }
    session.recording.onLost = { path, error in
      lost += 1
      Console.fail("the recording \(path) ended: \(error.message)")
    }
    session.setDraft(patch)
    try commit(session)

    let frames = Int((seconds * rate).rounded()), period = arguments.count("period")
    let host = OfflineHost(engine: engine, period: period, input: input)
    var progress = Progress(seconds: seconds)
    let next: (Int) throws(PatchError) -> Int? = { frame in
      session.tick()
      score.perform(upTo: frame, on: session)
      player?.perform(before: frame + period, on: session.plans, start: 0)
      return [score.nextFrame, session.nextDueFrame].compactMap { $0 }.min()
    }
    let shown: (Int) -> Bool = { done in
      progress.show(Double(done) / Double(frames))
      return true
    }
    if output == "-" {
      try host.render(frames: frames, into: RawWriter(channels: channels), next: next, progress: shown)
    } else {
      let writer = try SoundFileWriter(
        path: output, format: try format(of: output, arguments), channels: channels, rate: Int(rate))
      try host.render(frames: frames, into: writer, next: next, progress: shown)
    }
    for failure in score.failures { Console.warn("score line \(failure.line): \(failure.message)") }
    if let player {
      lost += player.lostCount + engine.droppedCount
      if lost > 0 { Console.warn("\(lost) notes or messages found no node that takes notes, or no room") }
    }
    session.recording.finish(within: 3_600)
    return score.failures.isEmpty && lost == 0 ? .done : .failed
  }

  private static func format(of path: String, _ arguments: Arguments) throws -> SoundFormat {
    if let name = arguments.text("format"), let format = SoundFormat(rawValue: name) { return format }
    if let format = SoundFormat(ending: path) { return format }
    throw UsageError(
      "\(path) ends in none of \(listed(CommandLineTable.soundEndings, "or")): give --format",
      command: arguments.command)
  }

  /// Commits the draft without a ramp, so that it is audible from the first frame.
  private static func commit(_ session: Session) throws {
    var failure: OSCMessage?
    session.perform(
      OSCMessage("/patch/commit", [0]), from: Requester { if $0.address == "/fail" { failure = $0 } })
    if let failure { throw CommandFailure(.patch, failure.arguments[2].description) }
  }
}
