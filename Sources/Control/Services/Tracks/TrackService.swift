import Engine
import ModuleKit
import PatchKit
import Tracks

/// The track of a session: loaded, played, paused, sought and replaced.
public final class TrackService {
  private unowned let session: Session
  /// Returns frames and rate of a sound file.
  public var soundLength: (_ path: String) throws(PatchError) -> (frames: Int, rate: Double) = {
    path throws(PatchError) in
    throw PatchError(.unreadable, "sound files cannot be read here", at: Place(file: path))
  }
  /// Returns the mean of a file's channels at a rate; called on another thread.
  public var readSound: @Sendable (_ path: String, _ rate: Double) -> [Float]? = { _, _ in nil }
  /// Reads and measures on another thread; nil: at once.
  var worker: ControlLoop.Worker?

  public enum State: String {
    case empty, stopped, playing, paused
  }
  public private(set) var state = State.empty
  private var loaded: Loaded?
  var loops = false
  /// The frame of the score that sounds at the engine's frame `origin`; where it is paused.
  private var offset = 0, origin = 0
  /// Clips, kept in memory while the track is loaded.
  private var clips: [SoundBuffer] = []
  /// The last notification: the second, and the step.
  private var notified = (second: -1, step: -1)

  /// A compiled track.
  struct Loaded {
    var path: String
    var track: Track
    var score: TrackScore
    var warnings: [PatchError]

    var seconds: Double { Double(score.frames) / score.rate }
  }

  init(_ session: Session) { self.session = session }

  private var engine: Engine { session.engine }

  // MARK: Loading

  /// Reads and compiles a track of a request: the path of a file, or JSON; then calls `done`.
  func load(
    _ text: [UInt8], _ call: Call, then done: @escaping (Loaded) throws(PatchError) -> Void
  ) throws(PatchError) {
    let finish = { [unowned self] (loaded: Loaded) in
      do throws(PatchError) { try done(loaded) } catch { session.fail(call, error) }
    }
    if text.first == UInt8(ascii: "{") { return try load(text, nil, isTrusted: false, then: finish) }
    let path = try session.files.path(reading: String(decoding: text, as: UTF8.self))
    try load(try TextFile.read(path), path, isTrusted: false, then: finish)
  }

  /// Loads and plays a track that the user has named.
  ///
  /// - Parameter failed: called with what keeps it from playing.
  public func play(
    _ bytes: [UInt8], file: String, loops: Bool, failed: @escaping (PatchError) -> Void
  ) throws(PatchError) {
    self.loops = loops
    try load(bytes, file, isTrusted: true) { [unowned self] loaded in
      adopt(loaded)
      let call = Call(own: "/track/play")
      do throws(PatchError) { try play(from: 0, call) } catch { failed(error) }
    }
  }

  /// - Parameter isTrusted: its clips may lie anywhere.
  private func load(
    _ bytes: [UInt8], _ path: String?, isTrusted: Bool, then done: @escaping (Loaded) -> Void
  ) throws(PatchError) {
    let contents: TrackFile.Contents
    do throws(PatchErrors) {
      contents = try TrackFile.read(
        bytes, file: path,
        resolve: { [session] path throws(PatchError) in isTrusted ? path : try session.files.path(reading: path) })
    } catch {
      throw error.asOne
    }
    var compiler = TrackCompiler(contents.track, rate: engine.sampleRate)
    for clip in contents.track.clips where compiler.sounds[clip.path] == nil {
      let place = isTrusted ? clip.path : try session.files.path(reading: clip.path)
      let (frames, rate) = try soundLength(place)
      compiler.sounds[clip.path] = .init(frames: frames, rate: rate)
    }
    let ready = compiler, registry = session.registry, readSound = readSound
    let finish = { (score: TrackScore) in
      done(Loaded(path: path ?? "", track: contents.track, score: score, warnings: contents.warnings))
    }
    guard let worker else { return finish(Self.score(of: ready, registry, readSound)) }
    worker.run({ Self.score(of: ready, registry, readSound) }, then: finish)
  }

  /// Reads the sounds of voices, measures loud steps, and compiles.
  private static func score(
    of compiler: TrackCompiler, _ registry: Registry, _ readSound: (String, Double) -> [Float]?
  ) -> TrackScore {
    var compiler = compiler
    compiler.readSounds(readSound)
    // A step that cannot be measured keeps the factor that its amplitudes allow.
    try? StepPeaks.measure(&compiler, in: registry, sounds: noSounds)
    return compiler.score()
  }

  /// Replaces the loaded track; one that plays is faded out.
  func adopt(_ loaded: Loaded) {
    stop()
    self.loaded = loaded
    clips = []
    state = .stopped
    offset = 0
  }

  /// The patch of the clips, for the sounds that it names.
  private static func clips(of score: TrackScore) -> Patch {
    var patch = Patch()
    for node in score.nodes where node.node.params["file"] != nil { patch.nodes[node.id] = node.node }
    return patch
  }

  /// The clips in memory.
  private func read(_ score: TrackScore) throws(PatchError) -> [SoundBuffer] {
    var sounds: [SoundBuffer] = []
    for node in score.nodes {
      guard case .text(let path)? = node.node.params["file"] else { continue }
      sounds.append(try session.plans.sounds(path, engine.sampleRate))
    }
    return sounds
  }

  // MARK: Playing

  private func requireTrack() throws(PatchError) -> Loaded {
    guard let loaded else { throw PatchError(.nothingToDo, "no track is loaded: /track/load PATH") }
    return loaded
  }

  /// Plays from a time in seconds; answers when its clips have been read.
  func play(from seconds: Double, _ call: Call) throws(PatchError) {
    let loaded = try requireTrack(), rate = loaded.score.rate
    guard seconds >= 0, seconds < loaded.seconds else {
      throw PatchError(.range, "the track has \(loaded.seconds.shortText) seconds")
    }
    try session.soundQueue.perform(call) { [unowned self] _ throws(PatchError) in
      let missing = session.soundQueue.missingSounds(of: TrackService.clips(of: loaded.score))
      guard missing.isEmpty else { return .sounds(missing) }
      try start(loaded, from: Int(seconds * rate), at: call.frame)
      call.done(status)
      return .nothing
    }
  }

  private func start(_ loaded: Loaded, from frame: Int, at wanted: Int?) throws(PatchError) {
    clips = try read(loaded.score)
    let start = max(wanted ?? 0, nextFrame)
    do throws(PatchErrors) {
      try session.tracks.start(loaded.score.cut(from: frame), at: start, fadesIn: frame > 0)
    } catch { throw error.asOne }
    session.tracks.atEnd = { [unowned self] in ended() }
    (offset, origin, state) = (frame, start, .playing)
    notified = (-1, -1)
  }

  /// Seconds until a track sounds.
  private static let latency = 0.02

  /// The score that follows when the track has ended.
  private func ended() -> TrackScore? {
    guard loops, let loaded else {
      state = .stopped
      offset = 0
      return nil
    }
    origin += loaded.score.frames - offset
    offset = 0
    return loaded.score
  }

  func stop() {
    if state == .playing { session.tracks.stop(at: nextFrame) }
    if loaded != nil { state = .stopped }
    offset = 0
  }

  private var nextFrame: Int {
    max(engine.frame + Int(TrackService.latency * engine.sampleRate), session.tracks.lastCommit + 1)
  }

  func pause() throws(PatchError) {
    guard state == .playing else { throw PatchError(.nothingToDo, "no track plays") }
    offset = position
    session.tracks.stop(at: nextFrame)
    state = .paused
  }

  func resume(_ call: Call) throws(PatchError) {
    guard state == .paused, let loaded else { throw PatchError(.nothingToDo, "no track is paused") }
    try play(from: Double(offset) / loaded.score.rate, call)
  }

  func seek(to seconds: Double, _ call: Call) throws(PatchError) {
    let loaded = try requireTrack()
    guard seconds >= 0, seconds < loaded.seconds else {
      throw PatchError(.range, "the track has \(loaded.seconds.shortText) seconds")
    }
    if state == .playing { return try play(from: seconds, call) }
    offset = Int(seconds * loaded.score.rate)
    state = .paused
    call.done(status)
  }

  /// Replaces the track; it plays on from the same time, and what has not changed is not interrupted.
  func update(_ new: Loaded, _ call: Call) throws(PatchError) {
    guard state == .playing, let old = loaded, old.score.rate == new.score.rate else {
      offset = min(offset, max(new.score.frames - 1, 0))
      loaded = new
      if state == .empty { state = .stopped }
      return call.done(status)
    }
    try session.soundQueue.perform(call) { [unowned self] _ throws(PatchError) in
      let missing = session.soundQueue.missingSounds(of: TrackService.clips(of: new.score))
      guard missing.isEmpty else { return .sounds(missing) }
      let sounds = try read(new.score), moment = session.tracks.firstFree, frame = offset + moment - origin
      guard state == .playing, frame < new.score.frames else {
        stop()
        loaded = new
        call.done(status)
        return .nothing
      }
      do throws(PatchErrors) {
        try session.tracks.update(old.score, to: new.score, from: frame, at: moment)
      } catch { throw error.asOne }
      (loaded, clips, offset, origin) = (new, sounds, frame, moment)
      call.done(status)
      return .nothing
    }
  }

  // MARK: Status

  /// The frame of the score that sounds.
  private var position: Int {
    guard state == .playing, let loaded else { return offset }
    return min(max(offset + engine.frame - origin, 0), loaded.score.frames)
  }

  /// The state as name/value pairs.
  var status: [OSCArgument] {
    guard let loaded else { return [.string("state"), .string(state.rawValue)] }
    let rate = loaded.score.rate, elapsed = Double(position) / rate, step = step
    let pairs: [(String, OSCArgument)] = [
      ("state", .string(state.rawValue)), ("path", .string(loaded.path)), ("step", .int32(Int32(step?.number ?? 0))),
      ("steps", .int32(Int32(loaded.score.steps.count))), ("description", .string(step?.description ?? "")),
      ("elapsed", .float(Float(elapsed))), ("remaining", .float(Float(loaded.seconds - elapsed))),
      ("total", .float(Float(loaded.seconds))), ("loop", .int32(loops ? 1 : 0)),
    ]
    return pairs.flatMap { [.string($0.0), $0.1] }
  }

  /// The step that sounds; where two are crossfaded, the later one.
  private var step: TrackScore.Step? {
    guard state == .playing || state == .paused else { return nil }
    let at = position
    return loaded?.score.steps.last { $0.start <= at && at < $0.end }
  }

  /// Called with step, steps, elapsed and remaining seconds once a second, and at a new step.
  public var onProgress: (_ step: Int, _ steps: Int, _ elapsed: Double, _ remaining: Double) -> Void = { _, _, _, _ in }

  /// Seconds until the next notification; nil: nothing plays.
  var secondsToNext: Double? { state == .playing ? TrackService.interval : nil }
  private static let interval = 0.1

  /// Notifies of the time once a second, and of each step.
  func tick() {
    guard let loaded, state == .playing else { return }
    let elapsed = Double(position) / loaded.score.rate, number = step?.number ?? 0
    guard notified != (Int(elapsed), number) else { return }
    notified = (Int(elapsed), number)
    let steps = loaded.score.steps.count, remaining = loaded.seconds - elapsed
    onProgress(number, steps, elapsed, remaining)
    session.notify(
      .track,
      [
        .string(state.rawValue), .int32(Int32(number)), .int32(Int32(steps)), .float(Float(elapsed)),
        .float(Float(remaining)),
      ], except: nil)
  }
}
