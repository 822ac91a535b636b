// [audio] Blocks divided at grid points.
import DSP

/// The parts of a block, divided at grid points.
///
/// A sequence, and not a function with a closure: what a kernel changes in the loop stays in registers.
public struct GridStretches: Sequence, IteratorProtocol {
  @usableFromInline var frames: Range<Int>
  /// The absolute number of frame 0.
  @usableFromInline let frame: Int

  @inlinable @inline(__always)
  init(_ frames: Range<Int>, from frame: Int) { (self.frames, self.frame) = (frames, frame) }

  /// The frames of the next part, and whether its first one is on the grid.
  @inlinable @inline(__always)
  public mutating func next() -> (frames: Range<Int>, isOnGrid: Bool)? {
    guard !frames.isEmpty else { return nil }
    let i = frames.lowerBound, toGrid = -(frame &+ i) & (gridFrames - 1)
    let stop = Swift.min(frames.upperBound, i &+ (toGrid == 0 ? gridFrames : toGrid))
    frames = Range(uncheckedBounds: (stop, frames.upperBound))
    return (Range(uncheckedBounds: (i, stop)), toGrid == 0)
  }
}

extension ModuleIO {
  /// The parts of this block, for `for (frames, isOnGrid) in io.eachGridStretch`.
  @inlinable @inline(__always)
  public var eachGridStretch: GridStretches { GridStretches(0..<frames, from: frame) }

  /// [audio] Runs a kernel over its block in parts along which coefficients move linearly.
  ///
  /// - Parameters:
  ///   - next: the target coefficients at frame i; nil where they have not changed.
  ///   - run: renders some frames; it advances the coefficients by the step, frame by frame.
  @inlinable @inline(__always)
  public func alongGrid<C: Coefficients>(
    _ ramp: inout GridRamp<C>, next: (Int) -> C?, run: (_ frames: Range<Int>, _ now: inout C, _ step: C) -> Void
  ) {
    alongGrid(&ramp, isAudioRate: false, next: { i, _ in next(i) }, run: run)
  }

  /// [audio] The same, or with coefficients for every frame.
  ///
  /// - Parameters:
  ///   - isAudioRate: whether the coefficients are computed for every frame.
  ///   - next: the target coefficients at frame i, and whether that is on the grid; nil where they have not changed.
  @inlinable @inline(__always)
  public func alongGrid<C: Coefficients>(
    _ ramp: inout GridRamp<C>, isAudioRate: Bool, next: (_ i: Int, _ isOnGrid: Bool) -> C?,
    run: (_ frames: Range<Int>, _ now: inout C, _ step: C) -> Void
  ) {
    if _slowPath(isAudioRate) {
      for i in 0..<frames {
        if let now = next(i, framesToGrid(from: i) == 0) { ramp.jump(to: now) }
        var now = ramp.now
        run(Range(uncheckedBounds: (i, i &+ 1)), &now, C())
      }
      return
    }
    for (frames, isOnGrid) in eachGridStretch {
      if isOnGrid || !ramp.isSet { ramp.reachPoint(next: next(frames.lowerBound, isOnGrid)) }
      var now = ramp.now
      run(frames, &now, ramp.isMoving ? ramp.step : C())
      ramp.stay(at: now)
    }
  }
}
