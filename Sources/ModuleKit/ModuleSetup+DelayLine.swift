import DSP

extension ModuleSetup {
  /// A delay line for delays up to `seconds`; a reset empties it at no cost.
  public func delayLine<L: Lane>(of type: L.Type = L.self, seconds: Float) -> DelayLine<L> {
    // Two frames beyond the longest for the cubic, and the frame that is being written.
    let capacity = Int((seconds * sampleRate).rounded(.up)) + 4
    return DelayLine(memory: keptZeros(capacity), capacity: capacity)
  }
}
