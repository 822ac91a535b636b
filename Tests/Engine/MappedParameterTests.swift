import Engine
import ModuleKit
import PatchKit
import Testing

/// A MIDI controller mapped to a parameter.
@Suite struct MappedParameterTests {
  private func rig(_ control: MidiControl, parameter: String = "level/value") throws -> EngineRig {
    let rig = EngineRig()
    rig.create("level", "constant", [("value", .number(0.5))])
    rig.create("out", "output")
    rig.connect("level", "out/left")
    try rig.patch.setControl(control, of: parameter, in: registry)
    try rig.commit()
    rig.render(64)
    return rig
  }

  @Test func softTakeOverWaitsForTheParameterValue() throws {
    let rig = try rig(MidiControl(controller: 20, from: 0, to: 1))
    rig.control(20, 10)
    #expect(rig.settled() == 0.5)
    rig.control(20, 50)
    #expect(rig.settled() == 0.5)
    rig.control(20, 80)
    #expect(abs(rig.settled() - 80 / 127) < 1e-4, "it has passed the value")
    rig.control(20, 0)
    #expect(abs(rig.settled()) < 1e-4, "held, it leads wherever it goes")
    rig.set("level", "value", 0.25)
    #expect(abs(rig.settled() - 0.25) < 1e-4)
    rig.control(20, 1)
    #expect(abs(rig.settled() - 0.25) < 1e-4, "somebody else has values it")
    rig.control(20, 32)
    #expect(abs(rig.settled() - 32 / 127) < 1e-4)
  }

  @Test func controllerIsAppliedInItsPeriod() throws {
    let rig = try rig(MidiControl(controller: 20, from: 0, to: 1))
    rig.control(20, 64)
    rig.render(4_800)
    rig.midi(0xb0, 20, 127, after: 100)
    let sound = rig.render(256, period: 256)
    #expect(Set(sound[..<100]).count == 1)
    #expect(sound[101] > sound[99])
  }

  @Test func controllerChannelRangeAndFourteenBits() throws {
    let rig = try rig(MidiControl(channel: 3, controller: 1, isFine: true, from: 1, to: 0))
    rig.control(1, 64, channel: 3)
    rig.control(1, 0, channel: 2)
    #expect(abs(rig.settled() - (1 - Float(64 * 128) / 16_383)) < 1e-4)
    rig.control(33, 64, channel: 3)
    #expect(abs(rig.settled() - (1 - Float(64 * 128 + 64) / 16_383)) < 1e-5)
    rig.control(1, 127, channel: 3)
    rig.control(33, 127, channel: 3)
    #expect(abs(rig.settled()) < 1e-6)
  }

  @Test func controllerMapsFrequenciesInOctavesAndChoicesByIndex() throws {
    let rig = EngineRig()
    rig.create("osc", "sine", [("frequency", .number(20))])
    rig.create("shape", "lfo")
    try rig.patch.setControl(MidiControl(controller: 1), of: "osc/frequency", in: registry)
    try rig.patch.setControl(MidiControl(controller: 2), of: "shape/shape", in: registry)
    var values: [String: Float] = [:]
    rig.plans.onControllerSet = { values["\($0)/\($1)"] = $2 }
    try rig.commit()
    rig.render(64)
    rig.control(1, 0)
    rig.control(1, 127)
    rig.control(2, 0)
    rig.control(2, 127)
    rig.render(64)
    #expect(values == ["1/frequency": 20_000, "2/shape": 5])
    rig.control(1, 64)
    rig.render(64)
    #expect(abs(values["1/frequency"]! - 20 * Float(1_000).squareRoot()) < 30)
  }

  @Test func unrelatedEditKeepsSoftTakeOver() throws {
    let rig = try rig(MidiControl(controller: 20, from: 0, to: 1))
    rig.control(20, 64)
    rig.render(640)
    rig.patch.nodes["level"]!.params["value"] = .number(Float(64) / 127)
    rig.create("other", "sine")
    try rig.commit()
    rig.render(640)
    rig.control(20, 120)
    #expect(abs(rig.settled() - 120 / 127) < 1e-4)
  }
}
