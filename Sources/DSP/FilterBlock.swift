// [audio] A constant filter of one voice, eight frames at a time.
import CLanes

/// The precomputed response of a constant `CookbookFilter` to eight inputs and its state.
///
/// One voice's filter is a chain in which every frame depends on the last; eight outputs at once are sums of products
/// of eight inputs, and depend only on the state of eight frames ago. `weft_filter_eights` reads it as floats.
public struct FilterBlock: BitwiseCopyable, Sendable {
  /// Eight zeros, then the impulse response: loading eight from place 8 − i gives the response to an impulse at frame
  /// i.
  @usableFromInline var response = SIMD16<Float>()
  /// The eight outputs of a state of 1.
  @usableFromInline var fromBand = Voices(), fromLow = Voices()
  /// The contribution of each of the eight inputs to the state.
  @usableFromInline var toBand = Voices(), toLow = Voices()
  /// The contribution of the state to band and low eight frames later.
  @usableFromInline var bandTo = SIMD4<Float>(), lowTo = SIMD4<Float>()

  @inlinable public init() {}

  @inlinable public init(_ filter: CookbookFilter<Float>) {
    var band: Float = 0, low: Float = 0
    for i in 0..<8 {
      response[8 + i] = filter.step(i == 0 ? 1 : 0, band: &band, low: &low)
      toBand[7 - i] = band
      toLow[7 - i] = low
    }
    (band, low) = (1, 0)
    for i in 0..<8 { fromBand[i] = filter.step(0, band: &band, low: &low) }
    (bandTo[0], bandTo[1]) = (band, low)
    (band, low) = (0, 1)
    for i in 0..<8 { fromLow[i] = filter.step(0, band: &band, low: &low) }
    (lowTo[0], lowTo[1]) = (band, low)
  }

  /// Filters whole eights of frames. Not a bit of an output depends on the inputs after it.
  ///
  /// - Parameter state: band and low.
  @inlinable @inline(__always)
  func run(
    _ x: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>, eights: Int, state: inout SIMD4<Float>
  ) {
    withUnsafeBytes(of: self) { filter in
      withUnsafeMutableBytes(of: &state) { state in
        weft_filter_eights(
          filter.baseAddress!.assumingMemoryBound(to: Float.self), x, out, eights,
          state.baseAddress!.assumingMemoryBound(to: Float.self))
      }
    }
  }
}

/// A constant filter over any number of frames, in blocks at absolute multiples of eight: the output is the same to the
/// bit for any split into calls.
public struct BlockedFilter: BitwiseCopyable, Sendable {
  @usableFromInline var block = FilterBlock()
  /// The inputs of an incomplete block.
  public var pending = Voices()

  @inlinable public init() {}

  @inlinable public mutating func set(_ filter: CookbookFilter<Float>) { block = FilterBlock(filter) }

  /// - Parameters:
  ///   - frame: the absolute number of the first frame.
  ///   - band, low: the filter's state at the last multiple of eight.
  @inlinable @inline(__always)
  public mutating func run(
    _ x: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>, count: Int, frame: Int, band: inout Float,
    low: inout Float
  ) {
    var state = SIMD4(band, low, 0, 0), i = 0
    if frame & 7 != 0 { i = runPart(x, out, frame & 7, min(8 - frame & 7, count), &state) }
    let eights = (count - i) >> 3
    if eights > 0 {
      block.run(x + i, out + i, eights: eights, state: &state)
      i += eights << 3
    }
    if i < count { _ = runPart(x + i, out + i, 0, count - i, &state) }
    (band, low) = (state[0], state[1])
  }

  /// Filters some frames of a block, from place `offset` on; returns their number.
  @inlinable @inline(never)
  mutating func runPart(
    _ x: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>, _ offset: Int, _ count: Int,
    _ state: inout SIMD4<Float>
  ) -> Int {
    for k in 0..<count { pending[offset + k] = x[k] }
    var outputs = Voices(), after = state
    withUnsafeBytes(of: pending) { inputs in
      withUnsafeMutableBytes(of: &outputs) { outputs in
        block.run(
          inputs.baseAddress!.assumingMemoryBound(to: Float.self),
          outputs.baseAddress!.assumingMemoryBound(to: Float.self), eights: 1, state: &after)
      }
    }
    for k in 0..<count { out[k] = outputs[offset + k] }
    if offset + count == 8 { state = after }
    return count
  }

  /// The same for a kernel that is generic over its lane; only for one lane, where a lane is a `Float`.
  ///
  /// - Parameter isConstant: whether `x` is one value for all frames.
  @inlinable @inline(__always)
  public mutating func runOne<L: Lane>(
    _ x: UnsafePointer<L>, isConstant: Bool, _ out: UnsafeMutablePointer<L>, count: Int, frame: Int, band: inout L,
    low: inout L
  ) {
    let samples = UnsafeRawPointer(x).assumingMemoryBound(to: Float.self)
    let sound = UnsafeMutableRawPointer(out).assumingMemoryBound(to: Float.self)
    var b = band[lane: 0], l = low[lane: 0]
    // The filter reads a frame before it writes it: a constant is spread over the output.
    if isConstant { for i in 0..<count { sound[i] = samples[0] } }
    run(isConstant ? UnsafePointer(sound) : samples, sound, count: count, frame: frame, band: &b, low: &l)
    band = L(b)
    low = L(l)
  }
}
