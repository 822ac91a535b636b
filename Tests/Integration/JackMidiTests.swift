import CRealtimeGuard
import Control
import Engine
import Foundation
import Hosts
import ModuleKit
import Modules
import PatchKit
import TestSupport
import Testing

extension LiveTests {
  /// MIDI through a real port of a real server, judged by the recorded sound.
  @Suite(.serialized) struct JackMidiTests {
    private let jack: PrivateJack
    private let keyboard: JackMidiSender
    private let recorder: JackRecorder
    private let files: ExampleFiles

    init() throws {
      jack = try PrivateJack()
      keyboard = try JackMidiSender(on: jack)
      recorder = try JackRecorder(on: jack)
      files = try ExampleFiles()
      try files.write(
        """
        { "weft": 1, "nodes": { "keys": { "type": "notes" }, "out": { "type": "output" } },
          "cables": [ ["keys/gate", "out/left"] ] }
        """, to: "gate.json")
    }

    /// In this process, where RealtimeSanitizer checks JACK's thread while it receives MIDI and renders.
    @Test func midiInputIsRealTimeSafe() throws {
      #expect(realtimeIsChecked)
      let engine = Engine(sampleRate: 48_000), plans = PlanPublisher(engine: engine, registry: Registry.linked())
      var options = JackHost.Options(), patch = Patch()
      options.server = jack.name
      options.name = "inside"
      try patch.create("keys", type: "notes", in: Registry.linked())
      try patch.create("osc", type: "sine", in: Registry.linked())
      _ = try patch.connect("keys", "osc/frequency", in: Registry.linked())
      try patch.setVoices(8)
      try plans.commit(IdentifiedPatch(patch: patch, serials: ["keys": 1, "osc": 2]), ticket: 1)
      let host = JackHost(engine: engine, options: options)
      try host.open()
      defer { host.close() }
      try #require(eventually { self.keyboard.connect(toPort: "inside:midi_in") })
      let isPlaying = eventually {
        plans.tick()
        return engine.frame > 0 && plans.isSettled
      }
      #expect(isPlaying)
      // Tests that violate the rules on purpose may run in parallel: one undisturbed round is sufficient.
      let isClean = (0..<5).contains { _ in
        let before = weft_guard_violations(), sounding = engine.soundingVoices
        keyboard.send((0..<300).map { (7 * $0, [UInt8(0x90), UInt8($0 % 100), UInt8($0 % 128), 0xf8]) })
        keyboard.send([
          (0, [0xb0, 101, 0, 100, 6, 6, 15, 1, 64, 64, 127]), (9, [0xe1, 3, 4]), (10, [0xd1, 9, 0xc0, 1]),
        ])
        return weft_guard_violations() == before && engine.soundingVoices > sounding
      }
      #expect(isClean)
    }

    @Test func midiInputsAreChosenByNameAndListed() throws {
      let keys = try JackMidiSender(on: jack, isPhysical: true, alias: "alsa_pcm:Big-Keys/midi_capture_1")
      defer { keys.close() }
      let devices = try WeftProcess.run(["devices"], environment: jack.environment)
      #expect(devices.output.contains("Big-Keys"), "\(devices.output)")
      for (choice, isConnected) in [("big keys", true), ("drums", false), ("none", false)] {
        let weft = try PlayingWeft(on: jack, ["--midi-in", choice])
        let text = weft.messages
        #expect(text.contains("MIDI from") == isConnected, "\(choice): \(text)")
        #expect(text.contains("no MIDI input is named drums: there are") == (choice == "drums"), "\(choice): \(text)")
        let ports = try WeftProcess.run(
          ["jack_lsp", "-c", "\(weft.name):midi_in"], environment: jack.environment,
          program: URL(fileURLWithPath: "/usr/bin/env"))
        #expect(ports.output.contains("keyboard") == isConnected, "\(choice): \(ports.output)")
        #expect(weft.end(SIGTERM).status == 0)
      }
    }

    /// End it before the clients of this process: a server that lost it may block them.
    private func weft(_ words: String...) throws -> PlayingWeft {
      let weft = try PlayingWeft(on: jack, words)
      try #require(recorder.connect(to: weft.output(1)))
      try #require(keyboard.connect(to: weft))
      recorder.listen(4_800)
      return weft
    }

    @Test func midiNotesAreSampleAccurate() throws {
      let weft = try weft(files["gate.json"])
      defer { _ = weft.end(SIGTERM) }
      // Anywhere in a period of 256; the last ones by running status.
      let offsets = [0, 1, 255, 256, 1_000, 1_777, 2_303]
      var packets = offsets.enumerated().flatMap { i, offset in
        [
          (frame: 4_000 * i + offset, bytes: [UInt8(0x90), UInt8(60 + i), 100] as [UInt8]),
          (frame: 4_000 * i + offset + 700, bytes: [0x80, UInt8(60 + i), 64]),
        ]
      }
      packets += [(30_001, [0x93, 40, 1]), (30_500, [40, 0]), (31_003, [41, 1, 42, 1]), (32_007, [41, 0, 42, 0])]
      let start = keyboard.send(packets)
      recorder.listen(9_600)
      let sound = recorder.sound(from: recorder.place(of: start))
      let edges = sound.indices.filter { $0 > 0 ? (sound[$0] > 0.5) != (sound[$0 - 1] > 0.5) : sound[$0] > 0.5 }
      let wanted = offsets.enumerated().flatMap { i, offset in [4_000 * i + offset, 4_000 * i + offset + 700] }
      #expect(edges.filter { $0 < 30_600 } == wanted + [30_001, 30_500], "\(edges)")
      // Two keys at once in one voice: the second closes the gate for a frame first.
      #expect(edges.filter { $0 > 30_600 }.first == 31_004 && edges.last == 32_007, "\(edges)")
    }

    @Test func keyboardIsConnectedAutomaticallyAndReleasesItsNotes() throws {
      let played = try JackMidiSender(on: jack, isPhysical: true)
      let playing = try PlayingWeft(on: jack, [files["gate.json"]])
      defer { _ = playing.end(SIGTERM) }
      try #require(recorder.connect(to: playing.output(1)))
      recorder.listen(4_800)
      played.send(0x90, 60, 100)
      #expect(eventually { self.recorder.listen(256).last == 1 })
      played.close()
      #expect(eventually { self.recorder.listen(256).last == 0 })
    }

    @Test func learnedControllerIsSavedAndSetsItsParameterInThePeriod() throws {
      try files.write(
        """
        { "weft": 1, "nodes": { "level": { "type": "constant", "params": { "value": 0.25 } },
            "out": { "type": "output" } }, "cables": [ ["level", "out/left"] ] }
        """, to: "level.json")
      let playing = try weft(files["level.json"])
      let client = try LibloClient(port: playing.port)
      client.call("/notify", "on", "midi")
      #expect(client.call("/midi/learn", "level/value", 0.0, 1.0)?.address == "/done")
      let known = client.received.count
      keyboard.send(0xb4, 16, 20)
      #expect(client.message(from: known) { $0.address == "/notify/midi" }?.arguments == ["level/value", 16, 5, 0])
      keyboard.send(0xb4, 16, 32)
      let start = keyboard.send([(333, [0xb4, 16, 96])])
      recorder.listen(9_600)
      let sound = recorder.sound(from: recorder.place(of: start))
      #expect(sound[332] == sound[0] && sound[334] > sound[332], "\(sound[330...336])")
      #expect(abs(sound[5_000] - 96 / 127) < 1e-3)
      #expect(client.call("/patch/save", .string(files["learned.json"]))?.address == "/done")
      #expect(playing.end(SIGTERM).status == 0)
      #expect(
        String(decoding: try files.read("learned.json"), as: UTF8.self).contains("\"level/value\": { \"channel\": 5"))
      let again = try weft(files["learned.json"])
      defer { _ = again.end(SIGTERM) }
      keyboard.send(0xb4, 16, 97)
      keyboard.send(0xb4, 16, 10)
      recorder.listen(4_800)
      #expect(abs(recorder.listen(480).last! - 10 / 127) < 1e-3)
    }

    @Test func programChangesOfABank() throws {
      for (name, value) in [("a", 0.25), ("b", 0.75)] {
        try files.write(
          """
          { "weft": 1, "nodes": { "level": { "type": "constant", "params": { "value": \(value) } },
              "out": { "type": "output" } }, "cables": [ ["level", "out/left"] ] }
          """, to: "\(name).json")
      }
      let bank = try ExampleFolder(copying: [files["a.json"], files["b.json"]])
      let playing = try weft("--bank", bank.path)
      defer { _ = playing.end(SIGTERM) }
      #expect(abs(recorder.listen(480).last! - 0.25) < 1e-4, "its first plays from the start")
      keyboard.send(0xc0, 1)
      #expect(eventually { abs(self.recorder.listen(480).last! - 0.75) < 1e-3 })
      #expect(eventually { playing.messages.contains("Program: \(bank.path)/b.json") })
      keyboard.send(0xc0, 7)
      #expect(eventually { playing.messages.contains("there is no program 7") })
    }

    @Test func clockModuleFollowsMidiClock() throws {
      try files.write(
        """
        { "weft": 1, "nodes": { "beat": { "type": "clock", "params": { "division": 1, "follow": "midi" } },
            "out": { "type": "output" } }, "cables": [ ["beat/pulse", "out/left"] ] }
        """, to: "clock.json")
      let weft = try weft(files["clock.json"])
      defer { _ = weft.end(SIGTERM) }
      let ticks = (0..<49).map { (frame: 3 + 500 * $0, bytes: [UInt8(0xf8)]) }
      let start = keyboard.send([(0, [0xfa])] + ticks)
      recorder.listen(9_600)
      let sound = recorder.sound(from: recorder.place(of: start))
      let rises = sound.indices.dropFirst().filter { sound[$0] > 0.5 && sound[$0 - 1] < 0.5 }
      #expect(rises == [3, 12_003, 24_003], "\(rises)")
    }
  }
}

/// A folder of its own with copies of files.
private final class ExampleFolder {
  let path: String
  init(copying files: [String]) throws {
    path = FileManager.default.temporaryDirectory.appending(path: "weft-bank-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    for file in files {
      try FileManager.default.copyItem(atPath: file, toPath: path + "/" + URL(fileURLWithPath: file).lastPathComponent)
    }
  }
  deinit { try? FileManager.default.removeItem(atPath: path) }
}
