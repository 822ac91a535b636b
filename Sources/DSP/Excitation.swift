// [audio] Twelve nonlinearities between an exciter and a resonator.

/// The exciter, which strikes, blows or bows a resonator.
public enum ExcitationKind: Int, CaseIterable, Sendable {
  case pluck, hit, reed, flute, brass, bow, bell, drum, crystal, vapor, quantum, plasma
}

/// The nonlinearity of an exciter: a function of its input, the intensity 0 … 1, and a short past. The output is −1 … 1.
///
/// One function per kind, chosen outside of a kernel's loop.
public struct Excitation<L: Lane>: BitwiseCopyable, Sendable {
  /// The past; its meaning depends on the kind.
  @usableFromInline var a = L.zero, b = L.zero, c = L.zero, d = L.zero, e = L.zero
  public var random: Random<L>
  /// Level of the random parts: breath, grit, snares.
  public var noise = L(1)

  @inlinable @inline(__always) public init(_ random: Random<L>) { self.random = random }

  /// Starts with no past; the random numbers go on.
  @inlinable @inline(__always)
  public mutating func forget() { (a, b, c, d, e) = (.zero, .zero, .zero, .zero, .zero) }

  @inlinable @inline(__always)
  static func limited(_ x: L) -> L { L.clamp(x, L(-1), L(1)) }

  /// A rational tanh, exact at ±3, from where on it is ±1.
  @inlinable @inline(__always)
  static func saturated(_ x: L) -> L {
    let x = L.clamp(x, L(-3), L(3)), square = x * x
    return x * (square + L(27)) / L.fma(square, L(9), L(27))
  }

  @inlinable @inline(__always)
  static func withSign(of x: L, _ y: L) -> L { L.select(L.less(x, .zero), -y, y) }

  /// x^p for x from 0 on.
  @inlinable @inline(__always)
  static func power(_ x: L, _ p: L) -> L { L.exp2(p * L.log2(L.maximum(x, L(1e-30)))) }

  @inlinable @inline(__always)
  mutating func nextNoise() -> L { random.next() * noise }

  /// A peak is taken as it is, and fades; below it the sound is dull, with its edges.
  @inlinable @inline(__always)
  public mutating func pluck(_ x: L, _ intensity: L) -> L {
    let isPeak = L.less(L.magnitude(a), L.magnitude(x))
    let below = L.fma(x - b, L.fma(intensity, L(0.45), L(0.2)), x * L.fnma(intensity, L(0.45), L(0.8)))
    a = L.select(isPeak, x, a * 0.999)
    b = x
    return Self.limited(L.select(isPeak, x, below))
  }

  /// A folded sine, its flanks bent.
  @inlinable @inline(__always)
  public mutating func hit(_ x: L, _ intensity: L) -> L {
    let s = L.sine(cycles: x * L.fma(intensity, L(2), L(0.5)))
    let bent = Self.power(L.magnitude(s), L.fma(intensity, L(0.55), L(0.35)))
    return Self.limited(Self.withSign(of: s, bent))
  }

  /// An asymmetric saturation.
  @inlinable @inline(__always)
  public mutating func reed(_ x: L, _ intensity: L) -> L {
    let bias = L.fma(intensity, L(0.25), L(-0.125))
    let y = Self.saturated((x + bias) * L.fma(intensity, L(10), L(2.5)))
    return Self.limited(L.fnma(bias, L(0.3), y * L.fma(intensity, L(0.5), L(0.6))))
  }

  /// A jet: soft cubic, with breath while `gate` is 1.
  @inlinable @inline(__always)
  public mutating func flute(_ x: L, _ intensity: L, gate: L) -> L {
    let m = L.fma(nextNoise() * gate, intensity * 0.04, x) * L.fma(intensity, L(0.4), L(0.45))
    return L.clamp(L.fnma(m * m * m, L(0.35), m), L(-0.49), L(0.49))
  }

  /// Lips: hard one way, a power of the pressure the other.
  @inlinable @inline(__always)
  public mutating func brass(_ x: L, _ intensity: L) -> L {
    let drive = x * L.fma(intensity, L(5), L(1.5))
    let above = Self.saturated(drive + L.fma(intensity, L(0.35), L(0.2)))
    let pressure = L.clamp(-drive * L.fma(intensity, L(0.4), L(0.4)), .zero, L(1.5))
    let below = Self.power(pressure, L(1.3)) * L.fnma(intensity, L(0.25), L(0.6))
    let s = L.select(L.less(x, .zero), -below, above)
    return Self.limited(L.fma(intensity, L(0.05), Self.saturated(s * L.fma(intensity, L(1.5), L(1.2)))))
  }

  /// Stick and slip: friction against a string's velocity.
  @inlinable @inline(__always)
  public mutating func bow(_ x: L, _ intensity: L) -> L {
    let slip = x - a
    let friction = Self.saturated(slip * L.fma(intensity, L(12), L(6)))
    let sound = L.fma(slip, L(0.25), friction * L.fma(intensity, L(0.35), L(0.55)))
    let keep = L.fnma(intensity, L(0.25), L(0.8))
    let pull = L.fma(friction, L.fma(intensity, L(0.045), L(0.01)), x)
    a = L.fma(a, keep, pull * (L(1) - keep))
    return Self.limited(L.fma(nextNoise(), intensity * 0.012, sound))
  }

  /// Two sines of the input, one of them turning.
  @inlinable @inline(__always)
  public mutating func bell(_ x: L, _ intensity: L) -> L {
    let turn = Float(0.159_154_943)
    a = a + L.fma(intensity, L(0.25 * turn), L(0.1 * turn))
    a = a - L.floor(a)
    let h = L.fma(intensity, L(14), L(6))
    let first = L.sine(cycles: L.fma(x * h, L(turn), a)) * L.fma(intensity, L(0.4), L(0.4))
    let second = L.sine(cycles: x * L.fma(h, L(0.5), L(2)) * turn) * L.fma(intensity, L(0.3), L(0.2))
    return Self.limited(Self.saturated((first + second) * L.fma(intensity, L(0.6), L(1.1))))
  }

  /// A skin: saturation, snares, and the energy of what has struck it.
  @inlinable @inline(__always)
  public mutating func drum(_ x: L, _ intensity: L) -> L {
    a = L.fma(a, L.fnma(intensity, L(0.2), L(0.7)), L.magnitude(x) * L.fma(intensity, L(0.7), L(0.6)))
    let skin = L.hyperbolicTangent(x * L.fma(intensity, L(2.2), L(1.2)))
    let s = L.fma(nextNoise(), L.fma(intensity, L(0.06), L(0.02)), skin)
    let energy = Self.withSign(of: s, L.minimum(a * 0.6, L(0.8)))
    return Self.limited(L.fma(s, L.fma(intensity, L(0.4), L(0.4)), energy))
  }

  /// Three leaky sums, of inharmonic weights, and their products.
  @inlinable @inline(__always)
  public mutating func crystal(_ x: L, _ intensity: L) -> L {
    a = L.fma(a, L(0.98), x)
    b = L.fma(b, L(0.95), x * 1.618_034)
    c = L.fma(c, L(0.92), x * 2.618_034)
    let u = x * L.fma(a, L(0.3), L(1)), v = x * L.fma(b, L(0.3), L(1)), w = x * L.fma(c, L(0.3), L(1))
    let products = L.fma(u, v, L.fma(v, w, u * w))
    let z = L.fma(products, intensity * 0.03, (u + v + w) * (1 / 3))
    return Self.limited(L.fnma(z * z * z, intensity * 0.2, z))
  }

  /// Three logistic maps blow the input about.
  @inlinable @inline(__always)
  public mutating func vapor(_ x: L, _ intensity: L) -> L {
    // Kept around ½, so that no past is their start.
    let r = L.fma(intensity, L(1.5), L(2.5))
    func map(_ state: L, _ rate: L) -> L {
      let c = state + L(0.5)
      return L.clamp(rate, L(2.5), L(4)) * c * (L(1) - c) - L(0.5)
    }
    a = map(a, r)
    b = map(b, r + L(0.1))
    c = map(c, r + L(0.2))
    let chaos = (a + b + c) * 0.6, amount = intensity * 0.6
    let past = L.fma(d, L(0.3), e * 0.2)
    let y = Self.saturated(L.fma(amount, chaos + past, x * L.fnma(amount, L(0.5), L(1))) * 1.2)
    e = d
    d = y
    return Self.limited(y)
  }

  /// 256 to 8 steps, uncertain at their edges.
  @inlinable @inline(__always)
  public mutating func quantum(_ x: L, _ intensity: L) -> L {
    // 2^n as the bits of a number.
    let bits = L.Bits.shiftedLeft(L.truncated(L(135) - L.floor(intensity * 5)), by: 23)
    let steps = L.fromBitPattern(bits)
    let place = L.magnitude(x) * steps, step = L.floor(place + L(0.5))
    let edge = L.magnitude(place - L.floor(place) - L(0.5))
    let doubt = L.select(L.less(edge, L(0.05)), nextNoise() * intensity * 0.01, .zero)
    return Self.limited(Self.withSign(of: x, step / steps) + doubt)
  }

  /// An all-pass whose coefficient follows the level, and a turning sine.
  ///
  /// - Parameter share: see `share(sampleRate:)`.
  @inlinable @inline(__always)
  public mutating func plasma(_ x: L, _ intensity: L, share: L) -> L {
    a = L.fma(share, L.magnitude(x) - a, a)
    let level = intensity * a
    b = b + L.fma(level, L(0.1 * 0.3 * 0.159_154_943), L(0.1 * 0.159_154_943))
    b = b - L.floor(b)
    let coefficient = L.fma(level, L(0.4), L(0.3))
    let passed = L.fma(coefficient, x, L.fnma(coefficient, d, c))
    c = x
    d = passed
    let y = L.fma(level * 0.5, L.sine(cycles: b), passed)
    let bent = L.fnma(L.maximum(intensity - L(0.5), .zero) * 0.4, y * y * y, y)
    return Self.limited(bent)
  }

  /// The share that `plasma` takes of its level's difference in a frame: a time constant of 1 ms.
  @inlinable @inline(__always)
  public static func share(sampleRate: Float) -> L { L(1) - L.exp(L(-1_000 / sampleRate)) }
}
