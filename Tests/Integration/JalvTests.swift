import Foundation
import Hosts
import SoundFiles
import TestSupport
import Testing

extension LiveTests {
  /// Plug-ins in jalv on a real server, judged by the recorded sound.
  @Suite(.serialized, .enabled(if: access("/usr/bin/jalv", X_OK) == 0, "jalv is not installed")) struct JalvTests {
    private let jack: PrivateJack
    private let keyboard: JackMidiSender
    private let recorder: JackRecorder
    private let files: ExampleFiles

    init() throws {
      jack = try PrivateJack()
      keyboard = try JackMidiSender(on: jack)
      recorder = try JackRecorder(on: jack)
      files = try ExampleFiles()
      try FileManager.default.createDirectory(atPath: files["plugins"], withIntermediateDirectories: false)
    }

    /// Exports a patch, and plays it in jalv until the body ends.
    private func play(_ patch: String, _ words: [String], _ output: String, _ body: () throws -> Void) throws {
      let export = try WeftProcess.run(["export", patch, "-o", files["plugins/test.lv2"], "--uri", "urn:weft:test"])
      try #require(export.status == 0, "\(export.errors)")
      let process = Process(), input = Pipe()
      process.executableURL = URL(fileURLWithPath: "/usr/bin/jalv")
      process.arguments = ["-x", "-n", "plugin"] + words + ["urn:weft:test"]
      process.environment = ProcessInfo.processInfo.environment.merging(jack.environment) { $1 }
        .merging(["LV2_PATH": files["plugins"] + ":/usr/lib/lv2", "HOME": files["."]]) { $1 }
      (process.standardInput, process.standardOutput) = (input, FileHandle.nullDevice)
      process.standardError = FileHandle.nullDevice
      try process.run()
      defer {
        // It waits for a line in spite of the signal.
        try? input.fileHandleForWriting.close()
        process.terminate()
        if !eventually(within: 10, { !process.isRunning }) { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
      }
      try #require(recorder.connect(to: "plugin:\(output)"))
      try #require(eventually { self.keyboard.connect(toPort: "plugin:midi_in") })
      recorder.listen(9_600)
      try body()
    }

    @Test func midiNotesOfAHostAreSampleAccurate() throws {
      let patch = try files.write(
        """
        { "weft": 1, "nodes": { "keys": { "type": "notes" }, "out": { "type": "output" } },
          "cables": [ ["keys/gate", "out/left"] ] }
        """, to: "gate.json")
      try play(patch, [], "audio_out") {
        // Anywhere in a period of 256.
        let offsets = [0, 1, 255, 256, 1_000, 1_777]
        let wanted = offsets.enumerated().flatMap { i, offset in [4_000 * i + offset, 4_000 * i + offset + 700] }
        let packets = wanted.enumerated().map { i, frame in
          (frame: frame, bytes: [i % 2 == 0 ? 0x90 : 0x80, UInt8(60 + i / 2), 100] as [UInt8])
        }
        let start = keyboard.send(packets)
        recorder.listen(9_600)
        let sound = recorder.sound(from: recorder.place(of: start))
        let edges = sound.indices.filter { $0 > 0 ? (sound[$0] > 0.5) != (sound[$0 - 1] > 0.5) : sound[$0] > 0.5 }
        #expect(edges == wanted, "\(edges)")
      }
    }

    /// Without its noise, which runs before the note, every note of `floozy` is the same.
    @Test func floozyInAHostIsThatOfARender() throws {
      let count = 24_000
      try files.write("0 /macro/noiseLevel 0\n0.5 /note/on 57 1\n0.9 /note/off 57\n", to: "notes.score")
      let render = try WeftProcess.run(
        ["render", "floozy", "-q", "-o", files["a.wav"], "--score", files["notes.score"], "--seconds", "1.1"])
      try #require(render.status == 0, "\(render.errors)")
      let expected = Array(try Sound(path: files["a.wav"]).channels[0][24_000...].prefix(count))
      #expect(loudest(expected) > 0.05)
      try play("floozy", ["-c", "noiseLevel=0"], "audio_out") {
        recorder.listen(9_600)
        let start = keyboard.send([(77, [0x90, 57, 127]), (77 + 19_200, [0x80, 57, 0])])
        recorder.listen(count)
        let sound = Array(recorder.sound(from: recorder.place(of: start) + 77).prefix(count))
        let first = sound.firstIndex { $0 != 0 }, wanted = expected.firstIndex { $0 != 0 }
        #expect(first == wanted, "\(first ?? -1) instead of \(wanted ?? -1)")
        let difference = loudest(zip(sound, expected).map { $0 - $1 })
        print("floozy in jalv: greatest difference \(difference)")
        #expect(difference <= 1e-4)
      }
    }
  }
}
