import Control
import Engine
import ModuleKit
import Modules
import PatchKit
import Testing

let registry = Registry.linked()

/// A session on a manually driven engine, with all replies recorded.
final class SessionRig {
  let engine = Engine(sampleRate: 48_000)
  let session: Session
  private(set) var replies: [OSCMessage] = []
  var replyLimit = Int.max

  init() {
    session = Session(engine: engine, registry: registry)
    session.frameAtNanoseconds = { [unowned self] in Int($0) - 1_000_000_000 + engine.frame }
  }

  var requester: Requester { Requester(id: 1, replyLimit: replyLimit) { [unowned self] in replies.append($0) } }

  /// A patch whose output sample is the value of a parameter.
  static func constant() -> SessionRig {
    committed("/patch/create c math b 0", "/patch/create out output", "/patch/connect c out", frames: 4_800)
  }

  /// A patch created by these commands, committed and rendered until its ramps have ended; every command must succeed.
  static func committed(_ lines: String..., frames: Int = 9_600) -> SessionRig {
    let rig = SessionRig()
    for line in lines + ["/patch/commit"] {
      let reply = rig.send(line).last
      #expect(reply?.address == "/done", "\(line): \(reply?.description ?? "")")
    }
    rig.render(frames)
    return rig
  }

  /// Sends one line in the syntax of a score; returns its replies, including those after a period.
  @discardableResult
  func send(_ line: String) -> [OSCMessage] {
    let score = try! Score.read(Array("0 \(line)\n".utf8))
    let message = OSCMessage(score[0].address, score[0].arguments.map(\.osc))
    return send(message)
  }

  @discardableResult
  func send(_ message: OSCMessage) -> [OSCMessage] {
    replies = []
    session.perform(message, from: requester)
    for _ in 0..<100 where session.isWaiting && replies.isEmpty { render(64) }
    return replies
  }

  /// The code of a `/fail`; nil for any other reply.
  func failure(_ line: String) -> String? {
    let replies = send(line)
    return replies.last?.address == "/fail" ? replies.last!.arguments[1].text : nil
  }

  @discardableResult
  func render(_ frames: Int, period: Int = 64) -> [Float] {
    var left = [Float](repeating: 0, count: frames), right = left
    var done = 0
    while done < frames {
      let count = min(period, frames - done)
      left.withUnsafeMutableBufferPointer { l in
        right.withUnsafeMutableBufferPointer { r in
          let outputs: [UnsafeMutablePointer<Float>?] = [l.baseAddress! + done, r.baseAddress! + done]
          engine.render(inputs: nil, outputs: outputs, frames: count)
        }
      }
      done += count
      session.tick()
    }
    return left
  }
}
