import Engine
import ModuleKit
import PatchKit
import Tracks

/// The track of a session: loaded, played, paused, sought and replaced.
public final class TrackService {
  unowned let session: Session
  /// Reads files; called on another thread.
  public var files = TrackFiles()
  /// Reads and measures on another thread; nil: at once.
  var worker: ControlLoop.Worker?

  public enum State: String {
    case empty, stopped, playing, paused
  }
  public private(set) var state = State.empty
  private(set) var loaded: Loaded?
  var loops = false
  /// True if it follows the host's transport; and while it waits for sounds to do so.
  var followsTransport = false, isStarting = false
  /// The frame of the score that sounds at the engine's frame `origin`; where it is paused.
  private var offset = 0, origin = 0
  /// Clips, kept in memory while the track is loaded.
  private var clips: [SoundBuffer] = []
  /// Called with step, steps, elapsed and remaining seconds once a second, and at a new step.
  public var onProgress: (_ step: Int, _ steps: Int, _ elapsed: Double, _ remaining: Double) -> Void = { _, _, _, _ in }
  /// The last notification: the second, and the step.
  var notified = (second: -1, step: -1)

  /// A compiled track.
  struct Loaded: Sendable {
    var path: String
    var track: Track
    var score: TrackScore
    var warnings: [PatchError]

    var seconds: Double { Double(score.frames) / score.rate }
  }

  init(_ session: Session) { self.session = session }

  private var engine: Engine { session.engine }

  // MARK: Loading

  /// Reads and compiles a track of a request, the path of a file or JSON, on another thread; then calls `done`.
  func load(_ text: [UInt8], _ call: Call, then done: @escaping (Loaded) throws(PatchError) -> Void) {
    let root = session.files.root
    read(call.address, { (files) throws(PatchErrors) in try files.read(text, within: root) }) { [unowned self] result in
      do throws(PatchError) { try done(result.get()) } catch { session.fail(call, error) }
    }
  }

  /// Loads a track at once, in a program without a control loop. Its files may lie anywhere; relative paths are relative
  /// to `file`.
  ///
  /// - Returns: its frames, and the paths of its sound files.
  /// - Throws: every error of the track.
  public func load(_ text: [UInt8], file: String?) throws(PatchErrors) -> (frames: Int, sounds: Set<String>) {
    let contents = try TrackFile.read(text, file: file)
    let loaded = try files.compile((file ?? "", contents, nil), engine.sampleRate, session.registry)
    adopt(loaded)
    return (loaded.score.frames, Set(contents.track.soundPaths))
  }

  /// Plays a track that the user has named, whose files may lie anywhere.
  ///
  /// - Parameter failed: called with what keeps it from playing.
  public func play(
    _ contents: TrackFile.Contents, file: String, loops: Bool, failed: @escaping (PatchError) -> Void
  ) {
    self.loops = loops
    read("/track/play", { _ in (file, contents, nil) }) { [unowned self] result in
      do throws(PatchError) {
        adopt(try result.get())
        try play(from: 0, Call(own: "/track/play"))
      } catch { failed(error) }
    }
  }

  /// Reads and compiles a track: no disk, and no measuring of steps, holds up the control thread.
  private func read(
    _ address: String, _ source: @escaping @Sendable (TrackFiles) throws(PatchErrors) -> TrackFiles.Source,
    then done: @escaping (Result<Loaded, PatchError>) -> Void
  ) {
    let files = files, rate = engine.sampleRate, registry = session.registry
    let work: @Sendable () -> Result<Loaded, PatchError> = {
      do throws(PatchErrors) {
        return .success(try files.compile(source(files), rate, registry))
      } catch { return .failure(error.asOne) }
    }
    guard let worker else { return done(work()) }
    worker.run(work, then: done)
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
  static func clips(of score: TrackScore) -> Patch {
    var patch = Patch()
    for node in score.nodes {
      if case .text(let name)? = node.node.params["file"], score.sounds[name] == nil {
        patch.nodes[node.id] = node.node
      }
    }
    return patch
  }

  /// The clips in memory.
  private func read(_ score: TrackScore) throws(PatchError) -> [SoundBuffer] {
    var sounds: [SoundBuffer] = []
    for node in score.nodes {
      guard case .text(let path)? = node.node.params["file"], score.sounds[path] == nil else { continue }
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
      throw PatchError(.range, "the track ends at \(loaded.seconds.shortText) seconds")
    }
    try session.soundQueue.perform(call) { [unowned self] _ throws(PatchError) in
      let missing = session.soundQueue.missingSounds(of: TrackService.clips(of: loaded.score))
      guard missing.isEmpty else { return .sounds(missing) }
      try begin(loaded, from: Int(seconds * rate), at: call.frame)
      call.done(status)
      return .nothing
    }
  }

  func begin(_ loaded: Loaded, from frame: Int, at wanted: Int?) throws(PatchError) {
    clips = try read(loaded.score)
    let start = max(wanted ?? 0, nextFrame)
    do throws(PatchErrors) {
      try session.tracks.start(loaded.score.cut(from: frame), at: start, fadesIn: frame > 0)
    } catch { throw error.asOne }
    session.tracks.atEnd = { [unowned self] in ended() }
    (offset, origin, state) = (frame, start, .playing)
    notified = (-1, -1)
  }

  /// Seconds until a track sounds; 0 where nothing is rendered meanwhile.
  public var latency = 0.02

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

  var nextFrame: Int {
    max(engine.frame + Int(latency * engine.sampleRate), session.tracks.lastCommit + 1)
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
      throw PatchError(.range, "the track ends at \(loaded.seconds.shortText) seconds")
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

  /// The frame of the score that sounds.
  var position: Int {
    guard state == .playing, let loaded else { return offset }
    return min(max(offset + engine.frame - origin, 0), loaded.score.frames)
  }
}
