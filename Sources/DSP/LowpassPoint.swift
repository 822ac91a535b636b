// [audio] The cookbook's low-pass alone: half the coefficients, and two frames at once.

/// The coefficients that define a low-pass; the others of `CookbookFilter` follow from these.
///
/// From s and c, the sine and cosine of half the corner's angle: no tangent and one division.
public struct LowpassPoint<L: Lane>: BitwiseCopyable, Sendable {
  @usableFromInline var keep = L.zero, turn = L.zero, rise = L.zero

  @inlinable @inline(__always) public init() {}

  @inlinable @inline(__always)
  public init(_ filter: CookbookFilter<L>) {
    keep = filter.keep
    turn = filter.turn
    rise = filter.rise
  }

  /// - Parameter frequency: the corner in cycles per sample; clamped to 10⁻⁶ … 0.49.
  @inlinable @inline(__always)
  public init(frequency: L, q: L) {
    let half = L.clamp(frequency, L(1e-6), L(0.49)) * L(0.5)
    let s = L.sineOfHalfCycle(half), c = L.sineOfHalfCycle(L(0.25) - half)
    let quality = L.maximum(q, L(1e-3)), product = s * c
    let scale = L(1) / (quality + product)
    let double = (quality + quality) * scale
    keep = L.fma((c - s) * (c + s), quality, -product) * scale
    turn = product * double
    rise = s * s * double
  }

  @inlinable @inline(__always)
  public var doubled: Self {
    var twice = Self()
    twice.keep = keep + keep
    twice.turn = turn + turn
    twice.rise = rise + rise
    return twice
  }

  @inlinable @inline(__always)
  public mutating func advance(by step: Self) {
    keep += step.keep
    turn += step.turn
    rise += step.rise
  }

  /// The output for one input: the mean of `low` before and after.
  @inlinable @inline(__always)
  public func step(_ x: L, band: inout L, low: inout L) -> L {
    let nextBand = L.fma(keep, band, L.fnma(turn, low, turn * x))
    let nextLow = L.fma(turn, band, rise * x) + L.fnma(rise, low, low)
    let y = (low + nextLow) * L(0.5)
    low = nextLow
    band = nextBand
    return y
  }
}

/// Two frames of a low-pass as one step: the transition matrix over two frames is the square of that over one.
public struct LowpassPair<L: Lane>: BitwiseCopyable, Sendable {
  @usableFromInline let turn: L, rise: L, rest: L
  /// From band to band, from either state to the other (from low to band negated), from low to low.
  @usableFromInline let bandKept: L, crossed: L, lowKept: L
  /// The contribution of the first input to the states after the second.
  @usableFromInline let firstInBand: L, firstInLow: L

  @inlinable @inline(__always)
  public init(_ point: LowpassPoint<L>) {
    turn = point.turn
    rise = point.rise
    rest = L(1) - rise
    let square = turn * turn
    bandKept = L.fma(point.keep, point.keep, -square)
    crossed = turn * (point.keep + rest)
    lowKept = L.fma(rest, rest, -square)
    firstInBand = turn * (point.keep - rise)
    firstInLow = L.fma(rest, rise, square)
  }

  /// The outputs for two inputs. Terms that depend on the states come last in every sum.
  @inlinable @inline(__always)
  public func step(_ first: L, _ second: L, band: inout L, low: inout L) -> (L, L) {
    let middle = L.fma(turn, band, L.fma(rest, low, rise * first))
    let nextBand = L.fma(bandKept, band, L.fnma(crossed, low, L.fma(firstInBand, first, turn * second)))
    let nextLow = L.fma(crossed, band, L.fma(lowKept, low, L.fma(firstInLow, first, rise * second)))
    let outputs = ((low + middle) * L(0.5), (middle + nextLow) * L(0.5))
    band = nextBand
    low = nextLow
    return outputs
  }
}

extension CookbookFilter {
  @inlinable @inline(__always)
  public mutating func setLowpass(_ point: LowpassPoint<L>) {
    keep = point.keep
    turn = point.turn
    rise = point.rise
  }

  /// Derives the other coefficients of a low-pass from the three that were interpolated.
  @inlinable @inline(__always)
  public mutating func completeLowpass() {
    direct = rise * L(0.5)
    fromBand = turn * L(0.5)
    fromLow = L.fnma(rise, L(0.5), L(1))
  }
}

extension GridRamp {
  /// Starts from a low-pass, at which it has arrived, towards another, given as a `LowpassPoint`.
  @inlinable @inline(__always)
  public mutating func aim<L: Lane>(atLowpass point: LowpassPoint<L>) where C == CookbookFilter<L> {
    goal.setLowpass(point)
    step.keep = (point.keep - now.keep) * L(1 / 16)
    step.turn = (point.turn - now.turn) * L(1 / 16)
    step.rise = (point.rise - now.rise) * L(1 / 16)
    isMoving = true
  }
}

extension LowpassPoint {
  /// Filters some frames, two at once, because one frame alone would wait for the states of the last.
  ///
  /// - Parameters:
  ///   - isOdd: whether the absolute number of the first frame is odd: coefficients move after every odd frame.
  ///   - step: their movement over two frames; nil where they are constant.
  /// - Returns: the states after the last frame.
  @inlinable @inline(__always)
  public mutating func run(
    _ x: UnsafePointer<L>, _ out: UnsafeMutablePointer<L>, _ frames: Range<Int>, isOdd: Bool, step: Self?,
    band: L, low: L
  ) -> (band: L, low: L) {
    var band = band, low = low, i = frames.lowerBound
    if isOdd && i < frames.upperBound {
      out[i] = self.step(x[i], band: &band, low: &low)
      if let step { advance(by: step) }
      i &+= 1
    }
    if let step {
      while i &+ 2 <= frames.upperBound {
        let pair = LowpassPair(self)
        (out[i], out[i &+ 1]) = pair.step(x[i], x[i &+ 1], band: &band, low: &low)
        advance(by: step)
        i &+= 2
      }
    } else {
      let pair = LowpassPair(self)
      while i &+ 2 <= frames.upperBound {
        (out[i], out[i &+ 1]) = pair.step(x[i], x[i &+ 1], band: &band, low: &low)
        i &+= 2
      }
    }
    if i < frames.upperBound { out[i] = self.step(x[i], band: &band, low: &low) }
    return (band, low)
  }
}
