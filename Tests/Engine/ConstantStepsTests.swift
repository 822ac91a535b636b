import Engine
import PatchKit
import Testing

/// Steps that depend on parameters alone run once; grid-rate inputs are computed on the grid.
@Suite struct ConstantStepsTests {
  /// A sine whose pitch and level come through arithmetic on parameters, poly or mono.
  private func arithmetic(voices: Int) throws -> EngineRig {
    let rig = EngineRig()
    rig.patch.voices = voices
    rig.create("number", "constant", [("value", .number(0.25))])
    if voices > 1 { rig.create("voice", "voice") }
    rig.create("sum", "math", [("b", .number(0.25))])
    rig.create("level", "math", [("b", .number(1)), ("operation", .text("multiply"))])
    rig.create("osc", "sine", [("frequency", .number(375)), ("gain", .number(1))])
    rig.create("out", "output")
    rig.connect("number", "sum/a")
    if voices > 1 { rig.connect("voice/index", "sum/a", 0) }
    rig.connect("sum", "level/a")
    rig.connect("level", "osc/gain")
    rig.connect("osc", "out")
    try rig.commit()
    return rig
  }

  @Test(arguments: [1, 8]) func constantStepsFollowParameterChanges(voices: Int) throws {
    let rig = try arithmetic(voices: voices)
    let scale = Float(voices)
    rig.render(9_600)
    #expect(abs(peak(rig.render(4_800)) - 0.5 * scale) < 0.01 * scale)
    rig.set("sum", "b", 0.5)
    rig.render(9_600)
    #expect(abs(peak(rig.render(4_800)) - 0.75 * scale) < 0.01 * scale)
    rig.set("number", "value", 0)
    rig.render(9_600)
    #expect(abs(peak(rig.render(4_800)) - 0.5 * scale) < 0.01 * scale)
  }

  @Test func constantStepsBecomeVaryingWithACable() throws {
    let rig = try arithmetic(voices: 1)
    rig.render(9_600)
    rig.create("slow", "lfo", [("rate", .number(10)), ("shape", .text("square"))])
    rig.connect("slow", "sum/b", 0.25)
    try rig.commit()
    rig.render(9_600)
    let sound = rig.render(4_800)
    // Up for half a cycle of the square, down for the other half.
    let early = peak(sound[100..<2_300]), late = peak(sound[2_500..<4_700])
    #expect(abs(max(early, late) - 0.75) < 0.01 && abs(min(early, late) - 0.25) < 0.01)
    rig.delete("slow")
    try rig.commit()
    rig.render(9_600)
    #expect(abs(peak(rig.render(4_800)) - 0.5) < 0.01)
  }

  @Test func constantStepsAreIndependentOfThePeriod() throws {
    let sounds = try [64, 1, 100, 1_024].map { period in
      let rig = try arithmetic(voices: 8)
      var sound = rig.render(3_000, period: period)
      rig.set("sum", "b", 0.5, at: 3_333)
      sound += rig.render(5_000, period: period)
      return sound
    }
    for sound in sounds { #expect(sound == sounds[0]) }
  }

  /// A second reader, of every frame, must not change the values of the grid reader.
  @Test(arguments: [1, 8], [64, 100]) func gridRateModulatorHasTheSameGridValues(voices: Int, period: Int) throws {
    func play(whole: Bool) throws -> [Float] {
      let rig = EngineRig()
      rig.patch.voices = voices
      if voices > 1 { rig.create("voice", "voice") }
      rig.create("lfo", "lfo", [("rate", .number(3.7)), ("phase", .number(0.1))])
      rig.create("osc", "saw", [("frequency", .number(110))])
      rig.create("filt", "biquad", [("cutoff", .number(900)), ("q", .number(4))])
      rig.create("out", "output")
      if voices > 1 { rig.connect("voice/spread", "lfo/rate", 0.3) }
      rig.connect("osc", "filt")
      rig.connect("lfo", "filt/cutoff", 2)
      rig.connect("filt", "out")
      // Adds nothing, but is read at every frame.
      if whole { rig.connect("lfo", "osc/fm", 0) }
      try rig.commit()
      return rig.render(20_000, period: period).map { $0 }
    }
    let whole = try play(whole: true), onGrid = try play(whole: false)
    #expect(peak(onGrid) > 0.1)
    #expect(whole == onGrid)
  }

  @Test func gridRateModulatorIsMeteredAtEveryFrame() throws {
    let rig = EngineRig()
    rig.create("lfo", "lfo", [("rate", .number(50))])
    rig.create("osc", "saw")
    rig.create("filt", "biquad")
    rig.connect("osc", "filt")
    rig.connect("lfo", "filt/cutoff", 1)
    try rig.commit()
    _ = rig.plans.setMeter(node: rig.serials["lfo"]!, isOn: true)
    rig.render(9_600)
    var readings: [MeterReading] = []
    while let (_, reading) = rig.plans.nextReading() { readings.append(reading) }
    let whole = readings.dropFirst(2)
    #expect(!whole.isEmpty)
    for reading in whole {
      // A sine of 50 Hz over hundredths of a second: its mean square is a half of 1.
      #expect(abs(reading.energy / Float(reading.frames) - 0.5) < 0.05 && reading.peak <= 1)
    }
  }
}
