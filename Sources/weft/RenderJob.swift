import CommandParser
import Control
import Engine
import Glibc
import Hosts
import ModuleKit
import PatchKit
import SoundFiles

/// One offline rendering of a patch into one file.
struct RenderJob {
  let arguments: Arguments
  let registry: Registry
  /// The patch of the command line, whose sound files are trusted.
  let patch: Patch
  /// The track in place of a patch; nil: a patch.
  private let track: TrackJob?
  private let path: String
  let score: [ScoreLine]
  let midi: MidiFile?
  let input: Sound?

  private let rate: Double
  /// Seconds that a sound may go on after its last event before it is cut.
  private static let longestTail = 60.0

  init(_ arguments: Arguments, _ registry: Registry) throws {
    self.arguments = arguments
    self.registry = registry
    path = try PatchNames.path(arguments.positional[0])
    track = try TrackJob(path, arguments, registry)
    patch =
      track != nil
      ? Patch()
      : try PatchFile.read(
        path: path, in: registry, allowMissing: arguments.has("allow-missing"), acceptsPipes: true)
    score = try arguments.text("score").map(Score.read(path:)) ?? []
    midi = try arguments.text("midi").map { try Console.midiFile(PatchNames.song($0)) }
    let rate = track?.score.rate ?? arguments.number("rate")
    self.rate = rate
    input = try arguments.text("input").map { try Sound(path: $0, acceptsPipes: true).resampled(to: rate, name: $0) }
  }

  /// The length in frames, and the frame from which on silence ends the sound; nil: it does not.
  private var length: (frames: Int, endsAfter: Int?) {
    let last = max(midi?.seconds ?? 0, score.last?.time ?? 0)
    let given = arguments.text("seconds").flatMap(Double.init)
    func frames(_ seconds: Double) -> Int { Int((seconds * rate).rounded()) }
    if let given, !arguments.has("until-silent") { return (frames(given), nil) }
    if let track { return (track.score.frames, nil) }
    guard midi != nil || arguments.has("until-silent") else { return (frames(10), nil) }
    return (frames(given ?? last + RenderJob.longestTail), frames(last))
  }

  /// - Parameter patch: the patch, or what of it one stem needs.
  func render(_ patch: Patch, to output: String) throws -> ExitCode {
    let rate = rate, channels = arguments.count("channels")
    let engine = Engine(
      sampleRate: rate, inputChannels: max(input?.channels.count ?? 0, 2), outputChannels: channels)
    engine.limit(to: arguments.optionalNumber("limit").map { Float($0) })
    engine.share(among: arguments.threads)
    let workers = WorkerThreads(engine: engine)
    workers.start()
    warnOfThreads(made: 1 + workers.count, of: engine.threads)
    defer { workers.stop() }
    let session = Session(engine: engine, registry: registry)
    session.limitMemory(to: arguments.memory)
    session.files.root = try arguments.root(of: path)
    session.recording.openSink = Recordings.open
    session.onFault = { Console.warn($0) }
    session.recording.waitsForDisk = true
    var lost = 0
    let library = try Sounds.wire(session, samples: arguments.text("samples"), trusting: self.patch) { lost += 1 }
    library.trusted.formUnion(track?.sounds ?? [])
    session.recording.onLost = { path, error in
      lost += 1
      Console.fail("the recording \(path) ended: \(error.message)")
    }
    if let track {
      try session.tracks.start(track.score, at: 0)
    } else {
      session.setDraft(patch)
      try RenderJob.commit(session)
    }

    var score = ScorePlayer(score, sampleRate: rate), player = midi.map { SongPlayer($0, on: session) }
    let (frames, endsAfter) = length, period = arguments.count("period")
    let sound = try sink(output, endsAfter)
    var progress = Progress(seconds: Double(frames) / rate)
    try OfflineHost(engine: engine, period: period, input: input).render(
      frames: frames, into: sound,
      next: { (frame) throws(PatchError) in
        session.tick()
        score.perform(upTo: frame, on: session)
        player?.perform(before: frame + period, on: session, start: 0)
        return [score.nextFrame, session.nextDueFrame].compactMap { $0 }.min()
      },
      progress: { done in
        progress.show(Double(done) / Double(frames))
        return !sound.hasEnded
      })
    for failure in score.failures { Console.warn("score line \(failure.line): \(failure.message)") }
    if player != nil {
      lost += engine.droppedCount
      if lost > 0 {
        Console.warn("\(lost) notes or messages were dropped: no node receives notes, or the event queue is full")
      }
    }
    session.recording.finish(within: 3_600)
    report(sound, output)
    return score.failures.isEmpty && lost == 0 ? .done : .failed
  }

  private func sink(_ output: String, _ endsAfter: Int?) throws -> RenderedSound {
    let channels = arguments.count("channels")
    var options = RenderedSound.Options()
    options.peak = arguments.optionalNumber("peak").map { $0 > 0 ? 20 * log10($0) : $0 }
    options.truncates = arguments.text("rounding") == "truncate"
    options.endsWhenSilentAfter = endsAfter
    guard output != "-" else {
      return try RenderedSound(
        into: RawWriter(channels: channels), channels: channels, rate: rate, bits: nil, options: options)
    }
    let format = try format(of: output), wanted = arguments.text("bits").flatMap { Int($0) }
    guard format.bits.contains(wanted ?? format.bits[0]) else {
      throw UsageError(
        "\(format.rawValue) has \(listed(format.bits.map(String.init), "or")) bits, not \(wanted!)",
        command: arguments.command)
    }
    let bits = wanted ?? format.bits[0]
    options.dithers = arguments.has("dither")
    let writer = try SoundFileWriter(
      path: output, format: format, bits: bits, channels: channels, rate: Int(rate), allowsStreams: true)
    return try RenderedSound(
      into: ThreadedSink.around(writer, channels: channels, processors: WorkerThreads.processors), channels: channels,
      rate: rate,
      bits: bits == 32 ? nil : bits, options: options)
  }

  private func format(of path: String) throws -> SoundFormat {
    if let name = arguments.text("format"), let format = SoundFormat(rawValue: name) { return format }
    if let format = SoundFormat(ending: path) { return format }
    throw UsageError(
      "\(path) has none of the endings \(listed(CommandLineTable.soundEndings, "or")): give --format",
      command: arguments.command)
  }

  private func report(_ sound: RenderedSound, _ output: String) {
    let name = output == "-" ? "standard output" : output
    guard sound.rawPeak > 0 else {
      Console.warn(
        "\(name) is silent, \(fixed(sound.seconds, 2)) s: does a cable reach an output, and is a note played?")
      return
    }
    let peak = 20 * log10(Double(sound.peak))
    let loudness = sound.loudness.map { ", \(fixed($0, 1)) LUFS" } ?? ""
    Console.say("\(name): \(fixed(sound.seconds, 2)) s, peak \(fixed(peak, 1)) dBFS\(loudness)")
    if sound.clippedCount > 0 {
      let part = 100 * Double(sound.clippedCount) / Double(max(1, sound.frames * arguments.count("channels")))
      Console.warn(
        "\(sound.clippedCount) samples (\(fixed(part, 2)) %) are clipped, the peak is \(fixed(peak, 1)) dB above full "
          + "scale: lower the level, or add --peak -1 (normalise), --limit -1 (limit) or --bits 32 (floating point)")
    }
  }

  /// Commits the draft without a ramp, so that it is audible from the first frame.
  private static func commit(_ session: Session) throws {
    var failure: OSCMessage?
    session.perform(
      OSCMessage("/patch/commit", [0]), from: Requester { if $0.address == "/fail" { failure = $0 } })
    if let failure { throw CommandFailure(.patch, failure.arguments[2].description) }
  }
}

/// A number with so many digits after the point.
func fixed(_ number: Double, _ digits: Int) -> String {
  let scale = pow(10, Double(digits)), whole = (number.magnitude * scale).rounded()
  guard whole < 1e15 else { return "\(number)" }
  let text = String(Int(whole)), padded = String(repeating: "0", count: max(0, digits + 1 - text.count)) + text
  let sign = number < 0 && whole > 0 ? "-" : ""
  return sign + padded.dropLast(digits) + (digits > 0 ? "." + padded.suffix(digits) : "")
}
