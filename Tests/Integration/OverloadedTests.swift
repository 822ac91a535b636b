import Control
import Foundation
import Testing

extension LiveTests {
  /// Real overload of the processor.
  @Suite(.serialized) struct OverloadedTests {
    @Test func overloadIsReportedWithTheMostExpensiveNodes() throws {
      let jack = try PrivateJack()
      let weft = try PlayingWeft(on: jack)
      let client = try LibloClient(port: weft.port), listener = try LibloClient(port: weft.port)
      #expect(listener.call("/notify", "on", "error")?.address == "/done")
      client.call("/patch/voices", 512)
      client.call("/patch/create", "who", "voice")
      client.call("/patch/create", "osc", "saw")
      client.call("/patch/connect", "who/spread", "osc/frequency", 0.1)
      // Ladder filters with 512 voices each, until any processor is overloaded.
      var notified: OSCMessage?
      for rung in 0..<60 where notified == nil {
        client.call("/patch/create", .string("rung\(rung)"), "ladder")
        client.call("/patch/connect", "osc", .string("rung\(rung)"), 0.000_1)
        guard client.call("/patch/commit")?.address == "/done" else { break }
        notified = listener.message(from: 0, within: 0.5) { $0.arguments.first == "overload" }
      }
      #expect(notified?.arguments[1].text?.contains("% of the time") == true, "\(listener.received)")
      let costs = listener.message(from: 0) {
        $0.arguments[1].text?.contains("most expensive nodes are rung") == true
      }
      #expect(costs != nil, "\(listener.received)")
      // It answers throughout, and plays on when the load decreases.
      client.call("/patch/clear")
      client.call("/patch/create", "osc", "sine")
      #expect(client.call("/patch/commit")?.address == "/done")
      let recorder = try JackRecorder(on: jack)
      try #require(recorder.connect(to: weft.output(1)))
      recorder.listen(9_600)
      #expect(abs(pitch(of: recorder.listen(24_000)) - 440) < 0.1)
      #expect(weft.end(SIGTERM).status == 0)
    }
  }
}
