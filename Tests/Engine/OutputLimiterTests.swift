import Engine
import TestSupport
import Testing

/// The limiter at the outputs.
@Suite struct OutputLimiterTests {
  private func play(_ ceiling: Float?, _ gain: Float, frames: Int = 48_000) throws -> [Float] {
    let rig = EngineRig()
    rig.engine.limit(to: ceiling)
    rig.create("in", "input")
    rig.create("out", "output")
    rig.connect("in", "out", gain)
    try rig.commit(ramp: 0)
    // A tone whose peaks lie between the samples, then clicks and noise over it.
    var random = SplitMix(seed: 4)
    rig.input = { frame in
      let tone = sine(cycles: Float(frame % 4) / 4 + 0.125)
      return frame < 24_000 ? tone : frame % 997 == 0 ? 4 : Float(random.below(2_001)) / 1_000 - 1
    }
    return rig.render(frames)
  }

  private func sine(cycles: Float) -> Float { [0.7071068, 0.7071068, -0.7071068, -0.7071068][Int(cycles * 4) % 4] }

  /// The greatest magnitude at eight times the rate.
  private func truePeak(_ x: [Float]) -> Float {
    var most: Float = 0
    for phase in 1..<8 {
      let row = (0..<64).map { k -> Double in
        let at = Double(k - 32) + Double(phase) / 8, window = 0.5 + 0.5 * cosine(at / 32)
        return at == 0 ? 1 : sinc(at) * window
      }
      for i in stride(from: 64, to: x.count, by: 3) {
        var sum = 0.0
        for k in 0..<64 { sum += row[k] * Double(x[i - k]) }
        most = max(most, Float(sum.magnitude))
      }
    }
    return max(most, peak(x))
  }
  private func sinc(_ x: Double) -> Double { sineOf(.pi * x) / (.pi * x) }
  private func cosine(_ halfCycles: Double) -> Double { sineOf(.pi * halfCycles + .pi / 2) }
  private func sineOf(_ x: Double) -> Double {
    let y = x - (x / (2 * .pi)).rounded() * 2 * .pi
    var term = y, sum = y
    for n in 1..<14 {
      term *= -y * y / Double(2 * n * (2 * n + 1))
      sum += term
    }
    return sum
  }

  /// The limiter alone: what is below the ceiling comes out as it went in, `delay` frames later.
  @Test func quietSignalsPassTheLimiterUnchanged() {
    let limiter = OutputLimiter(channels: 2, sampleRate: 48_000, ceiling: 0.5)
    var left = (0..<2_048).map { 0.4 * sine(cycles: Float($0 % 100) / 100) }, right = left.map { -$0 / 2 }
    let before = (left, right)
    left.withUnsafeMutableBufferPointer { l in
      right.withUnsafeMutableBufferPointer { r in
        // In uneven parts.
        for range in [0..<1, 1..<700, 700..<2_048] {
          let first = range.lowerBound
          let channels: [UnsafeMutablePointer<Float>?] = [l.baseAddress! + first, r.baseAddress! + first]
          limiter.process(channels, frames: range.count)
        }
      }
    }
    #expect(Array(left[limiter.delay...]) == Array(before.0.dropLast(limiter.delay)))
    #expect(Array(right[limiter.delay...]) == Array(before.1.dropLast(limiter.delay)))
    #expect(left[..<limiter.delay].allSatisfy { $0 == 0 })
  }

  @Test func outputLimiterKeepsTheCeiling() throws {
    let ceiling: Float = 0.8912509
    let sound = try play(-1, 3)
    #expect(peak(sound) <= ceiling * 1.0001, "\(peak(sound))")
    // The tone: between the samples too. Four times the rate is 0.7 dB short at the end of the band, where noise is.
    #expect(truePeak(Array(sound[2_000..<20_000])) <= ceiling * 1.012)
    #expect(truePeak(sound) <= ceiling * 1.16, "\(truePeak(sound))")
    #expect(peak(sound[10_000..<20_000]) > 0.6, "as loud as it may be")
  }

  @Test func outputLimiterOnlyDelaysQuietSound() throws {
    let dry = try play(nil, 0.1), limited = try play(-1, 0.1)
    let delay = (0..<400).first { limited[$0 + 1] == dry[1] && limited[$0 + 2] == dry[2] && limited[$0] == dry[0] }
    let late = try #require(delay)
    #expect(late < 150, "\(late) frames")
    #expect(Array(limited[late...]) == Array(dry[..<(dry.count - late)]))
  }
}
