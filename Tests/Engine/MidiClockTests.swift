import Engine
import ModuleKit
import PatchKit
import Testing

/// External MIDI clock.
@Suite struct MidiClockTests {
  private func rig(_ output: String, division: Float = 4) throws -> EngineRig {
    let rig = EngineRig()
    rig.create("clock", "clock", [("follow", .text("midi")), ("division", .number(division))])
    rig.create("out", "output")
    rig.connect("clock/\(output)", "out/left")
    try rig.commit()
    rig.render(64)
    return rig
  }

  /// Ticks at 120 BPM, one every 1000 frames, the first after `offset` frames.
  private func tick(_ rig: EngineRig, _ count: Int, offset: Int = 0, period: Int = 256) -> [Float] {
    for i in 0..<count { rig.midi(0xf8, after: offset + 1_000 * i) }
    return rig.render(1_000 * count, period: period)
  }

  @Test(arguments: [64, 100, 1_024]) func midiClockStepsAreOnTheTicks(period: Int) throws {
    let rig = try rig("pulse")
    #expect(peak(tick(rig, 30, offset: 5, period: period)) == 0, "it has not been started")
    rig.midi(0xfa)
    let pulse = tick(rig, 48, offset: 5, period: period)
    // Two beats of four steps: a step is six ticks.
    let rises = pulse.indices.filter { pulse[$0] > 0.5 && ($0 == 0 || pulse[$0 - 1] < 0.5) }
    #expect(rises == (0..<8).map { 5 + 6_000 * $0 })
    #expect(pulse[3_000] == 1 && pulse[3_010] == 0)
  }

  @Test func midiClockInterpolatesAndWaitsForLateTicks() throws {
    let rig = try rig("phase", division: 24)
    _ = tick(rig, 4)
    rig.midi(0xfa)
    let phase = tick(rig, 3)
    #expect(abs(phase[500] - 0.5) < 0.01 && abs(phase[2_250] - 0.25) < 0.01)
    let late = rig.render(3_000)
    #expect(late.dropFirst(1_000).allSatisfy { $0 > 0.99 && $0 < 1 })
  }

  @Test func midiClockStopContinueAndSongPosition() throws {
    let rig = try rig("beat", division: 1)
    _ = tick(rig, 4)
    rig.midi(0xfa)
    #expect(tick(rig, 30).last == 1)
    rig.midi(0xfc)
    #expect(tick(rig, 60).last == 1)
    rig.midi(0xfb)
    // Thirty ticks were played: the eighteenth from here is the forty-eighth.
    let on = tick(rig, 20)
    #expect(on[17_900] == 1 && on[18_000] == 2)
    rig.midi(0xfc)
    // Sixteenth 16 is beat 4.
    rig.midi(0xf2, 16, 0)
    rig.midi(0xfb)
    #expect(tick(rig, 2).last == 4)
    rig.midi(0xfa)
    #expect(tick(rig, 2).last == 0)
  }

  @Test func aSwitchedOffClockIsSilent() throws {
    let rig = try rig("pulse")
    rig.midi(0xfa)
    #expect(peak(tick(rig, 12)) == 1)
    rig.set("clock", "run", 0)
    #expect(peak(tick(rig, 12).dropFirst(64)) == 0)
  }
}
