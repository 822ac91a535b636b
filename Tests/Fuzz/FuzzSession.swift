import Control
import Engine
import Glibc
import ModuleKit
import Modules
import PatchKit
import TestSupport

let registry = Registry.linked()

/// A session on a manually driven engine, confined to a folder, that checks the result of each request.
final class FuzzSession {
  private static let period = 64
  let engine = Engine(sampleRate: 48_000)
  let session: Session
  private var requests = 0, replies = 0
  private let sound = UnsafeMutablePointer<Float>.allocate(capacity: 2 * period)

  /// - Parameter folder: the root of file commands.
  init(folder: String) throws {
    session = Session(engine: engine, registry: registry)
    session.files.root = try FileRoot(folder)
    session.frameAtNanoseconds = { [unowned self] in Int(truncatingIfNeeded: $0 % 96_000) + engine.frame }
    session.recording.openSink = { _, _, _ in Discarded() }
    session.recording.keepLast(seconds: 0.1)
    sound.initialize(repeating: 0, count: 2 * FuzzSession.period)
  }

  deinit { sound.deallocate() }

  /// Performs a packet.
  func perform(_ packet: OSCPacket) throws {
    requests += 1
    session.perform(packet, from: Requester(id: 1, replyLimit: 1_200) { [unowned self] _ in replies += 1 })
  }

  /// Performs one message; it must be answered, now or when it is audible.
  func perform(_ message: OSCMessage) throws {
    let before = replies
    try perform(.message(message))
    // A commit is audible within a few periods, a measurement needs 0.3 s of sound, 225 periods; a recording's file is
    // written by another thread.
    var turns = 0
    let isAnswered = try eventually(every: 0) {
      if replies != before { return true }
      if turns < 300 { try play() } else { session.tick() }
      if turns > 300 { usleep(500) }
      turns += 1
      return replies != before
    }
    if !isAnswered { throw BrokenLaw("\(message) was never answered") }
  }

  /// Renders a period; its samples must be finite and within the limit of the outputs.
  func play() throws {
    let outputs: [UnsafeMutablePointer<Float>?] = [sound, sound + FuzzSession.period]
    let violations = outputs.withUnsafeBufferPointer { outputs in
      realtimeViolations { engine.render(inputs: nil, outputs: outputs.baseAddress!, frames: FuzzSession.period) }
    }
    if violations > 0 { throw BrokenLaw("the audio thread broke \(violations) rules") }
    for i in 0..<2 * FuzzSession.period where !sound[i].isFinite {
      throw BrokenLaw("a sample that leaves is \(sound[i])")
    }
    session.tick()
  }

  private final class Discarded: RecordingSink {
    func write(_ samples: UnsafePointer<Float>, frames: Int) {}
    func finish() {}
  }
}
