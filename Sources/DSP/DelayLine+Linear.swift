// [audio] Linear interpolation in a delay line, with a start per lane.

extension DelayLine {
  /// The value `frames` ago (1: the last written), with linear interpolation: duller than the cubic, as in a bore.
  ///
  /// - Parameters:
  ///   - age: frames since the start of each lane; those before are multiplied by `old`.
  @inlinable @inline(__always)
  public func readLinear(_ frames: L, age: L.Bits, old: L) -> L {
    let whole = L.floor(frames), back = L.truncated(whole), share = frames - whole
    let near = read(back: back), far = read(back: back &+ L.Bits(1))
    let isNearOld = L.Bits.less(age, back), isFarOld = L.Bits.less(age, back &+ L.Bits(1))
    let a = L.select(isNearOld, near * old, near), b = L.select(isFarOld, far * old, far)
    return L.fma(share, b - a, a)
  }
}
