import Engine
import PatchKit
import TestSupport
import Testing

@Suite struct MeterTests {
  @Test(arguments: [1, 63, 64, 1_024])
  func readingsDoNotDependOnThePeriod(period: Int) throws {
    let rig = EngineRig()
    rig.create("osc", "sine", [("frequency", .number(1_000)), ("gain", .number(0.5))])
    try rig.commit()
    rig.render(4_800)
    _ = rig.plans.setMeter(node: nil, isOn: true)
    _ = rig.plans.setMeter(node: rig.serials["osc"]!, isOn: true)
    rig.render(48_000, period: period)
    var sums: [Int?: (peak: Float, energy: Float, frames: Int)] = [:]
    while let (serial, reading) = rig.plans.nextReading() {
      guard reading.channel == 0 else { continue }
      let sum = sums[serial] ?? (0, 0, 0)
      sums[serial] = (max(sum.peak, reading.peak), sum.energy + reading.energy, sum.frames + reading.frames)
    }
    for serial in [nil, rig.serials["osc"]!] {
      let sum = try #require(sums[serial])
      #expect(abs(sum.peak - 0.5) < 1e-3)
      #expect(abs((sum.energy / Float(sum.frames)).squareRoot() - 0.353_55) < 1e-3)
      #expect(sum.frames > 46_000)
    }
  }

  @Test func meteringIsRealtimeSafeAndTransparent() throws {
    #expect(realtimeIsChecked)
    func play(metered: Bool) throws -> [Float] {
      let rig = EngineRig()
      for i in 0..<8 { rig.create("osc\(i)", "saw", [("frequency", .number(100 + Float(i)))]) }
      try rig.commit()
      rig.render(640)
      if metered {
        _ = rig.plans.setMeter(node: nil, isOn: true)
        for serial in rig.serials.values { _ = rig.plans.setMeter(node: serial, isOn: true) }
      }
      var sound: [Float] = []
      // Without a reader the ring buffer fills, and nothing else happens.
      let violations = realtimeViolationsOfRender(rig, 48_000, &sound)
      #expect(violations == 0)
      return sound
    }
    #expect(try play(metered: true) == play(metered: false))
  }
}

/// Renders in periods of 64 as real-time code.
func realtimeViolationsOfRender(_ rig: EngineRig, _ frames: Int, _ sound: inout [Float]) -> Int {
  var left = [Float](repeating: 0, count: frames), right = left
  var violations = 0
  left.withUnsafeMutableBufferPointer { l in
    right.withUnsafeMutableBufferPointer { r in
      for at in stride(from: 0, to: frames, by: 64) {
        let outputs: [UnsafeMutablePointer<Float>?] = [l.baseAddress! + at, r.baseAddress! + at]
        outputs.withUnsafeBufferPointer { pointers in
          violations += realtimeViolations {
            rig.engine.render(inputs: nil, outputs: pointers.baseAddress!, frames: min(64, frames - at))
          }
        }
      }
    }
  }
  sound = left
  return violations
}
