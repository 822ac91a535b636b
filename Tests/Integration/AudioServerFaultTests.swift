import CRealtime
import Control
import Foundation
import Testing

extension LiveTests {
  /// What an audio server may do while a patch plays.
  @Suite(.serialized) struct AudioServerFaults {
    @Test func thePeriodChangesWhileAPatchPlays() throws {
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
        #expect(status(client, "period") == .int32(Int32(period)))
        #expect(status(client, "host") == "JACK" && status(client, "nodes") == 2)
        let sound = recorder.listen(24_000)
        #expect(abs(pitch(of: sound) - 440) < 0.1, "at \(period): \(pitch(of: sound))")
        // Neither a sample lost nor one twice, through the change too: the engine's clock goes on.
        #expect(steepest(recorder.sound(from: start)) <= 1.05 * own, "at \(period)")
        // A commit sounds, whatever the period.
        client.call("/patch/create", .string("n\(period)"), "sine", "gain", 0)
        #expect(client.call("/patch/commit")?.address == "/done")
        client.call("/patch/delete", .string("n\(period)"))
        #expect(client.call("/patch/commit")?.address == "/done")
      }
      #expect(weft.end(SIGTERM).status == 0)
    }

    private func status(_ client: LibloClient, _ name: String) -> OSCArgument? {
      guard let reply = client.call("/status")?.arguments, let at = reply.firstIndex(of: .string(name)) else {
        return nil
      }
      return reply[at + 1]
    }
  }
}
