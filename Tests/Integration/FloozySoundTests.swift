import Foundation
import Hosts
import SoundFiles
import TestSupport
import Testing

/// `floozy` played by a MIDI file, judged by its spectrogram.
@Suite struct FloozySoundTests {
  /// Frames of an analysis: 0.68 s.
  private static let frames = 32_768

  /// Two notes of a second, 220 and 329.63 Hz, at 0.25 and 2.5 s; the room and the pipes ring between and after them.
  @Test func spectrogramHasThePartialsOfEachNoteAndItsDecay() throws {
    let files = try ExampleFiles()
    let song = MidiBytes.file(
      format: 0, ticksPerBeat: 1_000,
      [
        MidiBytes.track([
          (500, [0x90, 57, 100]), (2_000, [0x80, 57, 0]), (2_500, [0x90, 64, 100]), (2_000, [0x80, 64, 0]),
        ])
      ])
    try Data(song).write(to: URL(fileURLWithPath: files["song.mid"]))
    let run = try WeftProcess.run(["render", "floozy", "-q", "-o", files["a.wav"], "--midi", files["song.mid"]])
    try #require(run.status == 0, "\(run.errors)")
    let sound = try Sound(path: files["a.wav"]).channels[0]
    #expect(loudest(sound[..<12_000]) == 0, "silence before the first note")

    func spectrum(_ seconds: Double) -> PowerSpectrum {
      let start = Int(seconds * 48_000)
      return PowerSpectrum(sound[start..<(start + Self.frames)])
    }
    let first = spectrum(0.5), decay = spectrum(1.6), second = spectrum(2.6)
    for (spectrum, pitch, other) in [(first, 220.0, 329.63), (second, 329.63, 220.0)] {
      let all = spectrum.power(from: 20, to: 24_000)
      let partials = (1...40).map { Double($0) * pitch }.reduce(0) { $0 + spectrum.power(from: $1 - 12, to: $1 + 12) }
      // Noise is a part of the source.
      #expect(partials > 0.95 * all, "\(pitch) Hz: \(partials / all) of the power")
      #expect(spectrum.level(at: pitch) - spectrum.level(at: other) > 20, "the other note")
      // A reed on a square wave: odd partials, each weaker than the one before.
      let levels = (1...5).map { spectrum.level(at: Double($0) * pitch) }
      #expect(levels[0] > levels[2] && levels[2] > levels[4], "\(levels)")
      #expect(min(levels[0], levels[2]) - max(levels[1], levels[3]) > 10, "\(levels)")
    }
    // The tail: the pitch of the note, 20 dB and more below it, and then nothing.
    #expect(decay.level(at: 220) < first.level(at: 220) - 20, "\(decay.level(at: 220)), \(first.level(at: 220))")
    #expect(decay.level(at: 220) > decay.level(at: 329.63) + 20)
    #expect(loudest(sound[(5 * 48_000)...]) < 1e-4)
  }
}
