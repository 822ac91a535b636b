import Engine
import Foundation
import ModuleKit
import TestSupport
import Testing

/// Reference data of smoothed parameters against parameters: one update of the reference is one frame here.
@Suite struct GoldenSmoothingTests {
  static let cases = try! GoldenCase.all { _ in true }

  /// A moving parameter: its first value, then so many frames.
  private func curve(
    _ smoothing: Smoothing, time: Float, from start: Float, to goal: Float, range: ClosedRange<Float>, rate: Float,
    frames: Int, block: Int = 64
  ) -> [Double] {
    let constantBase = RawMemory.zeros(bytes: 4), moving = RawMemory.zeros(bytes: 4 * quantumFrames)
    defer {
      constantBase.free()
      moving.free()
    }
    let spec = ParamSpec(
      .float, "A parameter", default: start, range: range, smoothing: smoothing, smoothingTime: time)
    var parameter = Parameter(
      spec, value: start, node: 1, instance: 1, sampleRate: rate, isPoly: false, constantBase: constantBase)
    parameter.set(min(max(goal, range.lowerBound), range.upperBound), buffer: moving)
    var values = [Double(start)]
    while values.count <= frames {
      _ = parameter.advance(block)
      let base = parameter.cell.base.assumingMemoryBound(to: Float.self)
      for i in 0..<min(block, frames + 1 - values.count) { values.append(Double(base[i & parameter.cell.mask])) }
    }
    return values
  }

  @Test(arguments: cases.filter { $0.function == "parameter smoothing" }.map(\.id)) func smoothingFollowsTheReference(
    id: String
  )
    throws
  {
    let golden = try #require(Self.cases.first { $0.id == id }), wanted = try golden.columns("out")[0]
    let modes: [String: Smoothing] = [
      "linear": .linear, "exponential": .exponential, "logarithmic": .logarithmic, "none": .none,
    ]
    let mode = try #require(modes[golden.text("mode")]), range = try #require(golden.arguments["range"] as? [NSNumber])
    let rate = golden.sampleRate, time = Float(golden.number("time_ms")) / 1_000
    let (start, goal) = (golden.number("start"), golden.number("target"))
    let made = curve(
      mode, time: time, from: Float(start), to: Float(goal), range: range[0].floatValue...range[1].floatValue,
      rate: rate, frames: wanted.count - 1)
    var right = wanted
    if mode == .linear {
      // The reference approaches exponentially, despite the name. A parameter moves linearly and arrives on time.
      let frames = Double((time * rate).rounded())
      right = (0..<wanted.count).map { start + (goal - start) * min(Double($0) / frames, 1) }
    }
    let worst = zip(made, right).map { abs($0 - $1) }.max() ?? .infinity
    #expect(made.count == wanted.count && worst <= golden.tolerance, "\(worst)")
  }

  /// The reference moves such a parameter once per block, by a share that makes it arrive at another time for every
  /// block size: a defect. A parameter has covered 63.2 % after its time, for any division into blocks.
  @Test(arguments: cases.filter { $0.function == "block parameter smoothing" }.map(\.id))
  func smoothingIsIndependentOfBlockSize(
    id: String
  )
    throws
  {
    let golden = try #require(Self.cases.first { $0.id == id }), wanted = try golden.columns("out")[0]
    let block = Int(golden.number("block_size")), frames = golden.number("smoothing_samples"), rate = golden.sampleRate
    let (start, goal) = (golden.number("start"), golden.number("target"))
    // The reference's formula, as a check of the case.
    var value = start
    for (i, theirs) in wanted.enumerated() {
      #expect(abs(theirs - value) <= 1e-6 * goal, "update \(i)")
      value += (goal - value) / (1 + frames / Double(block))
    }
    for block in [1, 15, 64] {
      let made = curve(
        .exponential, time: Float(frames) / rate, from: Float(start), to: Float(goal), range: 0...20_000, rate: rate,
        frames: 2_000, block: block)
      for (i, value) in made.enumerated() {
        #expect(abs(value - (goal + (start - goal) * exp(-Double(i) / frames))) <= golden.tolerance, "frame \(i)")
      }
    }
  }
}
