import DSP

extension ModuleSetup {
  /// A delay line for delays up to `seconds`; a reset empties it at no cost.
  public func delayLine<L: Lane>(of type: L.Type = L.self, seconds: Float) -> DelayLine<L> {
    // Two frames beyond the longest for the cubic, and the frame that is being written.
    let capacity = Int((seconds * sampleRate).rounded(.up)) + 4
    return DelayLine(memory: keptZeros(capacity), capacity: capacity)
  }

  /// A short line for delays up to `seconds`; a reset empties it at no cost.
  public func sweptLine<L: Lane>(of type: L.Type = L.self, seconds: Float) -> SweptLine<L> {
    let frames = powerOfTwo(atLeast: Int((seconds * sampleRate).rounded(.up)) + 4)
    return SweptLine(memory: keptZeros(frames), frames: frames)
  }

  /// The next power of two: the size of a ring buffer addressed by a mask.
  public func powerOfTwo(atLeast frames: Int) -> Int {
    var size = 64
    while size < frames { size *= 2 }
    return size
  }
}
