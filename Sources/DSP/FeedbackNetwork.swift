// [audio] A room: eight delay lines that feed each other, as the eight lanes of one vector.
import CLanes

/// Where the network's memory lies: one ring for the two inputs, one for the eight lines.
///
/// Not cleared by a reset: what was not written since reads 0.
public struct NetworkMemory: BitwiseCopyable {
  @usableFromInline let inputs: UnsafeMutablePointer<SIMD2<Float>>
  @usableFromInline let lines: UnsafeMutablePointer<Voices>
  @usableFromInline let inputMask: Int
  @usableFromInline let lineMask: Int

  /// Both frame counts are powers of two.
  public init(
    inputs: UnsafeMutablePointer<SIMD2<Float>>, inputFrames: Int, lines: UnsafeMutablePointer<Voices>, lineFrames: Int
  ) {
    self.inputs = inputs
    self.lines = lines
    inputMask = inputFrames - 1
    lineMask = lineFrames - 1
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

/// What each line does in a pass: y = gain · x + pole · y₁; and how much of the input enters it.
public struct NetworkLoss<L: Lane>: Coefficients {
  public var gain = L.zero, pole = L.zero, entry = L.zero
  public init() {}

  /// - Parameters:
  ///   - lengths: the lines, in seconds.
  ///   - decay: until lows have fallen by 60 dB, in seconds.
  ///   - damping: the share by which the decay is shorter at 6 kHz.
  @inlinable
  public init(lengths: L, decay: Float, damping: Float, period: Float) {
    // Octaves to 60 dB: 9.966.
    let octaves = lengths * (-9.965_784 / decay)
    let whole = L.exp2(octaves)
    // A one-pole low-pass that takes at 6 kHz what is wanted there: from its power, the pole.
    let power = L.exp2(octaves * (2 / (1 - 0.98 * damping) - 2))
    let p = (1 - power * Float.cosine(cycles: 6_000 * period)) / L.maximum(1 - power, L(1e-7))
    pole = 1 / (p + L.squareRoot(L.maximum(p * p - 1, .zero)))
    // The mixing multiplies by √8.
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
  /// What taps and loss were computed from; the module's to use.
  public var settings = SIMD4<Float>(0, 0, 0, 0)
  @usableFromInline var taps = NetworkTaps(lines: SIMD8(0), inputs: SIMD8(0))
  @usableFromInline var next = NetworkTaps(lines: SIMD8(0), inputs: SIMD8(0))
  /// How much of `next` is heard; above 0 while a crossfade runs.
  @usableFromInline var fade: Float = 0
  @usableFromInline var dull = Voices(0)
  /// Frames written since the last reset.
  @usableFromInline var head = 0

  public init() {}

  /// At a grid point: heads for other delays by a crossfade, one at a time.
  @inlinable
  public mutating func moveTaps(to wanted: NetworkTaps, fadeStep: Float) {
    if !loss.isSet { taps = wanted }
    if fade >= 1 {
      taps = next
      fade = 0
    }
    let isNew = taps.lines != wanted.lines || taps.inputs != wanted.inputs
    if fade == 0 && isNew {
      next = wanted
      fade = fadeStep
    }
  }

  public var isFading: Bool { fade > 0 }

  /// One frame: left and right in, left and right of the room out.
  @inlinable @inline(__always)
  public mutating func step(_ input: SIMD2<Float>, _ memory: NetworkMemory, fadeStep: Float) -> SIMD2<Float> {
    memory.inputs[head & memory.inputMask] = input
    var entering = readInputs(memory, taps.inputs)
    var leaving = readLines(memory, taps.lines)
    if fade > 0 {
      entering = Self.blend(entering, readInputs(memory, next.inputs), by: min(fade, 1))
      leaving = Self.blend(leaving, readLines(memory, next.lines), by: min(fade, 1))
      fade += fadeStep
    }
    dull = Voices.fma(loss.now.pole, dull, loss.now.gain * leaving)
    memory.lines[head & memory.lineMask] = weft_f8_hadamard(Voices.fma(loss.now.entry, entering, dull))
    head += 1
    // Even lines go left, odd ones right, half of them upside down.
    let four = leaving.lowHalf - leaving.highHalf
    return (four.lowHalf + four.highHalf) * 0.5
  }

  @inlinable @inline(__always)
  static func blend<L: Lane>(_ a: L, _ b: L, by share: Float) -> L { L.fma(L(share), b - a, a) }

  @inlinable @inline(__always)
  func readLines(_ memory: NetworkMemory, _ back: SIMD8<Int32>) -> Voices {
    let ring = UnsafeRawPointer(memory.lines).assumingMemoryBound(to: Float.self), mask = memory.lineMask
    func at(_ lane: Int) -> Float { ring[((head &- Int(back[lane])) & mask) &* 8 &+ lane] }
    return written(Voices(at(0), at(1), at(2), at(3), at(4), at(5), at(6), at(7)), back)
  }

  @inlinable @inline(__always)
  func readInputs(_ memory: NetworkMemory, _ back: SIMD8<Int32>) -> Voices {
    let ring = UnsafeRawPointer(memory.inputs).assumingMemoryBound(to: Float.self), mask = memory.inputMask
    func at(_ lane: Int) -> Float { ring[((head &- Int(back[lane])) & mask) &* 2 &+ (lane & 1)] }
    return written(Voices(at(0), at(1), at(2), at(3), at(4), at(5), at(6), at(7)), back)
  }

  /// 0 where nothing was written since the reset.
  @inlinable @inline(__always)
  func written(_ x: Voices, _ back: SIMD8<Int32>) -> Voices {
    let count = SIMD8<Int32>(repeating: Int32(truncatingIfNeeded: min(head, 1 << 30)))
    return Voices.select(SIMD8<Int32>.less(count, back), Voices(0), x)
  }
}
