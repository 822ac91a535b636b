import DSP
import Glibc

/// The power spectrum of a sound, through a window with side lobes below −160 dB.
///
/// - Source: the seven-term Blackman–Harris window of Albrecht, "A family of cosine-sum windows for
///   high-resolution measurements", 2001.
public struct PowerSpectrum {
  public let rate: Double
  /// The number of samples: a power of two.
  public let size: Int
  /// Power per bin from 0 Hz to half the rate; a full-scale sine sums to 1/2 over its bins.
  public let power: [Double]
  /// Bins on each side of a component that the window spreads it over.
  public static let reach = 8

  public init(_ samples: some Collection<Float>, rate: Double = 48_000) {
    self.rate = rate
    size = samples.count
    let terms = [
      0.271_051_400_693_42, -0.433_297_939_234_48, 0.218_122_999_543_11, -0.065_925_446_388_03,
      0.010_811_742_098_37, -0.000_776_584_825_22, 0.000_013_887_217_35,
    ]
    var weight = 0.0
    var real = [Double](), imaginary = [Double](repeating: 0, count: size)
    real.reserveCapacity(size)
    for (i, sample) in samples.enumerated() {
      let place = 2 * Double.pi * Double(i) / Double(size)
      var window = 0.0
      for (k, term) in terms.enumerated() { window += term * cos(Double(k) * place) }
      weight += window * window
      real.append(Double(sample) * window)
    }
    FourierTransform(size: size).forward(&real, &imaginary)
    let scale = 2 / (weight * Double(size))
    power = (0...size / 2).map { scale * (real[$0] * real[$0] + imaginary[$0] * imaginary[$0]) }
  }

  public func bin(_ hertz: Double) -> Int { Int((hertz * Double(size) / rate).rounded()) }

  /// The power within `low` ... `high` Hz.
  public func power(from low: Double, to high: Double) -> Double {
    power[max(bin(low), 0)...min(bin(high), size / 2)].reduce(0, +)
  }

  /// The level of the component at `hertz` in dB re a sine of amplitude 1.
  public func level(at hertz: Double) -> Double {
    let centre = bin(hertz)
    let range = max(centre - Self.reach, 0)...min(centre + Self.reach, size / 2)
    return decibels(2 * power[range].reduce(0, +))
  }

  /// The largest component that is neither a harmonic of `fundamental` nor DC: dB re the fundamental, and its
  /// frequency; components above `limit` are ignored.
  public func worstAlias(fundamental: Double, below limit: Double = .infinity) -> (decibels: Double, hertz: Double) {
    var rest = power
    if limit < rate / 2 { for k in bin(limit)..<rest.count { rest[k] = 0 } }
    var harmonic = 0.0
    while harmonic < rate / 2 + fundamental {
      let centre = bin(harmonic)
      for k in max(centre - Self.reach - 1, 0)...centre + Self.reach + 1 where k < rest.count { rest[k] = 0 }
      harmonic += fundamental
    }
    let worst = rest.indices.max { rest[$0] < rest[$1] } ?? 0
    let hertz = Double(worst) * rate / Double(size)
    let nearby = rest[max(worst - Self.reach, 0)...min(worst + Self.reach, size / 2)].reduce(0, +)
    return (decibels(2 * nearby) - level(at: fundamental), hertz)
  }

  /// Everything above 20 Hz but the component at `fundamental`, in dB re that component.
  public func distortionAndNoise(fundamental: Double) -> Double {
    let centre = bin(fundamental)
    var rest = 0.0
    for k in max(bin(20), Self.reach + 1)..<power.count where abs(k - centre) > Self.reach { rest += power[k] }
    return decibels(2 * rest) - level(at: fundamental)
  }
}

/// 10 log10 of a power.
public func decibels(_ power: Double) -> Double { 10 * log10(max(power, 1e-40)) }
