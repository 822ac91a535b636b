import CRealtime
import Control
import Foundation
import TestSupport
import Testing

extension LiveTests {
  /// Faults of audio servers while a patch plays.
  @Suite(.serialized) struct AudioServerFaultTests {
    @Test func jackPeriodChangesWhilePlaying() throws {
      let jack = try PrivateJack()
      let weft = try PlayingWeft(on: jack)
      let recorder = try JackRecorder(on: jack)
      try #require(recorder.connect(to: weft.output(1)))
      let client = try LibloClient(port: weft.port)
      client.call("/patch/create", "osc", "sine")
      client.call("/patch/create", "echo", "delay", "time", 0.1)
      client.call("/patch/connect", "osc", "echo")
      client.call("/patch/commit")
      recorder.listen(24_000)
      let own = steepest(recorder.listen(9_600))
      for period in [64, 4_096, 64, 4_096, 16, 1_024, 256] {
        let start = recorder.recorded
        try #require(recorder.setPeriod(period))
        recorder.listen(2 * period)
        #expect(eventually { client.status("period") == .int32(Int32(period)) })
        #expect(client.status("host") == "JACK" && client.status("nodes") == 2)
        let sound = recorder.listen(24_000)
        #expect(abs(pitch(of: sound) - 440) < 0.1, "at \(period): \(pitch(of: sound))")
        // No sample is lost or repeated across the change: the engine's clock continues.
        #expect(steepest(recorder.sound(from: start)) <= 1.05 * own, "at \(period)")
        // A commit is audible at any period.
        client.call("/patch/create", .string("n\(period)"), "sine", "gain", 0)
        #expect(client.call("/patch/commit")?.address == "/done")
        client.call("/patch/delete", .string("n\(period)"))
        #expect(client.call("/patch/commit")?.address == "/done")
      }
      #expect(weft.end(SIGTERM).status == 0)
    }

    /// A held note, a patch and a connection survive a server restart with another rate and period, also if the
    /// connected program returns later.
    @Test func jackServerRestartsWithAnotherRate() throws {
      let jack = try PrivateJack()
      let weft = try PlayingWeft(on: jack)
      var recorder: JackRecorder? = try JackRecorder(on: jack)
      try #require(recorder!.connect(to: weft.output(1)))
      let client = try LibloClient(port: weft.port)
      client.holdKeyOnSine()
      recorder!.listen(24_000)
      #expect(abs(pitch(of: recorder!.listen(24_000)) - 440) < 0.1)
      weft.rememberConnections(client)
      recorder!.close()
      recorder = nil
      var rate = 48_000.0
      for (next, period) in [(44_100, 128), (96_000, 1_024)] {
        jack.crash()
        #expect(eventually { client.status("host") == "none" })
        #expect(client.status("sounding") == 1, "it goes on, unheard")
        try jack.start(rate: next, period: period)
        rate = Double(next)
        #expect(eventually { client.status("host") == "JACK" }, "\(weft.messages)")
        #expect(client.status("rate") == .float(Float(rate)) && client.status("period") == .int32(Int32(period)))
      }
      #expect(client.status("nodes") == 2 && client.status("sounding") == 1)
      // The recorder returns last and is connected automatically.
      let again = try JackRecorder(on: jack)
      #expect(eventually { again.heardAt.load(ordering: .acquiring) > 0 })
      again.listen(24_000)
      #expect(abs(pitch(of: again.listen(48_000), rate: rate) - 440) < 0.2)
      #expect(client.call("/note/off", 69)?.address == "/done")
      #expect(weft.end(SIGTERM).status == 0)
    }

    @Test func portsAreDisconnectedAndRenamedByOtherClients() throws {
      let jack = try PrivateJack()
      let weft = try PlayingWeft(on: jack)
      let recorder = try JackRecorder(on: jack)
      try #require(recorder.connect(to: weft.output(1)))
      let client = try LibloClient(port: weft.port)
      client.call("/patch/create", "osc", "sine")
      client.call("/patch/commit")
      recorder.listen(9_600)
      for turn in 0..<5 {
        #expect(recorder.disconnect(from: weft.output(1)))
        recorder.listen(2_400)
        #expect(loudest(recorder.listen(2_400)) == 0)
        #expect(recorder.rename(weft.output(1), to: "renamed_\(turn)"))
        #expect(recorder.connect(to: "\(weft.name):renamed_\(turn)"))
        recorder.listen(2_400)
        #expect(abs(pitch(of: recorder.listen(9_600)) - 440) < 0.1)
        #expect(recorder.rename("\(weft.name):renamed_\(turn)", to: "out_1"))
        #expect(client.call("/status")?.address == "/done")
      }
      #expect(weft.end(SIGTERM).status == 0)
    }

    /// Like PipeWire's JACK library: callbacks stop without notice.
    @Test func frozenJackServerIsLeftAndReopened() throws {
      let jack = try PrivateJack()
      let weft = try PlayingWeft(on: jack)
      let client = try LibloClient(port: weft.port)
      client.call("/patch/create", "osc", "sine")
      client.call("/patch/commit")
      jack.freeze()
      defer { jack.thaw() }
      #expect(eventually { client.status("host") == "none" }, "\(weft.messages)")
      // Without callbacks the clock drives the engine; nothing waits for the server.
      client.call("/patch/create", "osc2", "saw")
      #expect(client.call("/patch/commit")?.address == "/done")
      jack.thaw()
      #expect(eventually { client.status("host") == "JACK" }, "\(weft.messages)")
      let recorder = try JackRecorder(on: jack)
      try #require(recorder.connect(to: weft.output(1)))
      recorder.listen(4_800)
      #expect(loudest(recorder.listen(4_800)) > 0.1)
      recorder.close()
      #expect(weft.end(SIGTERM).status == 0)
    }

    /// The server evicts the client as dead; or the client stops for longer than the server's timeout, then continues.
    @Test func evictedJackClientReconnects() throws {
      let jack = try PrivateJack(waitsForClients: false)
      let weft = try PlayingWeft(on: jack)
      let recorder = try JackRecorder(on: jack)
      try #require(recorder.connect(to: weft.output(1)))
      let client = try LibloClient(port: weft.port)
      client.holdKeyOnSine()
      weft.rememberConnections(client)
      #expect(weft.cutFromJack() > 0)
      #expect(eventually { weft.messages.contains("is gone") }, "it is told")
      #expect(eventually { client.status("host") == "JACK" }, "\(weft.messages)")
      #expect(soundsAsBefore())
      kill(weft.identifier, SIGSTOP)
      usleep(1_500_000)
      kill(weft.identifier, SIGCONT)
      #expect(eventually { client.status("host") == "JACK" }, "\(weft.messages)")
      #expect(soundsAsBefore())
      recorder.close()
      #expect(weft.end(SIGTERM).status == 0)

      /// The patch, the held key and the connection. This server does not wait for clients: periods may be missing.
      func soundsAsBefore() -> Bool {
        eventually {
          let tone = RecordedSine(in: recorder.listen(24_000), frequency: 440)
          return client.status("sounding") == 1 && client.status("nodes") == 2
            && tone.pitch.map { abs($0 - 440) < 0.2 } == true
        }
      }
    }
  }
}
