// [audio] Values between the frames of a sound.
import Glibc

/// Sixteen frames weighted by a windowed sinc: what lies between the eighth and the ninth of them.
///
/// The window is a Kaiser window of β = 9: up to a third of the rate what is made up lies below −90 dB.
/// - Source: J. O. Smith and P. Gossett, "A flexible sampling-rate conversion method" (1984).
public struct SincTable: BitwiseCopyable, @unchecked Sendable {
  public static var taps: Int { 16 }
  @usableFromInline static var phases: Int { 512 }
  /// Two vectors a phase.
  @usableFromInline let rows: UnsafePointer<Voices>

  /// One for the whole program, made when it is first asked for and never freed.
  public static let shared = SincTable()

  private init() {
    let shape = KaiserWindow(beta: 9), half = Double(Self.taps / 2)
    rows = weightRows(phases: Self.phases, taps: Self.taps) { tap, fraction in
      let x = Double(tap) - half + 1 - fraction
      return (x == 0 ? 1 : sin(.pi * x) / (.pi * x)) * shape.value(x / half)
    }
  }

  /// The weights for a place `fraction` (0 ..< 1) after the eighth frame.
  @inlinable @inline(__always)
  public func weights(_ fraction: Float) -> (Voices, Voices) {
    let place = fraction * Float(Self.phases), row = 2 * Int(place)
    let part = Voices(place - Float(row / 2))
    return (
      Voices.fma(rows[row + 2] - rows[row], part, rows[row]),
      Voices.fma(rows[row + 3] - rows[row + 1], part, rows[row + 1])
    )
  }

  /// The value there; `frames` points at the eighth of the sixteen.
  @inlinable @inline(__always)
  public static func value(_ frames: UnsafePointer<Float>, _ weights: (Voices, Voices)) -> Float {
    let near = UnsafeRawPointer(frames - 7).loadUnaligned(as: Voices.self)
    let far = UnsafeRawPointer(frames + 1).loadUnaligned(as: Voices.self)
    return Voices.fma(near, weights.0, far * weights.1).laneSum
  }
}

/// Eight frames weighted by the polynomial through them: what lies between the fourth and the fifth. For waves that are
/// slow against the frames, as those of oversampled tables: at an eighth of the rate −80 dB, below it soon nothing.
/// - Source: J.-L. Lagrange, by way of T. I. Laakso et al., "Splitting the unit delay" (1996).
public struct LagrangeTable: BitwiseCopyable, @unchecked Sendable {
  public static var taps: Int { 8 }
  @usableFromInline static var phases: Int { 512 }
  @usableFromInline let rows: UnsafePointer<Voices>

  public static let shared = LagrangeTable()

  private init() {
    rows = weightRows(phases: Self.phases, taps: Self.taps) { tap, fraction in
      (0..<Self.taps).reduce(1.0) { product, other in
        other == tap ? product : product * (fraction + 3 - Double(other)) / Double(tap - other)
      }
    }
  }

  @inlinable @inline(__always)
  public func weights(_ fraction: Float) -> Voices {
    let place = fraction * Float(Self.phases), row = Int(place)
    return Voices.fma(rows[row + 1] - rows[row], Voices(place - Float(row)), rows[row])
  }

  /// `frames` points at the fourth of the eight.
  @inlinable @inline(__always)
  public static func value(_ frames: UnsafePointer<Float>, _ weights: Voices) -> Float {
    (UnsafeRawPointer(frames - 3).loadUnaligned(as: Voices.self) * weights).laneSum
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
