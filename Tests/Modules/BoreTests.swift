import DSP
import Foundation
import TestSupport
import Testing

/// The physical model: its pitch, its damping, its start.
@Suite struct BoreTests {
  /// A reed that blows a line of one cycle.
  private func ringing(_ rig: KernelRig, hertz: Float, gate: Int = 48_000) {
    rig["frequency"] = hertz
    rig.choose("interface", "reed")
    rig["feedback1"] = 0.97
    rig["feedback2"] = 0
    rig["cutoff"] = 6_000
    rig["noise"] = 0
    rig.signal("in") { frame, _ in frame < 240 ? sinf(Float(frame) * 0.5) * 0.5 : 0 }
    rig.signal("gate") { frame, _ in frame < gate ? 1 : 0 }
  }

  /// A pulse comes back after each round, which takes a frame more than the line: the feedback is of the frame before.
  @Test(arguments: [110, 220] as [Float]) func aRoundTakesOneCycle(hertz: Float) {
    let rig = KernelRig("bore"), cycle = Int(48_000 / hertz)
    ringing(rig, hertz: hertz)
    rig.choose("interface", "pluck")
    rig["cutoff"] = 16_000
    rig.signal("in") { frame, _ in frame == 0 ? 0.5 : 0 }
    let sound = rig.render(4 * cycle).main
    func peak(near frame: Int) -> Int {
      (frame - 8...frame + 8).max { abs(sound[$0]) < abs(sound[$1]) }!
    }
    let first = peak(near: cycle), second = peak(near: 2 * cycle)
    #expect(abs(first - cycle) <= 3 && abs(second - first - cycle - 1) <= 1, "\(first), \(second)")
  }

  @Test func afterTheEnvelopeTheLoopIsDamped() {
    let rig = KernelRig("bore")
    ringing(rig, hertz: 220, gate: 12_000)
    let sound = rig.render(24_000).main
    func swing(_ range: Range<Int>) -> Float { sound[range].max()! - sound[range].min()! }
    #expect(swing(11_000..<12_000) > 0.01)
    #expect(swing(12_000 + 4_800..<24_000) < 0.1 * swing(11_000..<12_000))
  }

  /// Lips, a bell and a vapor sound without a motion; after the envelope they end as well.
  @Test(arguments: ["brass", "bell", "vapor", "drum", "bow"]) func interfacesThatSoundByThemselvesEnd(interface: String)
  {
    let rig = KernelRig("bore")
    rig.choose("interface", interface)
    rig["intensity"] = 0.9
    rig.signal("gate") { frame, _ in frame < 12_000 ? 1 : 0 }
    let sound = rig.render(48_000).main
    #expect(sound[..<12_000].map(\.magnitude).max()! > 0.001)
    #expect(sound[(12_000 + 24_000)...].map(\.magnitude).max()! < 1e-5)
  }

  /// A new note begins without what the old one has left in the lines.
  @Test func aStartFadesWhatRingsWithoutAStep() {
    let rig = KernelRig("bore")
    ringing(rig, hertz: 220)
    rig.choose("interface", "pluck")
    rig["feedback1"] = 1
    rig.signal("gate") { frame, _ in frame == 9_600 ? 0 : 1 }
    let sound = rig.render(24_000).main
    let steps = zip(sound.dropFirst(), sound).map { abs($0 - $1) }
    let before = steps[8_000..<9_600].max()!, after = steps[9_600..<11_000].max()!
    #expect(before > 0.001 && after <= before * 1.5, "\(after) after \(before)")
    #expect(sound[12_000...].map(\.magnitude).max()! < 0.2 * sound[8_000..<9_600].map(\.magnitude).max()!)
  }

  @Test func theNoiseOfAStartIsTheSameInEveryRender() {
    func sound(_ level: Float) -> [Float] {
      let rig = KernelRig("bore", lanes: 8)
      rig["noise"] = level
      rig.signal("gate") { _, _ in 1 }
      return rig.render(2_000).main
    }
    #expect(sound(0.1).contains { $0 != 0 } && sound(0.1) == sound(0.1))
    #expect(sound(0).allSatisfy { $0 == 0 })
  }

  /// Stable with every quality, up to half the rate.
  @Test func theFilterIsStableAtItsTop() {
    for quality in [0.5, 1, 5, 20] as [Float] {
      for cycles in stride(from: 0.05, through: 0.5, by: 0.05) as StrideThrough<Float> {
        let coefficients = ChamberlinFilter<Float>.Coefficients(cycles: cycles, quality: quality)
        var filter = ChamberlinFilter<Float>(), random = SplitMix(seed: 1), peak: Float = 0
        for _ in 0..<20_000 {
          let x = Float(random.next() % 2_001) / 1_000 - 1
          peak = max(peak, abs(filter.next(x, coefficients, shape: 0.5)))
        }
        #expect(peak.isFinite && peak < 2_000, "\(quality) \(cycles): \(peak)")
      }
    }
  }
}
