import Foundation
import PatchKit
import SoundFiles
import TestSupport
import Testing
import Tracks

/// Compilation of tracks: cuts, plans, sizes; the export.
@Suite struct TrackCompilerTests {
  @Test func compileTimeOfATrackIsLinear() {
    func seconds(_ steps: Int) -> Double {
      var track = Track()
      for i in 0..<steps {
        var step = TrackStep(duration: 10, number: i + 1)
        step.voices = (0..<4).map { TrackVoice("binaural_beat", params: ["beatFreq": .number(Double(i % 7 + $0))]) }
        track.steps.append(step)
      }
      let start = Date()
      #expect(TrackCompiler(track, rate: 48_000).score().steps.count == steps)
      return -start.timeIntervalSinceNow
    }
    _ = seconds(10)
    let few = min(seconds(1_000), seconds(1_000)), many = seconds(4_000)
    #expect(many < 10 * few + 0.5, "\(few) s for 1000 steps, \(many) s for 4000")
  }

  /// Four times the steps: four times the nodes, cables and settings, and no more.
  @Test func sizeOfAScoreIsLinear() {
    func score(_ steps: Int) -> TrackScore {
      var track = Track()
      for i in 0..<steps {
        var step = TrackStep(duration: 3_600, number: i + 1)
        step.voices = [TrackVoice("binaural_beat"), TrackVoice("isochronic_tone", isTransition: true)]
        track.steps.append(step)
      }
      return TrackCompiler(track, rate: 48_000).score()
    }
    let few = score(50), many = score(200)
    for count in [\TrackScore.nodes.count, \TrackScore.cables.count, \TrackScore.settings.count] {
      #expect((3.8...4.2).contains(Double(many[keyPath: count]) / Double(few[keyPath: count])))
    }
  }

  /// A score that is cut has the levels of the whole.
  @Test func cutTrackContinuesItsFades() throws {
    let track = try TrackFile.read(path: golden + "/tracks/track_volume_envelopes.json").track
    let score = try TrackRig.compiler(track).score()
    let whole = try TrackRig.render(score)
    for frame in [100, 1_000, 3_000, 3_150, 5_000] {
      let part = try TrackRig.render(score.cut(from: frame))
      #expect(part[0].count == whole[0].count - frame)
      let loud = { (sound: ArraySlice<Float>) in sound.map(\.magnitude).max() ?? 0 }
      for start in stride(from: 0, to: part[0].count - 400, by: 400) {
        let difference = loud(part[0][start..<start + 400]) - loud(whole[0][(frame + start)..<(frame + start + 400)])
        #expect(difference.magnitude < 0.12, "cut at \(frame), from \(start): \(difference)")
      }
    }
  }

  @Test func stepOfATrackAloneHasNoCrossfade() throws {
    let track = try TrackFile.read(path: golden + "/tracks/track_two_steps_linear.json").track
    let compiler = try TrackRig.compiler(track)
    let step = try #require(compiler.score(ofStep: 2))
    #expect(step.frames == Int(track.steps[1].duration * 8_000))
    #expect(compiler.score(ofStep: 3) == nil)
  }

  @Test func planOfATrackIsAScore() throws {
    let track = try TrackFile.read(path: golden + "/tracks/track_three_steps_equal_power.json").track
    let score = try TrackRig.compiler(track).score(), lines = try Score.read(Array(score.text.utf8))
    #expect(lines.count { $0.address == "/patch/commit" } >= 4)
    #expect(lines.allSatisfy { $0.time * 8_000 <= Double(score.frames) })
  }

  /// Peak, scale and rounding of the reference's export.
  @Test func exportOfATrackFollowsTheReference() throws {
    let golden = try GoldenCase.one("export_pcm16")
    let track = try TrackFile.read(path: try #require(golden.file("track"))).track
    let sound = try TrackRig.render(TrackRig.compiler(track).score())
    let path = NSTemporaryDirectory() + "weft-export-\(UInt32.random(in: 0 ... .max)).wav"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let writer = try SoundFileWriter(path: path, format: .wav, bits: 16, channels: 2, rate: 8_000)
    var options = RenderedSound.Options()
    options.peak = 20 * log10(0.25)
    options.truncates = true
    let rendered = try RenderedSound(into: writer, channels: 2, rate: 8_000, bits: 16, options: options)
    let samples = zip(sound[0], sound[1]).flatMap { [$0, $1] }
    try rendered.write(samples, frames: sound[0].count)
    try rendered.finish()
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    let wanted = try Data(contentsOf: URL(fileURLWithPath: try #require(golden.file("pcm16"))))
    let ours = data.suffix(wanted.count), pairs = zip(Self.numbers(ours), Self.numbers(wanted))
    let worst = pairs.map { abs($0 - $1) }.max()!
    #expect(Double(worst) <= golden.tolerance, "\(worst) steps")
  }

  private static func numbers(_ data: Data) -> [Int] {
    let bytes = Array(data)
    return stride(from: 0, to: bytes.count - 1, by: 2).map {
      Int(Int16(truncatingIfNeeded: Int(bytes[$0]) | Int(bytes[$0 + 1]) << 8))
    }
  }

  /// The phase of a carrier after an hour: the last second against double precision.
  @Test func carrierPhaseAfterAnHourIsExact() throws {
    let rate = 44_100.0, base = 213.7, beat = 5.3
    let voice = TrackVoice(
      "binaural_beat", params: ["baseFreq": .number(base), "beatFreq": .number(beat), "ampL": .number(1)])
    let track = TrackRig.track(voice, seconds: 3_600, rate: rate)
    // Rendering an hour takes minutes in a debug build: the phase is that of the automation and the steps.
    let score = TrackCompiler(track, rate: rate).score()
    let node = try #require(score.nodes.first { $0.node.type == "binaural" }), frames = Double(score.frames)
    for (port, sign) in [("phaseleft", -1.0), ("phaseright", 1)] {
      let settings = score.settings.filter { $0.node == node.id && $0.param == port }
      let hertz = Float(base) + Float(sign) * (Float(beat) * 0.5)
      let step = Double((hertz * (1 / Float(rate)) * 4_294_967_296).rounded(.towardZero)) / 4_294_967_296
      let exact = (base + sign * beat / 2) / rate
      #expect((exact - step).magnitude * frames > 0.01)
      // The phase is off most before a correction; and at the end.
      var shift = 0.0
      for setting in settings {
        #expect((exact * Double(setting.frame) - step * Double(setting.frame) - shift).magnitude < 0.005)
        if case .number(let value) = setting.value { shift = Double(value) }
      }
      #expect(settings.count > 2 && settings.count < 100)
      #expect((exact * frames - step * frames - shift).magnitude < 0.005)
    }
  }

  /// A voice with a parameter at either end of its range compiles to a patch that the engine plays, without a broken
  /// sample.
  @Test(arguments: SynthFunction.all.map(\.name)) func extremesOfASynthFunctionArePlayed(name: String) throws {
    let function = try #require(SynthFunction.named(name))
    for isTransition in function.hasTransition ? [false, true] : [false] {
      for (parameter, range) in function.ranges(isTransition: isTransition) {
        for value in [range.lowerBound, range.upperBound] {
          let voice = TrackVoice(name, isTransition: isTransition, params: [parameter: .number(value)])
          let track = TrackRig.track(voice, seconds: 0.01, rate: 8_000)
          let sound = try TrackRig.render(TrackCompiler(track, rate: 8_000).score())
          #expect(sound.allSatisfy { $0.allSatisfy(\.isFinite) }, "\(parameter) \(value)")
        }
      }
    }
  }
}
