import Control
import Engine
import Foundation
import Hosts
import PatchKit
import SoundFiles
import Testing

/// Each instrument of `Patches/` plays the MIDI file of its name in `Patches/songs/`. A song begins with one note alone.
@Suite struct SongTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  private static let songFolder = root.deletingLastPathComponent().appendingPathComponent("Patches/songs")
  private static let songs: [String] = {
    let files = try? FileManager.default.contentsOfDirectory(atPath: songFolder.path)
    return (files ?? []).filter { $0.hasSuffix(".mid") }.map { String($0.dropLast(4)) }.sorted()
  }()

  private struct Performance {
    var file: MidiFile
    var patch: Patch
    var channels: [[Float]]
    var soundingVoices: Int
    var left: [Float] { channels[0] }
    var middle: [Float] { zip(channels[0], channels[1]).map { ($0 + $1) / 2 } }

    func notes(_ isOn: Bool) -> [(frame: Int, key: Int)] {
      file.events.filter { event in
        let strikes = event.message[0] & 0xf0 == 0x90 && event.message[2] > 0
        return isOn ? strikes : event.message[0] & 0xf0 == 0x80 || event.message[0] & 0xf0 == 0x90 && !strikes
      }.map { (Int($0.seconds * 48_000), Int($0.message[1])) }
    }
    /// Hertz.
    func frequency(_ key: Int) -> Double {
      440 * exp2(patch.tuning.map { Double($0.pitches[key]) } ?? Double(key - 69) / 12)
    }
  }

  private static func play(_ name: String, seconds tail: Double = 4, period: Int = 256) throws -> Performance {
    let patches = root.deletingLastPathComponent().appendingPathComponent("Patches")
    let patch = try PatchFile.read(
      path: patches.appendingPathComponent("\(name).json").path, in: PatchPlayer.registry)
    let file = try MidiFile(path: songFolder.appendingPathComponent("\(name).mid").path)
    let engine = Engine(sampleRate: 48_000), session = Session(engine: engine, registry: PatchPlayer.registry)
    session.setDraft(patch)
    session.perform(OSCMessage("/patch/commit", [0]), from: Requester { _ in })
    var player = MidiPlayer(file, sampleRate: 48_000)
    let sink = MemorySink()
    try OfflineHost(engine: engine, period: period).render(
      frames: Int((file.seconds + tail) * 48_000), into: sink,
      next: { frame in
        session.tick()
        player.perform(before: frame + period, on: session.plans, start: 0)
        return nil
      }, progress: { _ in true })
    #expect(player.isDone && engine.droppedCount == 0)
    return Performance(file: file, patch: patch, channels: sink.channels, soundingVoices: engine.soundingVoices)
  }

  @Test func everyInstrumentHasASong() {
    #expect(
      Self.songs == [
        "bohlen-pierce", "brass", "electric-piano", "floozy", "glide-bass", "organ", "plucked", "poly-lead", "strings",
      ])
  }

  @Test(arguments: songs) func songIsInTune(_ name: String) throws {
    let song = try Self.play(name, seconds: 0.1)
    let first = song.notes(true)[0], end = song.notes(false)[0].frame
    let sound = song.middle[(first.frame + (end - first.frame) / 4)..<end]
    let wanted = song.frequency(first.key)
    let best = (-60...60).map { Double($0) }.max {
      harmonics(of: wanted * exp2($0 / 1_200), in: sound) < harmonics(of: wanted * exp2($1 / 1_200), in: sound)
    }!
    #expect(abs(best) <= 6, "\(best) cents off")
  }

  /// The amplitudes of the first partials, summed.
  private func harmonics(of hertz: Double, in x: ArraySlice<Float>) -> Double {
    (1...6).reduce(0) { $0 + partial(hertz * Double($1), in: x) }
  }

  private func partial(_ hertz: Double, in x: ArraySlice<Float>) -> Double {
    // A rotating phasor: one complex multiplication per sample.
    let step = 2 * Double.pi * hertz / 48_000, (turnRe, turnIm) = (cos(step), sin(step))
    var re = 0.0, im = 0.0, c = 1.0, s = 0.0
    let fade = Double(x.count) / 2
    for (i, value) in x.enumerated() {
      let window = 1 - abs(Double(i) - fade) / fade
      re += window * Double(value) * c
      im += window * Double(value) * s
      (c, s) = (c * turnRe - s * turnIm, c * turnIm + s * turnRe)
    }
    return 2 * (re * re + im * im).squareRoot() / fade
  }

  @Test(arguments: songs) func songLevelAndFinalSilence(_ name: String) throws {
    let song = try Self.play(name)
    let end = song.notes(false).last!.frame
    for channel in song.channels {
      #expect(channel.allSatisfy { $0.isFinite })
      #expect((0.1..<0.95).contains(loudest(channel)), "peak \(loudest(channel))")
      let power = channel[..<end].reduce(0.0) { $0 + Double($1 * $1) } / Double(end)
      #expect((-32 ... -12).contains(10 * log10(power)), "RMS \(10 * log10(power)) dBFS")
      #expect(loudest(channel.suffix(12_000)) < 0.000_1, "tail \(loudest(channel.suffix(12_000)))")
    }
    #expect(song.soundingVoices == 0)
    for note in song.notes(true) {
      #expect(loudest(song.left[note.frame..<note.frame + 9_600]) > 0.006, "key \(note.key) at \(note.frame)")
    }
  }

  /// The end of a note does not click: the second difference of the signal there is as before, except for the corner of
  /// an envelope's release. A step of 0.05 would make 0.3.
  @Test(arguments: songs) func noteEndsDoNotClick(_ name: String) throws {
    let song = try Self.play(name, seconds: 1)
    let starts = song.notes(true).map(\.frame)
    for channel in song.channels {
      func bend(_ range: Range<Int>) -> Float {
        range.reduce(0) {
          max($0, abs(channel[$1] - 4 * channel[$1 - 1] + 6 * channel[$1 - 2] - 4 * channel[$1 - 3] + channel[$1 - 4]))
        }
      }
      for end in song.notes(false).map(\.frame) where !starts.contains(where: { ($0 - end).magnitude < 2_400 }) {
        let before = bend(end - 4_800..<end), after = bend(end..<end + 1_200)
        #expect(after <= before * 1.5 + 0.002, "at \(end): \(after) after \(before)")
      }
    }
  }

  @Test(arguments: ["strings", "glide-bass", "poly-lead"]) func songIsIndependentOfThePeriod(_ name: String) throws {
    let one = try Self.play(name, seconds: 0.1), other = try Self.play(name, seconds: 0.1, period: 1_000)
    for (a, b) in zip(one.channels, other.channels) { #expect(loudest(zip(a, b).map { $0 - $1 }) < 1e-5) }
  }

  /// A tied bass note glides from the previous one in 70 ms.
  @Test func bassGlidesBetweenTiedNotes() throws {
    let song = try Self.play("glide-bass", seconds: 0.1), notes = song.notes(true)
    let tied = notes.firstIndex { $0.key == 43 }!
    #expect(notes[tied - 1].key == 45)
    func loudestKey(_ range: Range<Int>) -> Double {
      let keys = stride(from: 42.0, through: 46, by: 0.1)
      return keys.max {
        harmonics(of: 440 * exp2(($0 - 69) / 12), in: song.middle[range])
          < harmonics(of: 440 * exp2(($1 - 69) / 12), in: song.middle[range])
      }!
    }
    let at = notes[tied].frame
    #expect(abs(loudestKey(at - 4_800..<at) - 45) < 0.4)
    #expect((43.3...44.7).contains(loudestKey(at + 400..<at + 3_000)))
    #expect(abs(loudestKey(at + 4_800..<at + 12_000) - 43) < 0.3)
  }

  /// MPE: of three held notes, only the one on its own member channel is bent.
  @Test func mpeBendsOneNoteOfThree() throws {
    let song = try Self.play("poly-lead", seconds: 0.1)
    // The chord of beats 2 to 5.8 at 100 beats a minute; the bend starts on beat 3 and lasts one beat.
    let before = song.left[62_400..<81_600], after = song.left[124_800..<163_200]
    func level(_ key: Double, in x: ArraySlice<Float>) -> Double { partial(440 * exp2((key - 69) / 12), in: x) }
    for key in [57.0, 60] { #expect(level(key, in: before) > 0.004 && level(key, in: after) > 0.004, "\(key)") }
    #expect(level(64, in: before) > 0.004 && level(66, in: before) < 0.001_3)
    #expect(level(66, in: after) > 0.004 && level(64, in: after) < 0.001_3)
  }
}

/// A sink that stores the rendered channels in memory.
private final class MemorySink: SoundSink {
  private(set) var channels: [[Float]] = [[], []]

  func write(_ samples: UnsafePointer<Float>, frames: Int) throws(PatchError) {
    for i in 0..<frames {
      channels[0].append(samples[2 * i])
      channels[1].append(samples[2 * i + 1])
    }
  }
  func finish() throws(PatchError) {}
}
