// [audio] Pink noise by six one-pole filters in parallel.

/// P. Kellett's filter from white to pink noise without its white term: the top octaves are darker than pink. Its poles
/// are those of 44.1 kHz at any rate.
/// - Source: P. Kellett, on the music-dsp mailing list, 1999.
public struct KellettPink<L: Lane>: BitwiseCopyable {
  private var states = InlineArray<6, L>(repeating: .zero)

  public init() {}

  /// Root mean square of the output for white noise of 1.
  public static var rms: Float { 2.761_8 }

  @inline(__always)
  public mutating func next(_ white: L) -> L {
    states[0] = L.fma(L(0.99886), states[0], L(0.055_517_9) * white)
    states[1] = L.fma(L(0.99332), states[1], L(0.075_075_9) * white)
    states[2] = L.fma(L(0.969), states[2], L(0.153_852) * white)
    states[3] = L.fma(L(0.8665), states[3], L(0.310_485_6) * white)
    states[4] = L.fma(L(0.55), states[4], L(0.532_952_2) * white)
    states[5] = L.fma(L(-0.7616), states[5], L(-0.016_898) * white)
    return states[0] + states[1] + (states[2] + states[3]) + (states[4] + states[5])
  }
}
