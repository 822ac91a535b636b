// [audio] Eight frames of one lane in a vector.
import DSP

extension Signal {
  /// The values of one lane from frame i on.
  @inlinable @inline(__always)
  public func eight(from i: Int, lane: Int) -> Voices {
    if isConstant { return Voices(value[lane: lane]) }
    if L.count == 1 { return UnsafeRawPointer(samples + i).loadUnaligned(as: Voices.self) }
    var frames = Voices(0)
    for k in 0..<8 { frames[k] = self[i &+ k][lane: lane] }
    return frames
  }
}

extension Voices {
  /// Writes eight frames to one lane of an output.
  @inlinable @inline(__always)
  public func write<L: Lane>(to out: UnsafeMutablePointer<L>, from i: Int, lane: Int) {
    if L.count == 1 { return UnsafeMutableRawPointer(out + i).storeBytes(of: self, as: Voices.self) }
    for k in 0..<8 { out[i &+ k][lane: lane] = self[k] }
  }
}
