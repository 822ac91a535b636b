import Foundation
import Hosts
import SoundFiles
import Testing

/// The example program of the library, run as described in the README.
@Suite struct GardenTests {
  private let files: ExampleFiles
  init() throws { files = try ExampleFiles() }

  @Test func gardenExampleIsAudible() throws {
    let program = WeftProcess.program.deletingLastPathComponent().appending(path: "weft-garden")
    let run = try WeftProcess.run([files["garden.wav"]], program: program)
    #expect(run.status == 0 && run.errors.isEmpty, "\(run.errors)")
    #expect(run.output.contains("12.0 s: 37 notes for 32 voices") && run.output.contains("16.0 s: panic"))
    #expect(run.output.contains("32 voices fall"))
    let sound = try Sound(path: files["garden.wav"])
    #expect(sound.rate == 48_000 && sound.channels.count == 2 && sound.channels[0].count == 17 * 48_000)
    for channel in sound.channels {
      #expect(channel.allSatisfy { $0.isFinite })
      #expect((0.2..<1).contains(loudest(channel)), "\(loudest(channel))")
      // Every second is audible until the panic; then silence.
      for second in 0..<16 {
        #expect(loudest(channel[(second * 48_000)..<((second + 1) * 48_000)]) > 0.02, "second \(second)")
      }
      #expect(loudest(channel[(16 * 48_000 + 624)...]) == 0)
      // The panic does not click: no step is larger than the largest of the second before.
      func steps(_ range: Range<Int>) -> Float {
        loudest(zip(channel[range].dropFirst(), channel[range]).map { $0 - $1 })
      }
      #expect(steps(16 * 48_000 - 100..<16 * 48_000 + 1_000) <= steps(15 * 48_000..<16 * 48_000) * 1.1)
    }
    // The cloud has converged to 330 Hz.
    #expect(abs(pitch(of: Array(sound.channels[0][(15 * 48_000 + 4_800)..<(16 * 48_000)])) - 330) < 1)
    let again = try WeftProcess.run([files["again.wav"]], program: program)
    #expect(again.status == 0)
    #expect(try Sound(path: files["again.wav"]).channels == sound.channels, "the same in every run")
  }

  @Test func gardenWithoutAFilePrintsItsUsage() throws {
    let program = WeftProcess.program.deletingLastPathComponent().appending(path: "weft-garden")
    let run = try WeftProcess.run([], program: program)
    #expect(run.status == 1 && run.errors.contains("usage"))
  }
}
