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
      var rate = 48_000.0
      for (next, period) in [(44_100, 128), (96_000, 1_024)] {
        jack.crash()
        // Closed before, it would have left of its own accord, as far as weft sees before the crash.
        recorder?.close()
        recorder = nil
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

    /// Connections that another program made come back with `--resume`.
    @Test func connectionsAreRestoredByTheNextRun() throws {
      let jack = try PrivateJack()
      let recorder = try JackRecorder(on: jack)
      let first = try PlayingWeft(on: jack, ["--no-connect"])
      let client = try LibloClient(port: first.port)
      client.call("/patch/create", "osc", "sine")
      client.call("/patch/commit")
      try #require(recorder.connect(to: first.output(1)))
      first.rememberConnections(client)
      #expect(first.end(SIGTERM).status == 0)
      recorder.listen(9_600)
      #expect(loudest(recorder.listen(4_800)) == 0)
      let second = try PlayingWeft(on: jack, port: first.port, ["--no-connect", "--resume"])
      #expect(eventually { loudest(recorder.listen(4_800)) > 0.1 }, "\(second.messages)")
      #expect(second.end(SIGTERM).status == 0)
    }

    /// Without a server means without the one that runs, too.
    @Test func programWithoutServerLeavesARunningServerAlone() throws {
      let jack = try PrivateJack()
      let weft = try PlayingWeft(on: jack, ["--server", "none"])
      let client = try LibloClient(port: weft.port)
      usleep(1_000_000)
      #expect(client.status("host") == "none")
      let ports = try WeftProcess.run(
        ["jack_lsp"], environment: jack.environment, program: URL(fileURLWithPath: "/usr/bin/env"))
      #expect(ports.output.contains("system:") && !ports.output.contains(weft.name), "\(ports.output)")
      #expect(weft.end(SIGTERM).status == 0)
    }

    /// A server that weft has started and somebody kills is started again; it ends with weft as before.
    @Test func privateServerIsStartedAgainAfterItWasKilled() throws {
      let weft = try PlayingWeft(on: PrivateServer(), ["--server", "dummy"])
      let client = try LibloClient(port: weft.port)
      client.call("/patch/create", "osc", "sine")
      client.call("/patch/commit")
      var servers: [pid_t] = []
      for _ in 0..<2 {
        let server = try #require(children(of: weft.identifier, named: "jackd").first, "\(weft.messages)")
        servers.append(server)
        usleep(5_100_000)  // at most one start in five seconds
        kill(server, SIGKILL)
        #expect(eventually { children(of: weft.identifier, named: "jackd").contains { !servers.contains($0) } })
        #expect(eventually { client.status("host") == "JACK" }, "\(weft.messages)")
      }
      #expect(client.status("nodes") == 1 && weft.messages.contains("Starting the private JACK server again"))
      servers += children(of: weft.identifier, named: "jackd")
      #expect(weft.end(SIGTERM).status == 0)
      #expect(servers.count == 3 && eventually { servers.allSatisfy { kill($0, 0) != 0 } })
    }

    /// The processes that a process has started, but for ended ones.
    private func children(of parent: pid_t, named name: String) -> [pid_t] {
      let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
      return processes.compactMap { pid_t($0) }.filter { process in
        guard let stat = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8) else { return false }
        // Number, name in brackets, state, parent.
        let fields = stat.split(separator: ")").last?.split(separator: " ") ?? []
        return stat.contains("(\(name))") && fields.count > 1 && fields[0] != "Z" && fields[1] == "\(parent)"
      }
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
      #expect(eventually { weft.messages.contains("has stopped") }, "it is told")
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
