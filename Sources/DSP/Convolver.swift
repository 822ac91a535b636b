// [audio] Zero-latency convolution with impulse responses of any length.

/// Convolves one input with the responses of two channels.
///
/// The first 64 frames of a response are convolved directly, the next 2,000 in partitions of 64 frames by their
/// spectra, the rest in partitions of 1,024, whose work is spread over the sixteen quanta before their output is due:
/// every quantum costs the same. Partitions are aligned to the absolute grid of quanta.
/// - Source: W. G. Gardner, "Efficient convolution without input–output delay" (1995); the overlap-save method.
public struct Convolver: BitwiseCopyable, @unchecked Sendable {
  private static var channels: Int { 2 }
  private let short, long: RealTransform
  private let left, right: ImpulseResponse.Pieces
  /// The last two partitions of input, short and long.
  private let shortInput, longInput: UnsafeMutablePointer<Float>
  /// Ring buffers of the input partitions' spectra.
  private let shortSpectra, longSpectra: UnsafeMutablePointer<Float>
  /// By channel: a sum of spectra, its frames, and the present output of the long partitions.
  private let shortSums, longSums, shortOutputs, longOutputs: UnsafeMutablePointer<Float>
  private let shortCount, longCount: Int
  private var isFresh = true
  /// Spectra that have been written since the start: newer ones overwrite the oldest.
  private var shortDone = 0, longDone = 0

  /// [control] The largest memory that a convolver requests, bytes.
  public static func mostBytes(_ response: ImpulseResponse.Pieces) -> Int {
    let row = RealTransform.row(2 * ImpulseResponse.far)
    return max(max(response.farCount, 1) * 2 * row, 8) * 4
  }

  /// [control] - Parameters:
  ///   - left: with `right`, of one length; they must outlive the convolver.
  ///   - memory: returns zeroed bytes, aligned to vectors, that outlive it too.
  public init(_ left: ImpulseResponse.Pieces, _ right: ImpulseResponse.Pieces, memory: (Int) -> UnsafeMutableRawPointer)
  {
    func floats(_ count: Int) -> UnsafeMutablePointer<Float> {
      memory(max(count, 8) * 4).assumingMemoryBound(to: Float.self)
    }
    self.left = left
    self.right = right
    short = RealTransform(size: 2 * ImpulseResponse.head, memory: memory)
    long = RealTransform(size: 2 * ImpulseResponse.far, memory: memory)
    shortCount = max(left.nearCount, 1)
    longCount = max(left.farCount, 1)
    shortInput = floats(short.size)
    longInput = floats(long.size)
    shortSpectra = floats(shortCount * 2 * short.row)
    longSpectra = floats(longCount * 2 * long.row)
    shortSums = floats(2 * short.row)
    longSums = floats(Self.channels * 2 * long.row)
    shortOutputs = floats(Self.channels * short.size)
    longOutputs = floats(Self.channels * long.size)
  }

  /// Processes `frames` frames that end no later than the quantum; writes both channels, adds to nothing.
  ///
  /// - Parameter frame: the absolute number of the first.
  public mutating func process(
    _ input: (Int) -> Float, frame: Int, frames: Int, _ outLeft: (Int, Float) -> Void, _ outRight: (Int, Float) -> Void
  ) {
    let head = ImpulseResponse.head, far = ImpulseResponse.far
    if isFresh { forget() }
    let place = frame & (head - 1), longPlace = frame & (far - 1)
    if place == 0 { start(quantum: longPlace / head) }
    for i in 0..<frames {
      let x = input(i)
      // NaN would stay in the sums for as long as the response.
      let held = x.isFinite ? x : 0
      shortInput[head + place + i] = held
      longInput[far + longPlace + i] = held
      // The head: the last 64 frames, the present one included.
      let past = UnsafeRawPointer(shortInput + place + i + 1)
      let near = head + place + i, later = far + longPlace + i
      outLeft(i, direct(left.taps, past) + shortOutputs[near] + longOutputs[later])
      outRight(i, direct(right.taps, past) + shortOutputs[short.size + near] + longOutputs[long.size + later])
    }
  }

  @inline(__always)
  private func direct(_ taps: UnsafePointer<Float>, _ past: UnsafeRawPointer) -> Float {
    let taps = UnsafeRawPointer(taps).assumingMemoryBound(to: Voices.self)
    var sum = Voices(0)
    for v in 0..<ImpulseResponse.head / Voices.count {
      sum = Voices.fma(past.loadUnaligned(fromByteOffset: v * 32, as: Voices.self), taps[v], sum)
    }
    return sum.laneSum
  }

  /// Restarts with the next frame.
  public mutating func restart() { isFresh = true }

  /// Silence before the first frame.
  private mutating func forget() {
    shortInput.update(repeating: 0, count: short.size)
    longInput.update(repeating: 0, count: long.size)
    shortOutputs.update(repeating: 0, count: Self.channels * short.size)
    longOutputs.update(repeating: 0, count: Self.channels * long.size)
    longSums.update(repeating: 0, count: Self.channels * 2 * long.row)
    shortDone = 0
    longDone = 0
    isFresh = false
  }

  /// Starts a quantum: the last one is complete.
  private mutating func start(quantum: Int) {
    let head = ImpulseResponse.head, far = ImpulseResponse.far, row = short.row
    short.forward(shortInput, shortSpectra + shortDone % shortCount * 2 * row)
    shortDone += 1
    shortInput.update(from: shortInput + head, count: head)
    for channel in 0..<Self.channels {
      let response = channel == 0 ? left : right
      shortSums.update(repeating: 0, count: 2 * row)
      for p in 0..<min(response.nearCount, shortDone) {
        RealTransform.addProduct(
          shortSpectra + (shortDone - 1 - p) % shortCount * 2 * row, response.near + p * 2 * row, to: shortSums,
          row: row)
      }
      short.inverse(shortSums, shortOutputs + channel * short.size)
    }
    guard left.farCount > 0 else { return }
    if quantum == 0 { startLongPartition(far) }
    // A sixteenth of the work for the next long partition.
    let count = min(left.farCount, longDone), quanta = far / head
    let from = count * quantum / quanta, to = count * (quantum + 1) / quanta
    for channel in 0..<Self.channels {
      let response = channel == 0 ? left : right
      for p in from..<to {
        RealTransform.addProduct(
          longSpectra + (longDone - 1 - p) % longCount * 2 * long.row, response.far + p * 2 * long.row,
          to: longSums + channel * 2 * long.row, row: long.row)
      }
    }
  }

  /// Starts a long partition: outputs the sum, and transforms the last input.
  private mutating func startLongPartition(_ far: Int) {
    for channel in 0..<Self.channels {
      long.inverse(longSums + channel * 2 * long.row, longOutputs + channel * long.size)
    }
    longSums.update(repeating: 0, count: Self.channels * 2 * long.row)
    long.forward(longInput, longSpectra + longDone % longCount * 2 * long.row)
    longDone += 1
    longInput.update(from: longInput + far, count: far)
  }
}
