import Control
import Foundation
import Testing

extension LiveTests {
  /// The same program on PipeWire's JACK library, which changes its period and rate without ending, and ends without
  /// a word.
  @Suite(.serialized, .enabled(if: PrivatePipeWire.isInstalled)) struct PipeWireTests {
    private let server = PrivatePipeWire()
    private let weft: PlayingWeft
    private let client: LibloClient

    /// A key that is held, on a sine.
    init() throws {
      try server.start()
      weft = try PlayingWeft(on: server)
      client = try LibloClient(port: weft.port)
      client.holdKeyOnSine()
      try #require(waitFor { client.status("sounding") == 1 }, "\(weft.messages)")
    }

    @Test func itSoundsAtEveryQuantumAndRate() throws {
      let sound = try server.record(seconds: 4) {
        for quantum in [64, 1_024, 16, 4_096, 256] {
          try server.force(quantum: quantum)
          #expect(waitFor { client.status("period") == .int32(Int32(quantum)) }, "\(quantum)")
          usleep(200_000)
        }
      }
      #expect(client.status("host") == "JACK" && client.status("nodes") == 2)
      #expect(abs(pitch(of: Array(sound.channels[0].suffix(24_000))) - 440) < 0.2)
      #expect(loudest(sound.channels[0]) > 0.1)
      for rate in [44_100, 96_000] {
        try server.force(rate: rate)
        #expect(waitFor { client.status("rate") == .float(Float(rate)) && client.status("host") == "JACK" })
        let sound = try server.record(seconds: 1)
        #expect(abs(pitch(of: sound.channels[0], rate: Double(rate)) - 440) < 0.2, "at \(rate)")
      }
      #expect(weft.end(SIGTERM).status == 0)
    }

    @Test func itIsWaitedForWhereItIsKilledOrHangs() throws {
      server.crash()
      #expect(waitFor { client.status("host") == "none" }, "\(weft.messages)")
      #expect(client.status("sounding") == 1, "it goes on, unheard")
      try server.start()
      #expect(waitFor { client.status("host") == "JACK" }, "\(weft.messages)")
      #expect(abs(pitch(of: try server.record(seconds: 1).channels[0]) - 440) < 0.2, "connected as before")

      server.freeze()
      defer { server.thaw() }
      #expect(waitFor { client.status("host") == "none" }, "\(weft.messages)")
      // It is asked again and again for a place, and hangs; nobody else waits.
      for _ in 0..<15 {
        #expect(client.call("/mod/osc/gain", 0.5)?.address == "/done")
        usleep(100_000)
      }
      server.thaw()
      #expect(waitFor { client.status("host") == "JACK" }, "\(weft.messages)")
      #expect(abs(pitch(of: try server.record(seconds: 1).channels[0]) - 440) < 0.2)
      #expect(weft.end(SIGTERM).status == 0)
    }
  }
}
