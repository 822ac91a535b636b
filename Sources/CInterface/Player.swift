import CWeft
import Control
import Engine
import Glibc
import ModuleKit
import Modules
import Offline
import PatchKit
import SoundFiles

/// One session of the C interface: the commands of a running program, without a server.
final class Player {
  let session: Session
  let engine: Engine
  let isLive: Bool
  private let library: SoundLibrary
  /// The errors of the last call that performs something.
  private(set) var errors: [CallError] = []
  /// Replies and notifications that the caller has not fetched.
  private var replies: [OSCMessage] = []
  private var firstReply = 0
  /// Texts and packets that were returned, until the next call.
  private var texts: [UnsafeMutablePointer<CChar>] = []
  var events = FutureEvents()

  /// The modules of this library; loaded once for every session.
  static let registry = Registry.linked()

  init(_ options: weft_options) throws(PatchError) {
    isLive = options.is_live != 0
    engine = Engine(
      sampleRate: options.sample_rate, inputChannels: Int(options.inputs), outputChannels: Int(options.outputs))
    session = Session(engine: engine, registry: Player.registry)
    if let root = options.root { session.files.root = try FileRoot(String(cString: root)) }
    let library = try SoundLibrary(
      samples: options.samples.map { String(cString: $0) }, root: session.files.root)
    self.library = library
    session.plans.sounds = { (name, rate) throws(PatchError) in try library.load(name, rate: rate) }
    session.sampleNames = { library.names }
    session.requireSound = { name throws(PatchError) in try library.check(name.name) }
    session.track.files.readSound = Sound.channels
    session.track.files.loadSound = { (path, rate) throws(PatchError) in try SoundLibrary.sound(path, rate: rate) }
    session.track.files.head = HeadResponses.installed
    session.track.files.soundLength = { path throws(PatchError) in try Sound.length(of: path) }
    if !isLive { session.track.latency = 0 }
    if let head = HeadResponses.installed { library.trusted.insert(head) }
    session.onUnreadable = { [unowned self] error in errors.append(CallError(error)) }
    session.recording.waitsForDisk = !isLive
    session.recording.openSink = RecordedFile.open
    session.recording.onLost = { [unowned self] path, error in
      var error = CallError(error)
      error.place = path
      errors.append(error)
    }
  }

  deinit { for text in texts { free(text) } }

  /// Completes the recordings, before the session is closed.
  func finish() { session.recording.finish(within: 3_600) }

  // MARK: Commands

  /// Performs something, after which its errors and the first replies are known.
  ///
  /// - Returns: WEFT_REFUSED where there are errors.
  func perform(_ body: () throws -> Void) -> Int32 {
    release()
    errors = []
    do { try body() } catch let error as PatchErrors {
      errors += error.errors.map(CallError.init)
    } catch let error as PatchError {
      errors.append(CallError(error))
    } catch {}
    settle()
    return errors.isEmpty ? WEFT_OK : WEFT_REFUSED
  }

  /// Receives the replies of the requests of a call.
  var requester: Requester {
    Requester(id: AnyHashable(Player.client)) { [unowned self] message in
      if let error = CallError(reply: message) { errors.append(error) }
      if replies.count - firstReply < Player.replyLimit { replies.append(message) }
    }
  }
  /// The caller as a client of the session.
  private static let client = "library"
  /// Replies that wait at most; later ones are dropped.
  private static let replyLimit = 1 << 16

  /// Replaces the patch, without a ramp.
  func load(_ bytes: [UInt8], path: String?) throws(PatchErrors) {
    let patch = try PatchFile.read(bytes, file: path, in: Player.registry)
    library.trusted.formUnion(patch.fileNames(in: Player.registry))
    session.setDraft(patch, from: path)
    session.perform(
      OSCMessage("/patch/commit", [0]),
      from: Requester { [unowned self] reply in if let error = CallError(reply: reply) { errors.append(error) } })
  }

  /// Loads a track.
  ///
  /// - Returns: its frames.
  func loadTrack(_ bytes: [UInt8], path: String?) throws(PatchErrors) -> Int {
    let (frames, sounds) = try session.track.load(bytes, file: path)
    library.trusted.formUnion(sounds)
    return frames
  }

  /// Lets plans start where no audio thread does it, and handles what the sound side reports.
  private func settle() {
    session.tick()
    guard !isLive else { return }
    let none = [UnsafeMutablePointer<Float>?](repeating: nil, count: engine.outputChannels)
    for _ in 0..<3 where session.isWaiting {
      engine.render(inputs: nil, outputs: none, frames: 0)
      session.tick()
    }
    // Without an audio thread nothing is late: a recording is answered when its file is complete.
    while session.recording.isCompletingFiles {
      usleep(500)
      session.tick()
    }
  }

  func add(_ more: [CallError]) { errors += more }

  // MARK: Results

  func nextReply() -> OSCMessage? {
    release()
    if firstReply == replies.count { settle() }
    guard firstReply < replies.count else {
      replies = []
      firstReply = 0
      return nil
    }
    firstReply += 1
    return replies[firstReply - 1]
  }

  /// A text that stays valid until the next call that performs something.
  func kept(_ text: String) -> UnsafePointer<CChar>? { strdup(text).map { keep($0) } }

  func kept(_ bytes: [UInt8]) -> UnsafeRawPointer? {
    guard let copy = malloc(max(bytes.count, 1)) else { return nil }
    bytes.withUnsafeBytes { if let base = $0.baseAddress { memcpy(copy, base, $0.count) } }
    _ = keep(copy.assumingMemoryBound(to: CChar.self))
    return UnsafeRawPointer(copy)
  }

  private func keep(_ text: UnsafeMutablePointer<CChar>) -> UnsafePointer<CChar> {
    texts.append(text)
    return UnsafePointer(text)
  }

  private func release() {
    for text in texts { free(text) }
    texts.removeAll(keepingCapacity: true)
  }
}
