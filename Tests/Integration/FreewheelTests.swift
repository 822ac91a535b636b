import CJack
import Control
import Foundation
import Hosts
import SoundFiles
import TestSupport
import Testing

extension LiveTests {
  /// JACK freewheeling renders the same samples as offline; and JACK transport.
  @Suite(.serialized) struct FreewheelTests {
    private static let patch = """
      { "weft": 1, "voices": 4, "nodes": {
          "keys": { "type": "notes" }, "osc": { "type": "saw" }, "filt": { "type": "biquad", "params": { "cutoff": 800 } },
          "env": { "type": "adsr" }, "vca": { "type": "gain" }, "out": { "type": "output" } },
        "cables": [["keys/pitch", "osc/frequency"], ["keys/gate", "env/gate"], ["osc", "filt"], ["filt", "vca"],
          ["env", "vca/gain"], ["vca", "out/left", 0.2], ["vca", "out/right", 0.2]] }
      """
    /// Notes, an automation, an edit, a ring-out, a command at a beat. The score loads the patch, so that its
    /// oscillators start with it; the first seconds leave time to start freewheeling.
    private static func score(_ recording: String, _ patch: String) -> String {
      """
      12.0    /patch/load \(patch)
      12.0    /patch/commit 0
      12.1    /record/start \(recording)
      12.1    /clock 120 4
      12.1    /clock/start
      12.2    /note/on 45 0.8
      12.3    /lane/filt/cutoff 3000 0.5 300 0.5 smooth 2000 0.4
      12.45   /note/on 52 0.7
      12.6    /patch/create echo delay time 0.2 feedback 0.4 mix 0.5
      12.6    /patch/connect vca echo
      12.6    /patch/connect echo out/left 0.2
      12.6    /patch/commit
      13.0123 /mod/filt/q 3.0
      13.3    /note/off 45
      13.4    /note/alloff
      13.5    /at bar /mod/filt/cutoff 5000
      14.4    /patch/delete echo ring
      14.4    /patch/commit 20
      15.1    /record/stop
      """
    }

    @Test func freewheelingEqualsOfflineRendering() throws {
      let folder = FileManager.default.temporaryDirectory.appending(path: "weft-freewheel-\(getpid())")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(at: folder) }
      func path(_ name: String) -> String { folder.appending(path: name).path }
      try Data(Self.patch.utf8).write(to: URL(fileURLWithPath: path("p.json")))
      for name in ["jack", "offline"] {
        try Data(Self.score(path(name + ".wav"), path("p.json")).utf8).write(
          to: URL(fileURLWithPath: path(name + ".score")))
      }
      try Data(#"{ "weft": 1, "voices": 1, "nodes": {}, "cables": [] }"#.utf8).write(
        to: URL(fileURLWithPath: path("empty.json")))
      let offline = try WeftProcess.run(
        "render", path("empty.json"), "--score", path("offline.score"), "-o", path("whole.wav"), "--seconds", "15.5",
        "--root", "/")
      #expect(offline.status == 0, "\(offline.errors)")

      let jack = try PrivateJack()
      var status = jack_status_t(0)
      let client = try #require(cjack_open("wheel", jack.name, &status))
      defer { jack_client_close(client) }
      jack_activate(client)
      let weft = try PlayingWeft(on: jack, ["--score", path("jack.score"), "--no-connect"])
      #expect(jack_set_freewheel(client, 1) == 0)
      #expect(eventually { FileManager.default.fileExists(atPath: path("jack.wav")) }, "\(weft.messages)")
      #expect(jack_set_freewheel(client, 0) == 0)
      #expect(weft.end(SIGTERM).status == 0)

      let a = try Sound(path: path("offline.wav")), b = try Sound(path: path("jack.wav"))
      let frames = min(a.frames, b.frames)
      #expect(frames > 140_000, "\(a.frames) and \(b.frames) frames")
      var worst: Float = 0
      for channel in 0..<2 {
        for i in 0..<frames { worst = max(worst, (a.channels[channel][i] - b.channels[channel][i]).magnitude) }
      }
      #expect(loudest(a.channels[0]) > 0.01)
      #expect(worst <= 1e-6, "they differ by \(worst)")
      print("offline and JACK in freewheel: \(frames) frames, greatest difference \(worst)")
    }

    @Test func clockFollowsTheJackTransport() throws {
      let jack = try PrivateJack()
      var status = jack_status_t(0)
      let client = try #require(cjack_open("starter", jack.name, &status))
      defer { jack_client_close(client) }
      jack_activate(client)
      let weft = try PlayingWeft(on: jack)
      _ = try weft.send("/clock", "240", "4")
      #expect(try weft.send("/clock/source", "host").status == 0)
      #expect(try weft.send("/clock").output.hasSuffix("host 0\n"))
      let osc = try LibloClient(port: weft.port), recorder = try JackRecorder(on: jack)
      #expect(recorder.connect(to: weft.output(1)))
      osc.call("/patch/create", "osc", "sine", "gain", 0)
      osc.call("/patch/commit")
      #expect(osc.call("/at", "bar", 2, "/mod/osc/gain", 1.0)?.address == "/done")
      usleep(300_000)
      #expect(try weft.send("/mod/osc/gain").output.hasSuffix(" 0.0\n"))
      jack_transport_locate(client, 0)
      jack_transport_start(client)
      // A bar lasts a second.
      #expect(eventually { (try? weft.send("/mod/osc/gain").output.hasSuffix(" 1.0\n")) == true })
      #expect(try weft.send("/clock").output.hasSuffix("host 1\n"))
      // It is audible from exactly that frame on.
      recorder.listen(4_800)
      let bar = recorder.place(of: recorder.transportZero.load(ordering: .relaxed) + 48_000)
      let onset = recorder.sound(from: 0).firstIndex { $0 != 0 }
      #expect(onset.map { (bar...bar + 1).contains($0) } == true, "heard at \(onset ?? -1), the bar is at \(bar)")
      jack_transport_stop(client)
      #expect(weft.end(SIGTERM).status == 0)
    }
  }
}
