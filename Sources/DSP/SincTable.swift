// [audio] Interpolation between the frames of a sound.
import Glibc

/// Sixteen frames weighted by a windowed sinc: interpolates between the eighth and the ninth of them.
///
/// The window is a Kaiser window of β = 8.5: up to a third of the rate it is flat, and images are below −85 dB.
/// - Source: J. O. Smith and P. Gossett, "A flexible sampling-rate conversion method" (1984).
public struct SincTable: BitwiseCopyable, @unchecked Sendable {
  public static var taps: Int { 16 }
  @usableFromInline static var phases: Int { 512 }
  /// Two vectors per phase.
  @usableFromInline let rows: UnsafePointer<Voices>

  /// Shared by the whole program, made on first use and never freed.
  public static let shared = SincTable()

  private init() {
    let shape = KaiserWindow(beta: 8.5), half = Double(Self.taps / 2)
    rows = weightRows(phases: Self.phases, taps: Self.taps) { tap, fraction in
      let x = Double(tap) - half + 1 - fraction
      return (x == 0 ? 1 : sin(.pi * x) / (.pi * x)) * shape.value(x / half)
    }
  }

  /// The values of two channels at a position per lane: `part` (0 ..< 1) after frame number `places`.
  @inlinable @inline(__always)
  public func values<L: Lane>(
    _ left: UnsafePointer<Float>, _ right: UnsafePointer<Float>, at places: L.Bits, _ part: L
  ) -> (left: L, right: L) {
    let scaled = part * Float(Self.phases), phase = L.truncated(scaled), isPair = left != right
    return L.rowSums(places, phase, scaled - L.converted(phase), isPair: isPair) { at, phase, part in
      let weights = weights(phase, part), first = Self.products(left + at, weights.near, weights.far)
      return (first, isPair ? Self.products(right + at, weights.near, weights.far) : first)
    }
  }

  /// The weights of sixteen frames: a row, and a share of the way to the next.
  @inlinable @inline(__always)
  func weights(_ phase: Int, _ part: Float) -> (near: Voices, far: Voices) {
    let row = rows + 2 * phase, part = Voices(part)
    return (Voices.fma(row[2] - row[0], part, row[0]), Voices.fma(row[3] - row[1], part, row[1]))
  }

  /// `frames` points at the eighth of the sixteen.
  @inlinable @inline(__always)
  static func products(_ frames: UnsafePointer<Float>, _ near: Voices, _ far: Voices) -> Voices {
    let before = UnsafeRawPointer(frames - 7).loadUnaligned(as: Voices.self)
    return Voices.fma(before, near, UnsafeRawPointer(frames + 1).loadUnaligned(as: Voices.self) * far)
  }
}

/// [control] Rows of weights that sum to 1, one more than there are phases.
private func weightRows(phases: Int, taps: Int, _ weight: (_ tap: Int, _ fraction: Double) -> Double)
  -> UnsafePointer<Voices>
{
  let vectors = taps / Voices.count
  let rows = UnsafeMutablePointer<Voices>.allocate(capacity: (phases + 1) * vectors)
  for phase in 0...phases {
    let row = (0..<taps).map { weight($0, Double(phase) / Double(phases)) }
    let sum = row.reduce(0, +)
    for vector in 0..<vectors {
      var values = Voices(0)
      for lane in 0..<Voices.count { values[lane] = Float(row[vector * Voices.count + lane] / sum) }
      (rows + (phase * vectors + vector)).initialize(to: values)
    }
  }
  return UnsafePointer(rows)
}
