import CRealtime
import Control
import Foundation
import TestSupport
import Testing

/// All suites that need an audio server, serialised: the number of servers on a machine is limited.
@Suite(.serialized) enum LiveTests {}

extension LiveTests {
  /// A real `weft play`, a real server and a real client, checked by the recorded sound.
  @Suite(.serialized) struct SessionSounds {
    private let jack: PrivateJack
    private let recorder: JackRecorder
    private let weft: PlayingWeft
    private let client: LibloClient

    init() throws {
      jack = try PrivateJack()
      weft = try PlayingWeft(on: jack)
      recorder = try JackRecorder(on: jack)
      client = try LibloClient(port: weft.port)
      try #require(recorder.connect(to: weft.output(1)))
    }

    /// The session in the README.
    private func playTheSession() {
      client.call("/patch/create", "osc1", "sine")
      client.call("/patch/create", "filt1", "biquad")
      client.call("/patch/connect", "osc1", "filt1")
      client.call("/mod/osc1/frequency", 880)
      client.call("/patch/commit")
    }

    @Test func readmeSessionPlays880Hertz() throws {
      #expect(loudest(recorder.listen(4_800)) == 0)
      playTheSession()
      recorder.listen(9_600)
      let sound = recorder.listen(48_000)
      #expect(abs(pitch(of: sound) - 880) < 0.1, "\(pitch(of: sound))")
      #expect(loudest(sound) > 0.1)
      let done = try #require(client.received.last { $0.arguments.first == "/patch/commit" })
      #expect(done.address == "/done" && done.arguments.count == 3 && done.arguments[1] == 1)
      #expect(done.arguments[2].number! < 1_000)
    }

    @Test func editsWhilePlayingDoNotClick() throws {
      playTheSession()
      recorder.listen(9_600)
      let start = recorder.recorded
      // The sine's steepest step, plus those of 5 ms ramps and parameter changes.
      let own = steepest(recorder.listen(9_600))
      for i in 0..<12 {
        client.call("/patch/disconnect", "osc1", "filt1")
        if i % 3 == 0 { client.call("/patch/create", .string("osc\(i + 2)"), "saw", "gain", 0.0) }
        client.call("/patch/commit")
        recorder.listen(1_200)
        client.call("/patch/connect", "osc1", "filt1")
        client.call("/patch/commit")
        recorder.listen(1_200)
      }
      let sound = recorder.sound(from: start)
      #expect(steepest(sound) <= 2 * own + 0.01, "\(steepest(sound)) against \(own)")
      #expect(abs(pitch(of: recorder.listen(24_000)) - 880) < 0.1)
    }

    @Test func savedPatchSoundsTheSameAfterLoading() throws {
      playTheSession()
      let file = FileManager.default.temporaryDirectory.appending(path: "weft-saved-\(getpid()).json")
      defer { try? FileManager.default.removeItem(at: file) }
      #expect(client.call("/patch/save", .string(file.path))?.address == "/done")
      client.call("/patch/clear")
      #expect(client.call("/patch/commit")?.address == "/done")
      recorder.listen(4_800)
      #expect(loudest(recorder.listen(4_800)) == 0)
      #expect(client.call("/patch/load", .string(file.path))?.address == "/done")
      client.call("/patch/commit")
      recorder.listen(9_600)
      #expect(abs(pitch(of: recorder.listen(24_000)) - 880) < 0.1)
      #expect(try WeftProcess.run("check", file.path).status == 0)
      #expect(client.call("/patch/load", "/nowhere/at/all.json")?.address == "/fail")
      #expect(abs(pitch(of: recorder.listen(24_000)) - 880) < 0.1)
    }

    @Test func scoreAndPatchFileSoundFromTheStart() throws {
      #expect(weft.messages.contains("Playing as \(weft.name)"))
      let folder = try ExampleFiles()
      let second = try PlayingWeft(on: jack, [folder.sine, "--score", folder.score])
      let other = try JackRecorder(on: jack)
      try #require(other.connect(to: second.output(1)))
      #expect(eventually { other.heardAt.load(ordering: .acquiring) > 0 })
      #expect(eventually { abs(pitch(of: other.listen(24_000)) - 660) < 0.1 }, "the score sets the frequency")
      #expect(second.messages.contains("Try:"))
      #expect(second.end(SIGTERM).status == 0)
    }

    @Test func sessionSurvivesTheLossOfTheAudioServer() throws {
      playTheSession()
      recorder.listen(9_600)
      weft.rememberConnections(client)
      recorder.close()
      jack.crash()
      #expect(eventually { weft.messages.contains("the audio server has stopped") })
      // Without a server the session continues.
      #expect(client.call("/mod/osc1/frequency", 1_760)?.address == "/done")
      #expect(client.call("/patch/commit")?.address == "/done")
      #expect(client.call("/status")?.arguments.contains("none") == true)
      try jack.start()
      #expect(eventually { weft.messages.contains("is back") }, "\(weft.messages)")
      let again = try JackRecorder(on: jack)
      try #require(again.connect(to: weft.output(1)))
      again.listen(9_600)
      #expect(abs(pitch(of: again.listen(24_000)) - 1_760) < 0.2)
      #expect(client.call("/status")?.arguments.contains("JACK") == true)
      #expect(weft.end(SIGTERM).status == 0)
    }
  }

  /// Start and end of `weft play`.
  @Suite(.serialized) struct StartAndEnd {
    @Test func timeToTheFirstSound() throws {
      let jack = try PrivateJack()
      let folder = try ExampleFiles()
      // Processor time, since other programs share the machine. Each wait has its own limit.
      let times = try (0..<3).map { _ in
        let recorder = try JackRecorder(on: jack)
        let weft = try PlayingWeft(on: jack, [folder.sine])
        try #require(recorder.connect(to: weft.output(1)))
        try #require(eventually { recorder.heardAt.load(ordering: .acquiring) > 0 })
        let seconds = try #require(processorSeconds(of: weft.identifier))
        #expect(weft.end(SIGINT).status == 0)
        return seconds
      }
      #expect(times.min()! < 1.5, "\(times) s of processor time")
    }

    @Test(arguments: [SIGTERM, SIGINT]) func signalEndsPlayCleanly(signal: Int32) throws {
      let jack = try PrivateJack()
      let folder = try ExampleFiles()
      let weft = try PlayingWeft(on: jack, [folder.sine])
      let recorder = try JackRecorder(on: jack)
      try #require(recorder.connect(to: weft.output(1)))
      let playing = recorder.listen(9_600)
      let start = recorder.recorded
      let status = weft.end(signal).status
      #expect(status == 0)
      recorder.listen(4_800)
      #expect(steepest(recorder.sound(from: start)) <= 2 * steepest(playing), "faded, not cut")
      #expect(loudest(recorder.listen(4_800)) == 0)
      #expect(!jack.ports().contains { $0.hasPrefix(weft.name) })
      // The port is free again at once.
      let next = try WeftProcess.run("send", "--osc", "\(weft.port)", "/status")
      #expect(next.status == 1 && next.errors.contains("nothing answers"))
    }

    @Test func privateServerEndsWithPlay() throws {
      let weft = try PlayingWeft(on: nil, ["--server", "dummy"])
      let said = try #require(weft.messages.firstMatch(of: /private JACK server, (weft-[0-9]),/))
      let server = said.output.1
      let weftRuns = { try WeftProcess.run("-f", "jackd.*\(server) ", program: URL(fileURLWithPath: "/usr/bin/pgrep")) }
      #expect(try weftRuns().status == 0)
      #expect(try weft.send("/quit").status == 0)
      #expect(weft.end().status == 0)
      #expect(try weftRuns().status == 1)
    }

    @Test func aPortInUseIsAnError() throws {
      let weft = try PlayingWeft()
      let second = try WeftProcess.run("play", "--server", "none", "--osc", "\(weft.port)")
      #expect(second.status == 1 && second.errors.contains("port \(weft.port) is in use"), "\(second.errors)")
      #expect(weft.end(SIGTERM).status == 0)
    }

    @Test func privateServerStartsWithoutAJackServer() throws {
      let weft = try PlayingWeft(on: nil, ["--server", "auto"])
      #expect(weft.messages.contains("JACK server"))
      #expect(weft.end(SIGTERM).status == 0)
    }

    @Test func playWithoutJackdFailsWithNoAudio() throws {
      let run = try WeftProcess.run(
        ["play", "--server", "dummy", "--osc", "\(try freePort())"], environment: ["PATH": "/nowhere"])
      #expect(run.status == 4 && run.errors.contains("jackd is not installed"), "\(run.errors)")
    }
  }
}
