import Foundation
import Hosts
import PatchKit
import SoundFiles
import TestSupport
import Testing

@Suite struct SoundCardTests {
  private let folder = FileManager.default.temporaryDirectory.appending(path: "weft-asound-\(UUID().uuidString)")

  init() throws {
    try FileManager.default.createDirectory(at: folder.appending(path: "card2"), withIntermediateDirectories: true)
    try write(
      "cards",
      """
       0 [HDMI           ]: HDA-Intel - HDA ATI HDMI
                            HDA ATI HDMI at 0xf7e60000 irq 32
       1 [PCH            ]: HDA-Intel - HDA Intel PCH
                            HDA Intel PCH at 0xf7e10000 irq 31
       2 [Keys           ]: USB-Audio - Big - Keys
                            Maker Big Keys at usb-1, full speed

      """)
    try write(
      "pcm",
      """
      00-03: HDMI 0 : HDMI 0 : playback 1
      01-00: ALC892 Analog : ALC892 Analog : playback 1 : capture 1
      01-01: ALC892 Digital : ALC892 Digital : playback 1
      01-02: ALC892 Alt Analog : ALC892 Alt Analog : capture 1

      """)
    try write("card2/midi0", "Big Keys\n\nOutput 0\n  Tx bytes     : 0\nInput 0\n  Rx bytes     : 0\n")
  }

  private func write(_ name: String, _ text: String) throws {
    try Data(text.utf8).write(to: folder.appending(path: name))
  }

  @Test func soundCardsAreListedWithHDMILast() {
    let cards = SoundCard.all(in: folder.path)
    #expect(cards.map(\.name) == ["hw:PCH", "hw:PCH,1", "hw:HDMI,3"])
    #expect(
      cards.map(\.title) == [
        "HDA Intel PCH: ALC892 Analog", "HDA Intel PCH: ALC892 Digital", "HDA ATI HDMI: HDMI 0",
      ])
    #expect(cards.map(\.records) == [true, false, false])
    #expect(SoundCard.all(in: folder.path + "/none").isEmpty)
    #expect(SoundCard.midiInputs(in: folder.path) == ["Big Keys"])
  }

  @Test func soundCardIsFoundByNameNumberOrPartOfItsTitle() throws {
    let cards = SoundCard.all(in: folder.path)
    for (name, found) in [("PCH", "hw:PCH"), ("hw:pch,1", "hw:PCH,1"), ("3", "hw:HDMI,3"), ("digital", "hw:PCH,1")] {
      #expect(try SoundCard.named(name, among: cards).name == found)
    }
    for name in ["alc892", "usb", "4"] {
      let error = #expect(throws: PatchError.self) { try SoundCard.named(name, among: cards) }
      #expect(error?.message.contains("PCH") == true, "\(error?.message ?? "")")
    }
  }

  @Test func soundCardInUseNamesTheProgramThatUsesIt() throws {
    let status = folder.appending(path: "card1/pcm0p/sub0")
    try FileManager.default.createDirectory(at: status, withIntermediateDirectories: true)
    try write("card1/pcm0p/sub0/status", "state: RUNNING\nowner_pid   : \(getpid())\ntrigger_time: 1.0\n")
    let cards = SoundCard.all(in: folder.path)
    let obstacle = cards[0].obstacle(in: folder.path, nodes: folder.path)
    #expect(obstacle?.contains("process \(getpid())") == true && obstacle?.contains("--device") == true)
    #expect(cards[1].obstacle(in: folder.path, nodes: folder.path) == nil)
  }

  /// A server program that fails on every card but one, and writes down what it was asked for.
  private func server(on card: String) throws -> String {
    let script = """
      #!/bin/sh
      echo "$@" >> \(folder.path)/asked
      name=$3
      case "$*" in
        *"alsa -d \(card) -X"*) exit 1;;
        *"alsa -d \(card) "*|*"-d dummy"*) exec jackd -r -n $name -d dummy -r 48000 -p 256;;
        *) exit 1;;
      esac
      """
    let program = folder.appending(path: "server")
    try Data(script.utf8).write(to: program)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program.path)
    return program.path
  }

  @Test func everySoundCardIsTriedWithHDMILast() throws {
    try withNoDefaultServer {
      let program = try server(on: "hw:HDMI,3")
      let found = try AudioServer(.auto, lists: folder.path, program: program)
      defer { found.stop() }
      #expect(found.summary.contains("HDMI,3") && found.summary.contains(found.name!) && !found.isSilent)
      #expect(found.refused.map { String($0.prefix { $0 != " " }) } == ["PCH", "PCH,1"])
      let asked = try String(contentsOf: folder.appending(path: "asked"), encoding: .utf8)
      let cards = asked.split(separator: "\n").compactMap { line in
        line.split(separator: " ").first { $0.hasPrefix("hw:") }.map(String.init)
      }
      #expect(cards == cards.sorted { $0.contains("PCH") && !$1.contains("PCH") || $0 < $1 && !$0.contains("HDMI") })
      #expect(Set(cards) == ["hw:PCH", "hw:PCH,1", "hw:HDMI,3"])
    }
  }

  @Test func withoutASoundCardTheServerIsSilentAndSaysSo() throws {
    try withNoDefaultServer {
      let program = try server(on: "none")
      let silent = try AudioServer(.auto, lists: folder.path, program: program)
      #expect(silent.isSilent && silent.refused.count == 3, "\(silent.refused)")
      silent.stop()
      let refused = #expect(throws: PatchError.self) {
        try AudioServer(.auto, device: "digital", lists: folder.path, program: program)
      }
      #expect(refused?.message.contains("PCH,1") == true, "\(refused?.message ?? "")")
      let missing = #expect(throws: PatchError.self) {
        try AudioServer(.auto, lists: folder.path, program: folder.path + "/no-jackd")
      }
      #expect(missing?.message.contains("jackd2") == true && missing?.message.contains("--server none") == true)
    }
  }

  /// A default server of the machine would be used.
  private func withNoDefaultServer(_ body: () throws -> Void) throws {
    let turn = JackTurn()
    defer { withExtendedLifetime(turn) {} }
    guard try !AudioServer.isRunning() else { return }
    try body()
  }

  @Test func midiInputIsChosenByAnyOfItsNames() {
    let names = ["system:midi_capture_2", "alsa_pcm:Big-Keys/midi_capture_1"]
    for text in ["big keys", "Big-Keys", "capture_2", nil] { #expect(MidiChoice(text).accepts(names), "\(text ?? "")") }
    for text in ["none", "None", "drums"] { #expect(!MidiChoice(text).accepts(names), "\(text)") }
  }

  @Test func loudnessOfASineIsThatOfTheStandard() {
    // EBU Tech 3341, case 1: 1 kHz at -23 dBFS in both channels is -23 LUFS.
    for rate in [44_100.0, 48_000, 96_000] {
      let frames = Int(rate) * 5, amplitude = pow(10, -23.0 / 20)
      let tone = (0..<frames).flatMap { i -> [Float] in
        let x = Float(amplitude * sin(2 * .pi * 1_000 * Double(i) / rate))
        return [x, x]
      }
      var meter = LoudnessMeter(channels: 2, rate: rate)
      meter.add(tone, frames: frames)
      #expect(abs((meter.loudness ?? 0) + 23) < 0.1, "\(meter.loudness ?? 0) at \(rate)")
    }
    var silence = LoudnessMeter(channels: 1, rate: 48_000)
    silence.add([Float](repeating: 0, count: 48_000), frames: 48_000)
    #expect(silence.loudness == nil)
  }
}
