// [audio] Reverb: eight delay lines that feed each other, as the eight lanes of one vector.
import CLanes

/// The memory of the network: a ring buffer for each input and line, each a little longer than its mask: the first
/// frames are repeated behind the last ones, so that eight can be read at once from any place.
///
/// Not cleared by a reset: frames not written since read 0.
public struct NetworkMemory: BitwiseCopyable {
  @usableFromInline let inputs: UnsafeMutablePointer<Float>
  @usableFromInline let lines: UnsafeMutablePointer<Float>
  @usableFromInline let inputMask: Int
  @usableFromInline let lineMask: Int
  @usableFromInline static var again: Int { 8 }

  /// Floats for ring buffers of this many frames.
  public static func size(inputFrames: Int) -> Int { 2 * (inputFrames + again) }
  public static func size(lineFrames: Int) -> Int { 8 * (lineFrames + again) }

  /// Both frame counts are powers of two.
  public init(
    inputs: UnsafeMutablePointer<Float>, inputFrames: Int, lines: UnsafeMutablePointer<Float>, lineFrames: Int
  ) {
    self.inputs = inputs
    self.lines = lines
    inputMask = inputFrames - 1
    lineMask = lineFrames - 1
  }

  /// The ring buffer that feeds a line: the left input for even lines, the right one for odd lines.
  @inlinable @inline(__always)
  func input(of line: Int) -> UnsafeMutablePointer<Float> { inputs + (line & 1) &* (inputMask &+ 1 &+ Self.again) }
  @inlinable @inline(__always)
  func line(_ line: Int) -> UnsafeMutablePointer<Float> { lines + line &* (lineMask &+ 1 &+ Self.again) }

  @inlinable @inline(__always)
  static func write(_ x: Float, _ buffer: UnsafeMutablePointer<Float>, at frame: Int, mask: Int) {
    let place = frame & mask
    buffer[place] = x
    if place < again { buffer[place &+ mask &+ 1] = x }
  }

  /// Writes eight frames from a multiple of eight on.
  @inlinable @inline(__always)
  static func write(_ x: Voices, _ buffer: UnsafeMutablePointer<Float>, at frame: Int, mask: Int) {
    let place = frame & mask
    UnsafeMutableRawPointer(buffer + place).storeBytes(of: x, as: Voices.self)
    if place == 0 { UnsafeMutableRawPointer(buffer + mask + 1).storeBytes(of: x, as: Voices.self) }
  }

  @inlinable @inline(__always)
  static func eight(_ buffer: UnsafeMutablePointer<Float>, at frame: Int, mask: Int) -> Voices {
    UnsafeRawPointer(buffer + (frame & mask)).loadUnaligned(as: Voices.self)
  }
}

/// Delays in frames: of each line, and of what enters it (even lines: the left input; odd: the right).
public struct NetworkTaps: BitwiseCopyable, Sendable {
  public var lines: SIMD8<Int32>
  public var inputs: SIMD8<Int32>

  public init(lines: SIMD8<Int32>, inputs: SIMD8<Int32>) {
    self.lines = lines
    self.inputs = inputs
  }
}

/// The filter of each line per pass: y = gain · x + pole · y₁; and the input gain.
public struct NetworkLoss<L: Lane>: Coefficients {
  public var gain = L.zero, pole = L.zero, entry = L.zero
  public init() {}

  /// - Parameters:
  ///   - lengths: the lines, in seconds.
  ///   - decay: decay time of low frequencies to −60 dB, in seconds.
  ///   - damping: the share by which the decay is shorter at 6 kHz.
  @inlinable
  public init(lengths: L, decay: Float, damping: Float, period: Float) {
    // Octaves to 60 dB: 9.966.
    let octaves = lengths * (-9.965_784 / decay)
    let whole = L.exp2(octaves)
    // A one-pole low-pass with the required loss at 6 kHz: the pole, from its power.
    let power = L.exp2(octaves * (2 / (1 - 0.98 * damping) - 2))
    let p = (1 - power * Float.cosine(cycles: 6_000 * period)) / L.maximum(1 - power, L(1e-7))
    pole = 1 / (p + L.squareRoot(L.maximum(p * p - 1, .zero)))
    // The mixing matrix has a gain of √8.
    gain = whole * (1 - pole) * 0.353_553_39
    entry = L.squareRoot(L.maximum(1 - whole * whole, .zero)) * 0.353_553_39
  }

  @inlinable @inline(__always)
  public func sixteenth(from start: Self) -> Self {
    var step = self
    step.gain = (gain - start.gain) * 0.0625
    step.pole = (pole - start.pole) * 0.0625
    step.entry = (entry - start.entry) * 0.0625
    return step
  }

  @inlinable @inline(__always)
  public mutating func advance(by step: Self) {
    gain += step.gain
    pole += step.pole
    entry += step.entry
  }
}

/// A feedback delay network of order eight, mixed by a Hadamard matrix; all zero bits are silence.
///
/// - Source: J.-M. Jot and A. Chaigne, "Digital delay networks for designing artificial
///   reverberators" (1991): loss in proportion to each line's length, so that all modes decay alike.
public struct FeedbackNetwork: BitwiseCopyable, Sendable {
  public var loss = GridRamp<NetworkLoss<Voices>>()
  /// The settings from which taps and loss were computed; for the module.
  public var settings = SIMD4<Float>(0, 0, 0, 0)
  @usableFromInline var taps = NetworkTaps(lines: SIMD8(0), inputs: SIMD8(0))
  /// The shortest line, and the longest read delay.
  @usableFromInline var shortest = 0, farthest = 0
  @usableFromInline var next = NetworkTaps(lines: SIMD8(0), inputs: SIMD8(0))
  /// Weight of `next`; above 0 while a crossfade runs.
  @usableFromInline var fade: Float = 0
  @usableFromInline var dull = Voices(0)
  /// Of the left and of the right input.
  @usableFromInline var leftBlocker = OffsetBlocker<Float>(), rightBlocker = OffsetBlocker<Float>()
  /// Frames written since the last reset.
  @usableFromInline var head = 0

  public init() {}

  /// At a grid point: crossfades to other delays, one change at a time.
  @inlinable
  public mutating func moveTaps(to wanted: NetworkTaps, fadeStep: Float) {
    if !loss.isSet { use(wanted) }
    if fade >= 1 {
      use(next)
      fade = 0
    }
    let isNew = taps.lines != wanted.lines || taps.inputs != wanted.inputs
    if fade == 0 && isNew {
      next = wanted
      fade = fadeStep
    }
  }

  public var isFading: Bool { fade > 0 }

  @inlinable
  mutating func use(_ taps: NetworkTaps) {
    self.taps = taps
    shortest = Int(taps.lines[0])
    farthest = 0
    for lane in 0..<8 {
      shortest = min(shortest, Int(taps.lines[lane]))
      farthest = max(farthest, max(Int(taps.lines[lane]), Int(taps.inputs[lane])))
    }
  }

  /// One frame: stereo in, stereo out.
  @inlinable @inline(__always)
  public mutating func step(
    _ input: SIMD2<Float>, _ memory: NetworkMemory, _ offsets: UnsafePointer<OffsetColumns>, fadeStep: Float
  ) -> SIMD2<Float> {
    let left = offsets.pointee.next(input.x, &leftBlocker), right = offsets.pointee.next(input.y, &rightBlocker)
    NetworkMemory.write(left, memory.input(of: 0), at: head, mask: memory.inputMask)
    NetworkMemory.write(right, memory.input(of: 1), at: head, mask: memory.inputMask)
    var entering = readInputs(memory, taps.inputs)
    var leaving = readLines(memory, taps.lines)
    if fade > 0 {
      entering = Self.blend(entering, readInputs(memory, next.inputs), by: min(fade, 1))
      leaving = Self.blend(leaving, readLines(memory, next.lines), by: min(fade, 1))
      fade += fadeStep
    }
    let mixed = pass(entering, leaving)
    for line in 0..<8 { NetworkMemory.write(mixed[line], memory.line(line), at: head, mask: memory.lineMask) }
    head += 1
    // Even lines go left, odd ones right, half of them inverted.
    let four = leaving.lowHalf - leaving.highHalf
    return (four.lowHalf + four.highHalf) * 0.5
  }

  /// True if `stepEight` is valid: all its reads were written, and no crossfade runs.
  @inlinable @inline(__always)
  public var canStepEight: Bool { head & 7 == 0 && fade == 0 && shortest >= 8 && head >= farthest }

  /// Eight frames, equal to eight calls of `step`. Frames are read and written in blocks per line; in between, frames
  /// are the rows and lines the columns.
  /// - Parameter lossStep: change of the losses per frame.
  @inlinable @inline(__always)
  public mutating func stepEight(
    _ left: Voices, _ right: Voices, _ memory: NetworkMemory, _ offsets: UnsafePointer<OffsetColumns>,
    lossStep: NetworkLoss<Voices>
  ) -> (left: Voices, right: Voices) {
    let left = offsets.pointee.next(left, &leftBlocker), right = offsets.pointee.next(right, &rightBlocker)
    NetworkMemory.write(left, memory.input(of: 0), at: head, mask: memory.inputMask)
    NetworkMemory.write(right, memory.input(of: 1), at: head, mask: memory.inputMask)
    var table = InlineArray<24, Voices>(repeating: Voices(0))
    return withUnsafeMutableBytes(of: &table) {
      let rows = $0.baseAddress!.assumingMemoryBound(to: Voices.self), entering = rows + 8, leaving = rows + 16
      let numbers = UnsafeRawPointer(rows).assumingMemoryBound(to: Float.self)
      for line in 0..<8 {
        rows[line] = NetworkMemory.eight(
          memory.input(of: line), at: head &- Int(taps.inputs[line]), mask: memory.inputMask)
      }
      weft_f8_columns(numbers, 8, entering)
      for line in 0..<8 {
        rows[line] = NetworkMemory.eight(memory.line(line), at: head &- Int(taps.lines[line]), mask: memory.lineMask)
      }
      // Even lines go left, odd ones right, half of them inverted.
      let wetLeft = ((rows[0] - rows[4]) + (rows[2] - rows[6])) * Voices(0.5)
      let wetRight = ((rows[1] - rows[5]) + (rows[3] - rows[7])) * Voices(0.5)
      weft_f8_columns(numbers, 8, leaving)
      if loss.isMoving {
        for frame in 0..<8 {
          rows[frame] = pass(entering[frame], leaving[frame])
          loss.now.advance(by: lossStep)
        }
      } else {
        for frame in 0..<8 { rows[frame] = pass(entering[frame], leaving[frame]) }
      }
      weft_f8_columns(numbers, 8, leaving)
      for line in 0..<8 { NetworkMemory.write(leaving[line], memory.line(line), at: head, mask: memory.lineMask) }
      head += 8
      return (wetLeft, wetRight)
    }
  }

  /// The inputs of the lines for their outputs `leaving`.
  @inlinable @inline(__always)
  mutating func pass(_ entering: Voices, _ leaving: Voices) -> Voices {
    dull = Voices.fma(loss.now.pole, dull, loss.now.gain * leaving)
    return weft_f8_hadamard(Voices.fma(loss.now.entry, entering, dull))
  }

  @inlinable @inline(__always)
  static func blend<L: Lane>(_ a: L, _ b: L, by share: Float) -> L { L.fma(L(share), b - a, a) }

  @inlinable @inline(__always)
  func readLines(_ memory: NetworkMemory, _ back: SIMD8<Int32>) -> Voices {
    let mask = memory.lineMask
    func at(_ lane: Int) -> Float { memory.line(lane)[(head &- Int(back[lane])) & mask] }
    return written(Voices(at(0), at(1), at(2), at(3), at(4), at(5), at(6), at(7)), back)
  }

  @inlinable @inline(__always)
  func readInputs(_ memory: NetworkMemory, _ back: SIMD8<Int32>) -> Voices {
    let mask = memory.inputMask
    func at(_ lane: Int) -> Float { memory.input(of: lane)[(head &- Int(back[lane])) & mask] }
    return written(Voices(at(0), at(1), at(2), at(3), at(4), at(5), at(6), at(7)), back)
  }

  /// 0 where nothing was written since the reset.
  @inlinable @inline(__always)
  func written(_ x: Voices, _ back: SIMD8<Int32>) -> Voices {
    let count = SIMD8<Int32>(repeating: Int32(truncatingIfNeeded: min(head, 1 << 30)))
    return Voices.select(SIMD8<Int32>.less(count, back), Voices(0), x)
  }
}
