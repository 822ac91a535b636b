import DSP
import Engine
import ModuleKit
import Testing

/// Segments of automation, rendered in eights where the curve allows it.
@Suite struct AutomationCurveTests {
  /// The values of a segment in blocks of so many frames.
  private static func values(_ curve: AutomationCurve, over length: Int, block: Int, frames: Int) -> [Float] {
    let constantBase = RawMemory.zeros(bytes: 4), moving = RawMemory.zeros(bytes: 4 * quantumFrames)
    defer {
      constantBase.free()
      moving.free()
    }
    let spec = ParamSpec(.float, "A parameter", default: 3, range: 0...1_000, smoothing: .linear, smoothingTime: 0.005)
    var parameter = Parameter(
      spec, value: 3, node: 1, instance: 1, sampleRate: 48_000, isPoly: false, constantBase: constantBase)
    parameter.set(417.7, buffer: moving, over: length, curve: curve)
    var values: [Float] = []
    while values.count < frames {
      _ = parameter.advance(block)
      let base = parameter.cell.base.assumingMemoryBound(to: Float.self)
      for i in 0..<block { values.append(base[i & parameter.cell.mask]) }
    }
    return Array(values.prefix(frames))
  }

  @Test(arguments: AutomationCurve.names.map(\.name) + ["natural"]) func automationIsTheSameInAnyBlocks(name: String) {
    let curve = AutomationCurve.names.first { $0.name == name }?.curve ?? .natural
    for length in [1, 2, 7, 8, 9, 63, 64, 65, 200, 5_000] {
      let one = Self.values(curve, over: length, block: 1, frames: 1_000)
      for block in [7, 8, 15, 40, 64] {
        #expect(Self.values(curve, over: length, block: block, frames: 1_000) == one, "\(length) in \(block)")
      }
      #expect(length > 1_000 || one[length - 1] == 417.7 && one[999] == 417.7)
      #expect(length == 1 || one[0] > 3 && one[0] < 417.7)
    }
  }

  /// The greatest magnitude of any number of samples, at any place.
  @Test func greatestMagnitudeIsFoundAtEveryPlace() {
    for count in 1...40 {
      for place in 0..<count {
        for value: Float in [0.5, -0.5] {
          var samples = (0..<count).map { Float($0 % 3) * 0.1 - 0.1 }
          samples[place] = value
          #expect(greatestMagnitude(of: samples, count: count) == 0.5)
          #expect(greatestMagnitude(of: samples, count: count, least: 0.7) == 0.7)
          if place > 0 { samples[place - 1] = .nan }
          #expect(greatestMagnitude(of: samples, count: count) == 0.5)
        }
      }
    }
    #expect(greatestMagnitude(of: [1], count: 0) == 0)
  }
}
