// [audio] Elementary functions over lanes, as polynomials: no library call, no loop over lanes.

extension Lane {
  /// Rounds to the nearest whole number; |x| must be below 2^22.
  @inlinable @inline(__always)
  public static func rounded(_ x: Self) -> Self { (x + Self(12_582_912)) - Self(12_582_912) }

  /// sin(2π x) for x in cycles within −0.5 … 0.5; the error is that of rounding.
  ///
  /// Folded to a quarter cycle, then an odd minimax polynomial of degree 9 (error 3e-9).
  @inlinable @inline(__always)
  public static func sineOfHalfCycle(_ x: Self) -> Self {
    // 0.5 − |x| mirrors the outer quarters onto the inner ones.
    let size = magnitude(x)
    let folded = minimum(size, Self(0.5) - size)
    let sign = bitPattern(x) & Bits(Int32.min)
    let s = fromBitPattern(bitPattern(folded) | sign)
    let z = s * s
    var p = fma(Self(39.536_707_3), z, Self(-76.549_782_5))
    p = fma(p, z, Self(81.601_004_1))
    p = fma(p, z, Self(-41.341_655))
    return fma(p * z, s, Self(6.283_185_16) * s)
  }

  /// sin(2π x) for x in cycles, |x| below 2^22.
  @inlinable @inline(__always)
  public static func sine(cycles x: Self) -> Self { sineOfHalfCycle(x - rounded(x)) }

  /// cos(2π x) for x in cycles, |x| below 2^22.
  @inlinable @inline(__always)
  public static func cosine(cycles x: Self) -> Self { sine(cycles: x + Self(0.25)) }

  /// 2^x for x within −126 … 127 (held to it); relative error below 2e-7.
  @inlinable @inline(__always)
  public static func exp2(_ x: Self) -> Self {
    let x = clamp(x, Self(-126), Self(127))
    let shifted = x + Self(12_582_912)
    let f = x - (shifted - Self(12_582_912))
    var p = fma(Self(1.534_581_2e-4), f, Self(1.339_993_1e-3))
    p = fma(p, f, Self(9.618_489e-3))
    p = fma(p, f, Self(5.550_328_8e-2))
    p = fma(p, f, Self(2.402_264_7e-1))
    p = fma(p, f, Self(6.931_472_06e-1))
    p = fma(p, f, Self(1))
    return fromBitPattern(bitPattern(p) &+ Bits.shiftedLeft(bitPattern(shifted), by: 23))
  }

  /// log2(x) for normal positive x; absolute error below 1e-6.
  @inlinable @inline(__always)
  public static func log2(_ x: Self) -> Self {
    // x = m · 2^e with m in √½ … √2, then an odd series in (m − 1)/(m + 1).
    let bits = bitPattern(x)
    let e = Bits.shiftedRight(bits &- Bits(0x3f35_04f3), by: 23)
    // Sign-extend the eight exponent bits that the shift left unsigned.
    let exponent = Bits.shiftedLeft(e, by: 23)
    let m = fromBitPattern(bits &- exponent)
    let k = converted(e &- Bits.select(Bits.less(Bits(255), e), Bits(512), Bits(0)))
    let t = (m - Self(1)) / (m + Self(1))
    let z = t * t
    var p = fma(Self(0.434_255_927), z, Self(0.576_584_542))
    p = fma(p, z, Self(0.961_800_759))
    p = fma(p, z, Self(2.885_390_07))
    return fma(p, t, k)
  }

  /// log2(x) for normal positive x; absolute error below 3e-6, and none at 1. No division: half the cost of `log2`.
  @inlinable @inline(__always)
  public static func shortLog2(_ x: Self) -> Self {
    // x = (1 + t) · 2^e with t in 0 … 1, then a minimax polynomial that meets the next octave.
    let bits = bitPattern(x)
    let e = converted(Bits.shiftedRight(bits, by: 23)) - Self(127)
    let t = fromBitPattern((bits & Bits(0x007f_ffff)) | Bits(0x3f80_0000)) - Self(1)
    var p = fma(Self(-0.025_840_901), t, Self(0.121_796_11))
    p = fma(p, t, Self(-0.277_903_12))
    p = fma(p, t, Self(0.457_547_94))
    p = fma(p, t, Self(-0.718_144_94))
    p = fma(p, t, Self(1.442_544_9))
    return fma(p, t, e)
  }

  /// e^x; range and error as `exp2`.
  @inlinable @inline(__always)
  public static func exp(_ x: Self) -> Self { exp2(x * Self(1.442_695_04)) }

  /// 10^(x / 20): the amplitude ratio of x dB.
  @inlinable @inline(__always)
  public static func amplitude(decibels x: Self) -> Self { exp2(x * Self(0.166_096_405)) }

  /// tan(π x) for x in 0 … 0.49 cycles a sample: the pre-warped gain of a filter's integrator.
  @inlinable @inline(__always)
  public static func tangentOfHalfCycles(_ x: Self) -> Self {
    let half = x * Self(0.5)
    return sineOfHalfCycle(half) / sineOfHalfCycle(Self(0.25) - half)
  }

  /// tanh(x); error below 3e-7.
  @inlinable @inline(__always)
  public static func hyperbolicTangent(_ x: Self) -> Self {
    let e = exp2(clamp(x, Self(-10), Self(10)) * Self(2.885_390_08))
    return (e - Self(1)) / (e + Self(1))
  }
}
