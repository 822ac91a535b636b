// [control] Copies of a sound for playback at other speeds.

/// A sound in copies of decreasing bandwidth, so that it can be played faster without aliases.
///
/// The first is the sound itself, for its own speed; the second is the whole band at 1.5 times the rate, for lower
/// speeds; the others end at 2^(−1/4), 2^(−1/2) … of the band, four to an octave over eight octaves, and are stored at
/// 1.27 to 1.6 times the rate that such a band needs. Together they take 9.6 times the memory of the sound; beyond
/// `mostForQuarters` samples there is one copy to an octave, which takes three times.
///
/// Their bands are cut by transforms: flat to 0.97 of their end (the second to 0.93), nothing beyond it.
public final class SoundCopies: @unchecked Sendable {
  /// The most samples, over all channels and sounds of an instrument, for four copies to an octave: 22 s of stereo at
  /// 48 kHz.
  public static let mostForQuarters = 1 << 21
  static let octaves = 8
  /// Frames before the first one and behind the last one: interpolation reads eight each way.
  private static let margin = 16
  /// Copies to an octave.
  public let perOctave: Int
  /// The copies of the left channel, then of the right one, or of the left one again.
  let pointers: UnsafeMutablePointer<UnsafePointer<Float>>
  let count: Int
  let isPair: Bool
  private let memory: UnsafeMutablePointer<Float>
  private let size: Int

  /// - Parameters:
  ///   - channels: one or two, of as many frames; they must outlive the copies.
  ///   - total: samples over all channels of this sound and of those that are copied with it.
  public init(_ channels: [UnsafePointer<Float>], frames: Int, total: Int) {
    let perOctave = total <= Self.mostForQuarters ? 4 : 1, count = 2 + perOctave * Self.octaves
    self.perOctave = perOctave
    self.count = count
    isPair = channels.count > 1
    func length(_ number: Int) -> Int {
      let place = CopyPlace<Float>.place(number, perOctave: perOctave)
      return ((frames * place.factor) >> place.shift) + 2 + 2 * Self.margin
    }
    let lengths = (0..<count).map { $0 == 0 ? 0 : length($0) }
    size = lengths.reduce(0, +) * channels.count
    memory = .allocate(capacity: size)
    memory.initialize(repeating: 0, count: size)
    pointers = .allocate(capacity: 2 * count)
    var at = memory
    for (c, channel) in channels.enumerated() {
      (pointers + c * count).initialize(to: channel)
      for number in 1..<count {
        (pointers + c * count + number).initialize(to: UnsafePointer(at + Self.margin))
        at += lengths[number]
      }
    }
    if channels.count == 1 { (pointers + count).initialize(from: pointers, count: count) }
    for (c, channel) in channels.enumerated() {
      let rows = pointers + c * count
      fill(UnsafeBufferPointer(start: channel, count: frames), perOctave) { number in
        UnsafeMutableBufferPointer(
          start: UnsafeMutablePointer(mutating: rows[number]) - Self.margin, count: lengths[number])
      }
    }
  }

  deinit {
    pointers.deallocate()
    deallocateInPieces(memory, bytes: 4 * size)
  }

  /// Writes the copies of a channel, octave by octave, each from the sound at half the rate of the one before.
  private func fill(
    _ channel: UnsafeBufferPointer<Float>, _ perOctave: Int, _ copy: (Int) -> UnsafeMutableBufferPointer<Float>
  ) {
    // A band cut by a transform rings before its first frame.
    let lead = BandCutter.lead
    var base = [Float](repeating: 0, count: lead) + channel + [Float](repeating: 0, count: lead)
    for octave in 0..<Self.octaves {
      let cutter = BandCutter(frames: base.count)
      var bands: [BandCutter.Band] = []
      for step in 0..<perOctave {
        let number = 2 + octave * perOctave + step, place = CopyPlace<Float>.place(number, perOctave: perOctave)
        let end = CopyPlace<Float>.band(number, perOctave: perOctave) * Double(1 << octave)
        bands.append(.init(place.factor, end: end, flat: 0.97 * end, copy(number), before: Self.margin))
      }
      if octave == 0 { bands.append(.init(24, end: 1, flat: 0.93, copy(1), before: Self.margin)) }
      var half = [Float](repeating: 0, count: (base.count - 2 * lead + 1) / 2 + 2 * lead)
      half.withUnsafeMutableBufferPointer { half in
        bands.append(.init(8, end: 0.5, flat: 0.46, half, before: lead))
        base.withUnsafeBufferPointer { cutter.cut($0, bands) }
      }
      base = half
    }
  }
}

/// Cuts the band of a sound and converts its rate, by a multiple of 1/16, in overlapping pieces.
private struct BandCutter {
  /// Frames of a sound before its first one.
  static let lead = 256
  /// Overlap: by then the ringing has fallen by 118 dB.
  private static let overlap = 1_024
  private let size: Int
  private var piece: Int { size - 2 * Self.overlap }

  init(frames: Int) { size = frames > 8_192 ? 32_768 : 4_096 }

  /// One result.
  struct Band {
    /// Sixteenths of the rate.
    let factor: Int
    /// Shares of the band: nothing is left from `end` on.
    let end, flat: Double
    let result: UnsafeMutableBufferPointer<Float>
    /// Frames of the result before the first of the sound.
    let before: Int

    init(_ factor: Int, end: Double, flat: Double, _ result: UnsafeMutableBufferPointer<Float>, before: Int) {
      (self.factor, self.end, self.flat, self.result, self.before) = (factor, end, flat, result, before)
    }

    /// The gain of each bin up to the end of the band.
    func gains(_ size: Int) -> [Float] {
      let bins = Double(size / 2)
      return (0...Int(end * bins)).map {
        let share = Double($0) / bins
        // A raised cosine.
        let x = Float(min(max((share - flat) / (end - flat), 0), 1))
        return (0.5 + 0.5 * Float.cosine(cycles: 0.5 * x)) / Float(size)
      }
    }
  }

  /// - Parameter sound: with `lead` frames before its first one.
  func cut(_ sound: UnsafeBufferPointer<Float>, _ bands: [Band]) {
    let memory = TransformMemory()
    let transform = RealTransform(size: size, memory: memory.zeros)
    let inverses = bands.map { RealTransform(size: size * $0.factor / 16, memory: memory.zeros) }
    let gains = bands.map { $0.gains(size) }
    let frames = memory.floats(2 * size), spectrum = memory.floats(2 * transform.row)
    let cut = memory.floats(4 * transform.row)
    // From the first frame of the sound on; the lead is in the overlap of the first piece.
    for start in stride(from: 0, to: sound.count - Self.lead, by: piece) {
      let first = start + Self.lead - Self.overlap
      let low = max(0, -first), high = min(size, sound.count - first)
      frames.update(repeating: 0, count: size)
      if high > low { (frames + low).update(from: sound.baseAddress! + (first + low), count: high - low) }
      transform.forward(frames, spectrum)
      for (i, band) in bands.enumerated() {
        let inverse = inverses[i]
        cut.update(repeating: 0, count: 2 * inverse.row)
        for (k, gain) in gains[i].enumerated() {
          cut[k] = spectrum[k] * gain
          cut[inverse.row + k] = spectrum[transform.row + k] * gain
        }
        inverse.inverse(cut, frames)
        let skipped = Self.overlap * band.factor / 16, place = start * band.factor / 16 + band.before
        let from = start == 0 ? -band.before : 0
        let to = min(piece * band.factor / 16, band.result.count - place)
        if to > from {
          (band.result.baseAddress! + (place + from)).update(from: frames + (skipped + from), count: to - from)
        }
      }
    }
  }
}

/// Memory that lives as long as a cut.
private final class TransformMemory {
  private var owned: [UnsafeMutableRawPointer] = []

  func zeros(_ bytes: Int) -> UnsafeMutableRawPointer {
    let memory = UnsafeMutableRawPointer.allocate(byteCount: max(bytes, 64), alignment: 64)
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: max(bytes, 64))
    owned.append(memory)
    return memory
  }
  func floats(_ count: Int) -> UnsafeMutablePointer<Float> { zeros(4 * count).assumingMemoryBound(to: Float.self) }

  deinit { for memory in owned { memory.deallocate() } }
}
