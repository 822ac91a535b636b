// [audio] A constant filter of one voice, eight frames at a time.

/// The precomputed response of a constant `CookbookFilter` to eight inputs and its state.
///
/// One voice's filter is a chain in which every frame depends on the last; eight outputs at once are sums of products
/// of eight inputs, and depend only on the state of eight frames ago.
public struct FilterBlock: BitwiseCopyable, Sendable {
  /// Eight zeros, then the impulse response: loading eight from place 8 − i gives the response to an impulse at frame
  /// i.
  @usableFromInline var response = SIMD16<Float>()
  /// The eight outputs of a state of 1.
  @usableFromInline var fromBand = Voices(), fromLow = Voices()
  /// The contribution of each of the eight inputs to the state.
  @usableFromInline var toBand = Voices(), toLow = Voices()
  /// The contribution of the state to the state eight frames later.
  @usableFromInline var bandToBand: Float = 0, bandToLow: Float = 0, lowToBand: Float = 0, lowToLow: Float = 0

  @inlinable public init() {}

  @inlinable public init(_ filter: CookbookFilter<Float>) {
    var band: Float = 0, low: Float = 0
    for i in 0..<8 {
      response[8 + i] = filter.step(i == 0 ? 1 : 0, band: &band, low: &low)
      toBand[7 - i] = band
      toLow[7 - i] = low
    }
    bandToBand = 1
    for i in 0..<8 { fromBand[i] = filter.step(0, band: &bandToBand, low: &bandToLow) }
    lowToLow = 1
    for i in 0..<8 { fromLow[i] = filter.step(0, band: &lowToBand, low: &lowToLow) }
  }

  /// The outputs for eight inputs. Not a bit of an output depends on the inputs after it.
  @inlinable @inline(__always)
  public func outputs(_ x: UnsafePointer<Float>, band: Float, low: Float) -> Voices {
    withUnsafeBytes(of: response) { bytes in
      var even = Voices(band) * fromBand, odd = Voices(low) * fromLow
      for i in stride(from: 0, to: 8, by: 2) {
        let first = bytes.loadUnaligned(fromByteOffset: (8 - i) * 4, as: Voices.self)
        let second = bytes.loadUnaligned(fromByteOffset: (7 - i) * 4, as: Voices.self)
        even = Voices.fma(first, Voices(x[i]), even)
        odd = Voices.fma(second, Voices(x[i + 1]), odd)
      }
      return even + odd
    }
  }

  /// Advances the state by eight frames.
  @inlinable @inline(__always)
  public func advance(_ x: UnsafePointer<Float>, band: inout Float, low: inout Float) {
    let inputs = UnsafeRawPointer(x).loadUnaligned(as: Voices.self)
    let nextBand = Float.fma(bandToBand, band, Float.fma(lowToBand, low, (inputs * toBand).laneSum))
    low = Float.fma(bandToLow, band, Float.fma(lowToLow, low, (inputs * toLow).laneSum))
    band = nextBand
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
    let block = block
    var b = band, l = low, i = 0
    while i < count {
      let offset = (frame &+ i) & 7
      if offset == 0 && count - i >= 8 {
        UnsafeMutableRawPointer(out + i).storeBytes(of: block.outputs(x + i, band: b, low: l), as: Voices.self)
        block.advance(x + i, band: &b, low: &l)
        i += 8
        continue
      }
      let end = min(8, offset + count - i)
      for at in offset..<end { pending[at] = x[i + at - offset] }
      withUnsafeBytes(of: pending) { bytes in
        let inputs = bytes.baseAddress!.assumingMemoryBound(to: Float.self)
        let y = block.outputs(inputs, band: b, low: l)
        for at in offset..<end { out[i + at - offset] = y[at] }
        if end == 8 { block.advance(inputs, band: &b, low: &l) }
      }
      i += end - offset
    }
    band = b
    low = l
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
    if isConstant {
      withUnsafeBytes(of: Voices(repeating: samples[0])) { bytes in
        let input = bytes.baseAddress!.assumingMemoryBound(to: Float.self)
        for i in stride(from: 0, to: count, by: 8) {
          run(input, sound + i, count: min(8, count - i), frame: frame + i, band: &b, low: &l)
        }
      }
    } else {
      run(samples, sound, count: count, frame: frame, band: &b, low: &l)
    }
    band = L(b)
    low = L(l)
  }
}
