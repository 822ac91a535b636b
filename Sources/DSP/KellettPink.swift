// [audio] Pink noise by six one-pole filters in parallel.

/// P. Kellett's filter from white to pink noise without its white term: the top octaves are darker than pink. Its poles
/// are those of 44.1 kHz at any rate.
/// - Source: P. Kellett, on the music-dsp mailing list, 1999.
public struct KellettPink<L: Lane>: BitwiseCopyable {
  @usableFromInline var first = L.zero, second = L.zero, third = L.zero, fourth = L.zero, fifth = L.zero, sixth = L.zero

  @inlinable public init() {}

  /// Root mean square of the output for white noise of 1.
  @inlinable public static var rms: Float { 2.761_8 }

  @inlinable @inline(__always)
  public mutating func next(_ white: L) -> L {
    first = L.fma(L(0.99886), first, L(0.055_517_9) * white)
    second = L.fma(L(0.99332), second, L(0.075_075_9) * white)
    third = L.fma(L(0.969), third, L(0.153_852) * white)
    fourth = L.fma(L(0.8665), fourth, L(0.310_485_6) * white)
    fifth = L.fma(L(0.55), fifth, L(0.532_952_2) * white)
    sixth = L.fma(L(-0.7616), sixth, L(-0.016_898) * white)
    return first + second + (third + fourth) + (fifth + sixth)
  }
}
