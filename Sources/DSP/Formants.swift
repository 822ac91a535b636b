// [audio] Three parallel resonances: vowel formants.

/// One resonance: its frequency in octaves of Hz, and its level, of five vowels.
@usableFromInline struct VowelRow {
  @usableFromInline let a, e, i, o, u: Float

  /// The value between the vowels around `place`, 0 … 4.
  @inlinable @inline(__always)
  func at<L: Lane>(_ place: L) -> L {
    var sum = share(place, 0) * a
    sum = L.fma(share(place, 1), L(e), sum)
    sum = L.fma(share(place, 2), L(i), sum)
    sum = L.fma(share(place, 3), L(o), sum)
    return L.fma(share(place, 4), L(u), sum)
  }

  /// Proximity of `place` to a vowel: 1 there, 0 at its neighbours.
  @inlinable @inline(__always)
  func share<L: Lane>(_ place: L, _ vowel: Float) -> L {
    L.maximum(L(1) - L.magnitude(place - L(vowel)), .zero)
  }

  @inlinable @inline(__always)
  init(_ a: Float, _ e: Float, _ i: Float, _ o: Float, _ u: Float) {
    self.a = a
    self.e = e
    self.i = i
    self.o = o
    self.u = u
  }
}

/// The coefficients of three band-passes and their levels.
public struct Formants<L: Lane>: Coefficients {
  @usableFromInline var filters = (
    TrapezoidalIntegrators<L>(), TrapezoidalIntegrators<L>(), TrapezoidalIntegrators<L>()
  )
  @usableFromInline var levels = (L.zero, L.zero, L.zero)

  @inlinable @inline(__always) public init() {}

  /// - Parameters:
  ///   - vowel: 0 … 4: a, e, i, o, u.
  ///   - shift: octaves.
  ///   - width: bandwidths against 60, 90 and 120 Hz.
  @inlinable @inline(__always)
  public init(vowel: L, shift: L, width: L, period: Float) {
    // log2 of 730, 530, 270, 570, 300 Hz; of 1,090, 1,840, 2,290, 840, 870; of 2,440, 2,480, 3,010, 2,410, 2,240.
    let octaves = (
      VowelRow(9.511_753, 9.049_849, 8.076_816, 9.154_818, 8.228_819),
      VowelRow(10.090_112, 10.845_490, 11.161_132, 9.714_246, 9.764_872),
      VowelRow(11.252_665, 11.276_124, 11.555_548, 11.234_817, 11.129_283)
    )
    // dB.
    let decibels = (VowelRow(-1, -2, -4, 0, -3), VowelRow(-5, -17, -24, -7, -19), VowelRow(-28, -24, -28, -34, -43))
    filters.0 = Self.resonance(octaves.0.at(vowel) + shift, width * 60, period)
    filters.1 = Self.resonance(octaves.1.at(vowel) + shift, width * 90, period)
    filters.2 = Self.resonance(octaves.2.at(vowel) + shift, width * 120, period)
    // The peak gain of a band-pass is its quality: the damping normalises it to 1.
    levels.0 = L.amplitude(decibels: decibels.0.at(vowel)) * filters.0.damping
    levels.1 = L.amplitude(decibels: decibels.1.at(vowel)) * filters.1.damping
    levels.2 = L.amplitude(decibels: decibels.2.at(vowel)) * filters.2.damping
  }

  @inlinable @inline(__always)
  static func resonance(_ octaves: L, _ bandwidth: L, _ period: Float) -> TrapezoidalIntegrators<L> {
    let hertz = L.exp2(octaves)
    return TrapezoidalIntegrators(frequency: hertz * period, damping: bandwidth / hertz)
  }

  @inlinable @inline(__always)
  public func sixteenth(from start: Self) -> Self {
    var step = Self()
    step.filters.0 = filters.0.sixteenth(from: start.filters.0)
    step.filters.1 = filters.1.sixteenth(from: start.filters.1)
    step.filters.2 = filters.2.sixteenth(from: start.filters.2)
    step.levels.0 = (levels.0 - start.levels.0) * L(1 / 16)
    step.levels.1 = (levels.1 - start.levels.1) * L(1 / 16)
    step.levels.2 = (levels.2 - start.levels.2) * L(1 / 16)
    return step
  }

  @inlinable @inline(__always)
  public mutating func advance(by step: Self) {
    filters.0.advance(by: step.filters.0)
    filters.1.advance(by: step.filters.1)
    filters.2.advance(by: step.filters.2)
    levels.0 += step.levels.0
    levels.1 += step.levels.1
    levels.2 += step.levels.2
  }

  /// Renders the sum of the three for one input.
  @inlinable @inline(__always)
  public func step(_ x: L, _ s: inout (L, L, L, L, L, L)) -> L {
    let first = filters.0.step(x, band: &s.0, low: &s.1).band * levels.0
    let second = L.fma(filters.1.step(x, band: &s.2, low: &s.3).band, levels.1, first)
    return L.fma(filters.2.step(x, band: &s.4, low: &s.5).band, levels.2, second)
  }
}
