import Control
import Foundation
import SoundFiles
import TestSupport
import Testing

extension LiveTests {
  /// The same program on PipeWire's JACK library, which changes period and rate without a restart, and ends without
  /// notice.
  ///
  /// A server without real-time priority loses periods under load, and this one counts no xruns for its clients. So a
  /// second client in the same graph is a reference: gaps of both are the server's. A gap of ours only may be the
  /// server's too, but not in every attempt. Pitch is measured between gaps only.
  @Suite(.serialized, .enabled(if: PrivatePipeWire.isInstalled)) struct PipeWireTests {
    private let server = PrivatePipeWire()
    private let weft: PlayingWeft, reference: PlayingWeft
    private let client: LibloClient, referenceClient: LibloClient

    /// A4 held on a sine, and a sine of 660 Hz as the reference.
    init() throws {
      try server.start()
      weft = try PlayingWeft(on: server)
      client = try LibloClient(port: weft.port)
      client.holdKeyOnSine()
      reference = try PlayingWeft(on: server, ["--no-connect"])
      referenceClient = try LibloClient(port: reference.port)
      referenceClient.call("/patch/create", "osc", "sine", "frequency", 660)
      referenceClient.call("/patch/commit")
      try #require(eventually { client.status("sounding") == 1 }, "\(weft.messages)")
    }

    /// Records until A4 has its pitch, without gaps of our own.
    ///
    /// - Returns: nil on success, else a description of the recorded sound.
    private func fault(rate: Double = 48_000) -> String? {
      var last = ""
      for _ in 0..<10 {
        guard let sound = try? server.record([PrivatePipeWire.heard, reference.output(1)], seconds: 1) else {
          last = "nothing was recorded"
          continue
        }
        let tone = RecordedSine(in: sound.channels[0], frequency: 440, rate: rate)
        let other = RecordedSine(in: sound.channels[1], frequency: 660, rate: rate)
        let isOurs = tone.gaps > 0 && other.gaps == 0
        if !isOurs, let pitch = tone.pitch, abs(pitch - 440) < 0.2 { return nil }
        last =
          "\(tone.pitch ?? 0) Hz in \(tone.longestPart.count) frames, \(tone.gaps) gaps; the reference had \(other.gaps)"
      }
      return last
    }

    @Test func pipeWireSoundsAtEveryQuantumAndRate() throws {
      for quantum in [64, 1_024, 16, 4_096, 256] {
        try server.force(quantum: quantum)
        #expect(eventually { client.status("period") == .int32(Int32(quantum)) }, "\(quantum)")
        // Below a few milliseconds there may be no tenth of a second without a gap.
        let isHeard = eventually {
          (try? server.record([PrivatePipeWire.heard], seconds: 1)).map { loudest($0.channels[0]) > 0.1 } == true
        }
        #expect(isHeard, "at \(quantum)")
        if quantum >= 256 { #expect(fault() == nil, "at \(quantum)") }
      }
      #expect(client.status("host") == "JACK" && client.status("nodes") == 2)
      let devices = try WeftProcess.run(["devices"], environment: server.environment).output
      #expect(devices.contains("PipeWire's JACK is running") && devices.contains("  sink:playback_FL"), "\(devices)")
      for rate in [44_100, 96_000] {
        try server.force(rate: rate)
        for client in [client, referenceClient] {
          #expect(eventually { client.status("rate") == .float(Float(rate)) && client.status("host") == "JACK" })
        }
        #expect(fault(rate: Double(rate)) == nil, "at \(rate)")
      }
      #expect(weft.end(SIGTERM).status == 0 && reference.end(SIGTERM).status == 0)
    }

    @Test func weftReconnectsAfterPipeWireCrashesOrHangs() throws {
      weft.rememberConnections(client)
      server.crash()
      for client in [client, referenceClient] {
        #expect(eventually { client.status("host") == "none" }, "\(weft.messages)")
      }
      #expect(client.status("sounding") == 1, "it goes on, unheard")
      try server.start()
      try waitForJack()
      #expect(fault() == nil, "connected as before")

      server.freeze()
      defer { server.thaw() }
      for client in [client, referenceClient] {
        #expect(eventually { client.status("host") == "none" }, "\(weft.messages)")
      }
      // It tries repeatedly to open a client, and that call hangs; no OSC client waits for it.
      for _ in 0..<15 {
        #expect(client.call("/mod/osc/gain", 0.5)?.address == "/done")
        usleep(100_000)
      }
      server.thaw()
      try waitForJack()
      #expect(fault() == nil)
      #expect(weft.end(SIGTERM).status == 0 && reference.end(SIGTERM).status == 0)
    }

    private func waitForJack() throws {
      for client in [client, referenceClient] {
        try #require(eventually { client.status("host") == "JACK" }, "\(weft.messages) \(reference.messages)")
      }
    }
  }
}
