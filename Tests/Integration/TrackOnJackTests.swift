import CJack
import Foundation
import SoundFiles
import TestSupport
import Testing

extension LiveTests {
  /// Tracks on a real audio server: freewheeling, and its transport.
  @Suite(.serialized) struct TrackOnJackTests {
    /// A step for each level of a tone; the first frame of a step is exact without a crossfade.
    private static func track(_ steps: [(seconds: Double, level: Double)], crossfade: Double) -> String {
      let voice = "\"synth_function_name\": \"binaural_beat\", \"params\": {\"baseFreq\": 220, \"beatFreq\": 7, "
      let list = steps.map {
        "{\"duration\": \($0.seconds), \"voices\": [{\(voice)\"ampL\": \($0.level), \"ampR\": \($0.level)}}, "
          + "{\"synth_function_name\": \"isochronic_tone_transition\", \"params\": {\"startBaseFreq\": 300, "
          + "\"endBaseFreq\": 400, \"ampL\": \($0.level), \"ampR\": \($0.level)}}]}"
      }
      return "{\"global_settings\": {\"sample_rate\": 48000, \"crossfade_duration\": \(crossfade)}, \"steps\": ["
        + "\(list.joined(separator: ", "))]}"
    }

    private static func client(of jack: PrivateJack) throws -> OpaquePointer {
      var status = jack_status_t(0)
      let client = try #require(cjack_open("starter", jack.name, &status))
      jack_activate(client)
      return client
    }

    @Test func freewheelingTrackEqualsOfflineRendering() throws {
      let folder = FileManager.default.temporaryDirectory.appending(path: "weft-track-\(getpid())")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(at: folder) }
      func path(_ name: String) -> String { folder.appending(path: name).path }
      func write(_ text: String, _ name: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path(name)))
      }
      let text = Self.track([(1.5, 0.2), (1, 0.1), (1.2, 0.2)], crossfade: 0.4)
      try write(text, "t.json")
      try write(#"{ "weft": 1, "voices": 1, "nodes": {}, "cables": [] }"#, "empty.json")
      // The first seconds leave time to load the track, and to start freewheeling.
      try write(
        """
        14.9 /record/start \(path("jack.wav"))
        15.0 /track/play
        19.0 /record/stop
        """, "jack.score")
      let offline = try WeftProcess.run("render", path("t.json"), "-o", path("offline.wav"))
      #expect(offline.status == 0, "\(offline.errors)")

      let jack = try PrivateJack(), client = try Self.client(of: jack)
      defer { jack_client_close(client) }
      let weft = try PlayingWeft(on: jack, [path("empty.json"), "--score", path("jack.score"), "--no-connect"])
      #expect(try LibloClient(port: weft.port).call("/track/load", .string(text))?.address == "/done")
      #expect(jack_set_freewheel(client, 1) == 0)
      #expect(eventually { FileManager.default.fileExists(atPath: path("jack.wav")) }, "\(weft.messages)")
      #expect(jack_set_freewheel(client, 0) == 0)
      #expect(weft.end(SIGTERM).status == 0)

      let wanted = try Sound(path: path("offline.wav")).channels, heard = try Sound(path: path("jack.wav")).channels
      let start = try #require(heard[0].firstIndex { $0 != 0 }), first = try #require(wanted[0].firstIndex { $0 != 0 })
      let frames = wanted[0].count - first
      #expect(frames > 130_000 && heard[0].count >= start + frames, "\(heard[0].count) frames, from \(start)")
      var worst: Float = 0
      for side in 0..<2 {
        for i in 0..<min(frames, heard[side].count - start) {
          worst = max(worst, (heard[side][start + i] - wanted[side][first + i]).magnitude)
        }
      }
      #expect(loudest(wanted[0]) > 0.1)
      #expect(worst <= 1e-6, "they differ by \(worst)")
      print("track offline and JACK in freewheel: \(frames) frames, greatest difference \(worst)")
    }

    /// Started, located and stopped by another client; a step begins at exactly the transport's frame.
    @Test func trackFollowsTheJackTransport() throws {
      let jack = try PrivateJack(), client = try Self.client(of: jack)
      defer { jack_client_close(client) }
      let weft = try PlayingWeft(on: jack)
      let osc = try LibloClient(port: weft.port), recorder = try JackRecorder(on: jack)
      #expect(recorder.connect(to: weft.output(1)))
      func status(_ name: String) -> String {
        let words = (try? weft.send("/track/status").output.split { $0 == " " || $0 == "\n" }.map(String.init)) ?? []
        return words.firstIndex(of: name).map { words[$0 + 1] } ?? ""
      }
      func elapsed() -> Double { Double(status("elapsed")) ?? -1 }
      let text = Self.track([(4, 0), (60, 0.2)], crossfade: 0)
      #expect(osc.call("/track/load", .string(text))?.address == "/done")
      #expect(osc.call("/track/transport", 1)?.address == "/done")
      usleep(200_000)
      #expect(status("state") == "stopped" && recorder.sound(from: 0).allSatisfy { $0 == 0 })

      jack_transport_locate(client, 24_000)
      jack_transport_start(client)
      #expect(eventually { status("state") == "playing" })
      #expect(eventually { recorder.sound(from: 0).contains { $0 != 0 } })
      let step = recorder.place(of: recorder.transportZero.load(ordering: .relaxed) + 4 * 48_000)
      let onset = recorder.sound(from: 0).firstIndex { $0 != 0 }
      #expect(onset.map { (step...step + 1).contains($0) } == true, "heard at \(onset ?? -1), the step is at \(step)")
      func off() -> Double {
        // Its time is asked for after the transport's: it may be later, by the time of the request.
        let before = Double(jack_get_current_transport_frame(client)) / 48_000
        return elapsed() - before
      }
      #expect((-0.1...5).contains(off()), "\(off())")

      jack_transport_locate(client, 40 * 48_000)
      #expect(eventually { elapsed() > 39.9 }, "\(elapsed())")
      #expect((-0.1...5).contains(off()), "\(off())")
      jack_transport_stop(client)
      #expect(eventually { status("state") == "paused" })
      let silence = recorder.recorded + 9_600
      #expect(eventually { recorder.recorded > silence + 4_800 })
      #expect(recorder.sound(from: silence).allSatisfy { $0 == 0 })
      // Back to its start, while it is stopped.
      jack_transport_locate(client, 0)
      jack_transport_start(client)
      #expect(eventually { status("state") == "playing" && (0..<30).contains(elapsed()) })
      jack_transport_stop(client)
      #expect(weft.end(SIGTERM).status == 0)
    }
  }
}
