// [audio] The kernel of chorus and flanger.
import DSP

extension ModuleIO {
  /// Mixes some frames of an input with two swept copies of it, a quarter of a cycle apart, whose mean is fed back.
  ///
  /// - Parameters:
  ///   - blocker: keeps DC from going around.
  ///   - frames: up to the next grid point.
  ///   - left: the output that the first copy goes to.
  @inlinable @inline(__always)
  public func mix(
    _ input: Signal<L>, through line: inout SweptLine<L>, _ sweep: inout StereoSweep<L>,
    _ blocker: inout OffsetBlocker<L>, _ frames: Range<Int>, feedback: Signal<L>, mix: Signal<L>,
    left: UnsafeMutablePointer<L>, right: UnsafeMutablePointer<L>
  ) {
    let keep = OffsetBlocker<L>.keep(period)
    for i in frames {
      let wet = sweep.read(line)
      let back = blocker.next((wet.left + wet.right) * 0.5, keep: keep)
      line.write(L.fma(feedback[i], back, input[i]))
      left[i] = L.fma(mix[i], wet.left - input[i], input[i])
      right[i] = L.fma(mix[i], wet.right - input[i], input[i])
    }
  }
}
