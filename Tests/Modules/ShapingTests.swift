import Glibc
import TestSupport
import Testing

@Suite struct ShapingTests {
  @Test func constantAddsItsParameterAndCables() {
    let rig = KernelRig("constant")
    rig["value"] = 0.25
    #expect(rig.render(64).main.allSatisfy { $0 == 0.25 })
    #expect(rig.isConstant("out"))
  }

  @Test func scaleMovesARange() {
    let rig = KernelRig("scale", lanes: 8)
    rig["inlow"] = -1
    rig["inhigh"] = 3
    rig["outlow"] = 100
    rig["outhigh"] = 20
    rig.signal("in") { frame, _ in Float(frame) - 2 }
    let sound = rig.render(8)["out"][7]
    for i in 0..<8 { #expect(abs(sound[i] - (100 - 20 * Float(i - 1))) < 1e-4) }
    rig["clip"] = 1
    rig.signal("in") { frame, _ in frame % 2 == 0 ? -9 : 9 }
    let clipped = rig.render(8)["out"][0]
    #expect(clipped[0] == 100 && clipped[1] == 20)
    rig["inhigh"] = -1
    #expect(rig.render(8)["out"][0].allSatisfy { $0 == 100 })
  }

  @Test(arguments: [("full", [1, 2, 0]), ("positive", [0, 2, 0]), ("negative", [-1, 0, 0])] as [(String, [Float])])
  func rectifyKeepsItsHalves(mode: String, wanted: [Float]) {
    let rig = KernelRig("rectify")
    rig.choose("mode", mode)
    rig.signal("in") { frame, _ in [-1, 2, 0][frame % 3] }
    #expect(rig.render(3).main == wanted)
  }

  @Test func compareHasHysteresis() {
    let rig = KernelRig("compare")
    rig["threshold"] = 0.5
    rig["hysteresis"] = 0.2
    let input: [Float] = [0, 0.55, 0.61, 0.45, 0.39, 0.59]
    rig.signal("in") { frame, _ in input[frame] }
    let sound = rig.render(6)
    #expect(sound["above"][0] == [0, 0, 1, 1, 0, 0])
    #expect(sound["below"][0] == [1, 1, 0, 0, 1, 1])
  }

  @Test(
    arguments: [
      ("and", [0, 0, 0, 1]), ("or", [0, 1, 1, 1]), ("xor", [0, 1, 1, 0]), ("nand", [1, 1, 1, 0]),
      ("nor", [1, 0, 0, 0]), ("xnor", [1, 0, 0, 1]), ("toggle", [0, 1, 0, 0]), ("latch", [0, 1, 0, 0]),
    ] as [(String, [Float])])
  func logicJoinsGates(operation: String, wanted: [Float]) {
    let rig = KernelRig("logic", lanes: 8)
    rig.choose("operation", operation)
    rig.signal("a") { frame, _ in Float(frame & 1) }
    rig.signal("b") { frame, _ in Float(frame >> 1 & 1) }
    #expect(rig.render(4)["out"][4] == wanted)
  }

  @Test func toggleTurnsOverAndLatchHolds() {
    let rig = KernelRig("logic")
    rig.choose("operation", "toggle")
    rig.signal("a") { frame, _ in frame % 10 < 3 ? 1 : 0 }
    let sound = rig.render(60).main
    for i in 0..<60 { #expect(sound[i] == (i / 10 % 2 == 0 ? 1 : 0)) }
    let latch = KernelRig("logic")
    latch.choose("operation", "latch")
    latch.signal("a") { frame, _ in frame == 5 ? 1 : 0 }
    latch.signal("b") { frame, _ in frame == 20 ? 1 : 0 }
    let held = latch.render(40).main
    #expect(held.firstIndex(of: 1) == 5 && held.lastIndex(of: 1) == 19)
  }

  @Test func curvesKeepTheirEndsAndRise() {
    for shape in ["power", "exponential", "sigmoid"] {
      for bend: Float in [-1, -0.3, 0, 0.001, 0.4, 1] {
        let rig = KernelRig("curve")
        rig.choose("shape", shape)
        rig["bend"] = bend
        rig.signal("in") { frame, _ in Float(frame) / 100 - 1 }
        let sound = rig.render(201).main
        #expect(abs(sound[0] + 1) < 1e-5 && sound[100] == 0 && abs(sound[200] - 1) < 1e-5, "\(shape) \(bend)")
        #expect(zip(sound, sound.dropFirst()).allSatisfy { $1 >= $0 - 1e-6 }, "\(shape) \(bend)")
        if bend == 0 { #expect(zip(sound, 0...).allSatisfy { abs($0 - (Float($1) / 100 - 1)) < 1e-5 }) }
      }
    }
    let rig = KernelRig("curve")
    rig["bend"] = 1 / 3
    rig["in"] = 0.5
    #expect(abs(rig.render(1).main[0] - 0.25) < 1e-5)
  }
}

@Suite struct QuantizeTests {
  /// Pitches in octaves from A4 of notes in semitones above middle C's octave.
  private func pitch(_ semitonesAboveC: Float) -> Float { (semitonesAboveC - 9) / 12 }

  @Test func movesToTheNearestNoteOfTheScale() {
    let rig = KernelRig("quantize", lanes: 8)
    let input: [Float] = [0.4, 1.1, 1.0, 3.6, -0.9, 11.4, 25.2]
    let wanted: [Float] = [0, 2, 0, 4, -1, 11, 26]
    rig.signal("in") { frame, _ in pitch(input[frame]) }
    let sound = rig.render(input.count)["out"][2]
    for i in input.indices { #expect(abs(sound[i] - pitch(wanted[i])) < 1e-5, "\(input[i])") }
  }

  @Test func theRootMovesTheScale() {
    let rig = KernelRig("quantize")
    rig.choose("scale", "octaves")
    rig["root"] = 9
    rig.signal("in") { frame, _ in Float(frame) * 0.31 - 1 }
    let sound = rig.render(8).main
    for i in 0..<8 { #expect(abs(sound[i] - (Float(i) * 0.31 - 1).rounded()) < 1e-5) }
  }

  @Test(arguments: [("just", [1.25, 1.5]), ("pythagorean", [1.265_625, 1.5])] as [(String, [Float])])
  func tuningsHaveTheirRatios(tuning: String, ratios: [Float]) {
    let rig = KernelRig("quantize")
    rig.choose("tuning", tuning)
    rig.signal("in") { frame, _ in pitch(frame == 0 ? 4 : 7) }
    let sound = rig.render(2).main
    for i in 0..<2 { #expect(abs(exp2f(sound[i] - pitch(0)) - ratios[i]) < 1e-5) }
  }

  @Test func changedPulsesOnEachNewNote() {
    let rig = KernelRig("quantize")
    rig.choose("scale", "chromatic")
    rig.signal("in") { frame, _ in Float(frame / 100) / 12 + 0.001 }
    let sound = rig.render(500)["changed"][0]
    #expect(sound.indices.filter { sound[$0] == 1 } == [0, 100, 200, 300, 400])
  }
}
