import CRealtime
import CRealtimeGuard
import Control
import Engine
import Foundation
import Hosts
import ModuleKit
import Modules
import PatchKit
import Synchronization
import TestSupport
import Testing

extension LiveTests {
  /// The JACK callback under RealtimeSanitizer while a client edits the playing patch.
  @Suite(.serialized) struct LiveEditTests {
    @Test func editsOverUDPAreRealTimeSafe() throws {
      #expect(realtimeIsChecked)
      let jack = try PrivateJack()
      let before = weft_guard_violations()
      let studio = try Studio(on: jack)
      let recorder = try JackRecorder(on: jack)
      try #require(recorder.connect(to: "studio:out_1"))
      let client = try LibloClient(port: studio.port)
      var random = SplitMix(seed: 5)
      client.call("/patch/create", "out", "output")
      client.call("/patch/create", "osc", "saw")
      client.call("/patch/connect", "osc", "out", 0.2)
      client.call("/patch/commit")
      var names = ["osc"], commits = 0
      for i in 0..<400 {
        switch Int.random(in: 0..<8, using: &random) {
        case 0...1 where names.count < 24:
          let name = "n\(i)",
            type = ["sine", "biquad", "gain", "delay", "adsr", "voice", "svf"].randomElement(using: &random)!
          client.call("/patch/create", .string(name), .string(type))
          client.call("/patch/connect", .string(name), "out", 0.1)
          names.append(name)
        case 2 where names.count > 3:
          let name = names.remove(at: Int.random(in: 1..<names.count, using: &random))
          client.call("/patch/delete", .string(name))
        case 3...4:
          // Some cables create a cycle: refused at the commit, and removed again.
          let from = names.randomElement(using: &random)!, to = names.randomElement(using: &random)!
          client.call("/patch/connect", .string(from), .string(to), 0.2)
        case 5: client.call("/patch/disconnect", .string(names.randomElement(using: &random)!), "out")
        case 6: client.call("/patch/voices", .int32(Int32.random(in: 1...12, using: &random)))
        default: client.call("/mod/osc/frequency", .float(Float.random(in: 50...2_000, using: &random)))
        }
        guard let reply = client.call("/patch/commit") else { continue }
        if reply.address == "/done" {
          commits += 1
        } else {
          client.call("/patch/abort")
          names = nodes(client)
        }
      }
      #expect(commits > 150, "\(commits)")
      client.call("/patch/set", #"{ "weft": 1, "nodes": { "osc": { "type": "sine" } } }"#)
      #expect(client.call("/patch/commit")?.address == "/done")
      recorder.listen(9_600)
      #expect(abs(pitch(of: recorder.listen(24_000)) - 440) < 0.1)
      #expect(recorder.sound(from: 0).allSatisfy { $0.isFinite })
      recorder.close()
      studio.stop()
      #expect(weft_guard_violations() == before)
    }

    /// The draft's nodes but the output, `osc` first.
    private func nodes(_ client: LibloClient) -> [String] {
      let start = client.received.count
      client.call("/patch/nodes")
      let items = client.received[start...].filter { $0.address == "/patch/nodes" }
      return ["osc"] + items.compactMap { $0.arguments.first?.text }.filter { $0 != "osc" && $0 != "out" }
    }

    @Test func messageFloodIsAnsweredOrCountedAndAudioContinues() throws {
      let jack = try PrivateJack()
      let weft = try PlayingWeft(on: jack)
      let recorder = try JackRecorder(on: jack)
      try #require(recorder.connect(to: weft.output(1)))
      let client = try LibloClient(port: weft.port)
      client.call("/patch/create", "osc", "sine")
      client.call("/patch/create", "dumb", "sine", "gain", 0)
      client.call("/patch/commit")
      recorder.listen(9_600)
      let start = recorder.recorded, own = steepest(recorder.listen(4_800))
      let began = weft_nanoseconds(), seen = client.received.count
      var sent = 0
      while sent < 40_000 {
        // 20 per millisecond, if the machine keeps up.
        for _ in 0..<20 { client.send("/mod/dumb/frequency", [.float(Float(100 + sent % 1_000))]) }
        sent += 20
        client.receive()
        while weft_nanoseconds() < began + UInt64(sent) * 50_000 { client.receive(milliseconds: 1) }
      }
      let isSynced = eventually(every: 0) {
        client.send("/sync", [1])
        return client.message(from: seen, within: 2) { $0.address == "/synced" } != nil
      }
      #expect(isSynced, "it answers after the flood")
      let replies = client.received[seen...].filter { $0.arguments.first == "/mod/dumb/frequency" }
      let refused = replies.count { $0.address == "/fail" }
      #expect(replies.allSatisfy { $0.address == "/done" || $0.arguments[1] == "busy" })
      // Every request is answered, or counted as lost by the server, or its reply by the system on the way back.
      let lost = Int(client.status("lost")?.number ?? 0), lostReplies = client.lost
      #expect(
        replies.count <= sent && replies.count + lost + lostReplies >= sent,
        "\(replies.count) replies to \(sent), \(refused) refused, \(lost) lost there, \(lostReplies) here")
      recorder.listen(4_800)
      let sound = recorder.sound(from: start)
      #expect(steepest(sound) <= 1.5 * own, "\(steepest(sound)) against \(own)")
      #expect(abs(pitch(of: sound) - 440) < 0.1)
      #expect(weft.end(SIGTERM).status == 0)
    }
  }
}

/// The components of `weft play`, in this process, where RealtimeSanitizer checks them.
private final class Studio: @unchecked Sendable {
  private let loop = Mutex<ControlLoop?>(nil)
  private let ready = DispatchSemaphore(value: 0), ended = DispatchSemaphore(value: 0)
  private(set) var port = 0

  struct DidNotStart: Error {}

  init(on jack: PrivateJack) throws {
    let server = jack.name
    Thread.detachNewThread { [self] in
      run(server)
      ended.signal()
    }
    ready.wait()
    if port == 0 { throw DidNotStart() }
  }

  private func run(_ server: String) {
    let loop = ControlLoop()
    let engine = Engine(sampleRate: 48_000)
    let session = Session(engine: engine, registry: Registry.linked())
    var options = JackHost.Options()
    options.name = "studio"
    options.server = server
    let host = JackHost(engine: engine, options: options)
    host.onSampleRate = { session.change(sampleRate: $0) }
    guard let osc = try? SessionServer(session, loop: loop, host: "127.0.0.1", port: 0), (try? host.open()) != nil
    else {
      ready.signal()
      return
    }
    port = osc.server.port
    self.loop.withLock { $0 = loop }
    ready.signal()
    loop.run()
    host.close()
  }

  func stop() {
    loop.withLock { $0?.stop() }
    ended.wait()
  }
}
