import DSP

extension ModuleIO {
  /// [audio] Runs a kernel over its block in parts along which coefficients move linearly.
  ///
  /// - Parameters:
  ///   - next: the target coefficients at frame i; nil where they have not changed.
  ///   - run: renders some frames; it advances the coefficients by the step, frame by frame.
  @inlinable @inline(__always)
  public func alongGrid<C: Coefficients>(
    _ ramp: inout GridRamp<C>, next: (Int) -> C?, run: (_ frames: Range<Int>, _ now: inout C, _ step: C) -> Void
  ) {
    var i = 0
    while i < frames {
      let toGrid = framesToGrid(from: i)
      if toGrid == 0 || !ramp.isSet { ramp.reachPoint(next: next(i)) }
      let stop = min(frames, i + (toGrid == 0 ? gridFrames : toGrid))
      var now = ramp.now
      run(i..<stop, &now, ramp.isMoving ? ramp.step : C())
      ramp.stay(at: now)
      i = stop
    }
  }
}
