import DSP
import Foundation
import Testing

/// Every elementary function against the library's, over its range, in both widths.
@Suite struct FunctionsTests {
  private func worst(
    _ range: ClosedRange<Double>, relative: Bool = false, _ f: (Float) -> Float, _ g: (Double) -> Double
  ) -> Double {
    var worst = 0.0
    for i in 0...100_000 {
      let x = Float(range.lowerBound + (range.upperBound - range.lowerBound) * Double(i) / 100_000)
      let right = g(Double(x)), error = abs(Double(f(x)) - right)
      worst = max(worst, relative ? error / abs(right) : error)
    }
    return worst
  }

  @Test func sine() {
    #expect(worst(-0.5...0.5, { Float.sineOfHalfCycle($0) }, { sin(2 * .pi * $0) }) < 2e-7)
    #expect(worst(-100...100, { Float.sine(cycles: $0) }, { sin(2 * .pi * $0) }) < 2e-7)
    #expect(worst(-10...10, { Float.cosine(cycles: $0) }, { cos(2 * .pi * $0) }) < 4e-6)
  }

  @Test func exponentialAndLogarithm() {
    #expect(worst(-100...100, relative: true, { Float.exp2($0) }, { Foundation.exp2($0) }) < 3e-7)
    #expect(worst(-10...10, relative: true, { Float.exp($0) }, { Foundation.exp($0) }) < 2e-6)
    #expect(worst(0.001...1_000, { Float.log2($0) }, { Foundation.log2($0) }) < 2e-6)
    #expect(worst(0.001...1_000, { Float.shortLog2($0) }, { Foundation.log2($0) }) < 4e-6)
    #expect(Float.shortLog2(1) == 0)
    #expect(Float.exp2(1_000).isFinite && Float.exp2(-1_000) >= 0)
  }

  @Test func tangents() {
    #expect(worst(0.0001...0.49, relative: true, { Float.tangentOfHalfCycles($0) }, { tan(.pi * $0) }) < 1e-5)
    #expect(worst(-12...12, { Float.hyperbolicTangent($0) }, { tanh($0) }) < 5e-7)
  }

  @Test func bothWidthsAgree() {
    for i in 0..<1_000 {
      let x = Float(i) * 0.013 - 6.5
      let lanes = Voices(x)
      #expect(Voices.sine(cycles: lanes)[3] == Float.sine(cycles: x))
      #expect(Voices.exp2(lanes)[5] == Float.exp2(x))
      #expect(Voices.hyperbolicTangent(lanes)[7] == Float.hyperbolicTangent(x))
      #expect(Voices.floor(lanes)[0] == x.rounded(.down))
    }
  }

  @Test func aPhaseDoesNotDrift() {
    var phase = Phase<Float>()
    let step = Phase<Float>.step(20 / 48_000)
    for _ in 0..<48_000 { phase.advance(by: step) }
    // 20 cycles in a second: less than 0.01 cent off.
    #expect(abs(phase.halfCycles) < 20 * 5.8e-6)
  }
}
