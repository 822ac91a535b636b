import DSP
import Glibc
import PatchKit

/// The way of a rendered sound into its file: measured, normalised to a peak, dithered, ended where it has fallen silent.
public final class RenderedSound: SoundSink {
  public struct Options {
    /// The peak in dBFS that the sound is brought to.
    public var peak: Double?
    /// Noise of two steps of the sample format, triangular, that decouples the rounding error from the sound.
    public var dithers = false
    /// Samples are cut towards zero, in place of rounding.
    public var truncates = false
    /// Frames after which the sound ends as soon as it has been silent for half a second; nil: it is written whole.
    public var endsWhenSilentAfter: Int?
    public init() {}
  }

  private let file: any SoundSink
  private let channels: Int
  private let rate: Double
  private let options: Options
  /// The size of a step of the sample format; nil for floating point, which does not clip.
  private let step: Float?
  private var meter: LoudnessMeter
  private var gain: Float = 1
  private var random: UInt64 = 0x9e37_79b9_7f4a_7c15
  /// The sound so far, which is not written before its peak is known; nil: it is written at once.
  private var store: UnsafeMutablePointer<FILE>?
  private var scratch: [Float] = []

  /// Below this a sound is silent: -90 dBFS.
  private static let silence: Float = 3.162_277_7e-5
  private static let silentSeconds = 0.5

  public private(set) var frames = 0
  /// Greatest magnitude, before normalisation.
  public private(set) var rawPeak: Float = 0
  /// Samples beyond full scale that the sample format cannot hold.
  public private(set) var clippedCount = 0
  private var lastLoud = -1
  /// True once it has ended because it was silent.
  public private(set) var hasEnded = false

  public init(
    into file: any SoundSink, channels: Int, rate: Double, bits: Int?, options: Options = Options()
  ) throws(PatchError) {
    self.file = file
    self.channels = channels
    self.rate = rate
    self.options = options
    step = bits.map { 1 / Float(1 << ($0 - 1)) }
    meter = LoudnessMeter(channels: channels, rate: rate)
    if options.peak != nil {
      store = tmpfile()
      guard store != nil else { throw PatchError(.unwritable, "a temporary file cannot be made") }
    }
  }

  deinit { if let store { fclose(store) } }

  /// Greatest magnitude of what is written.
  public var peak: Float { rawPeak * gain }
  /// In LUFS; nil for silence.
  public var loudness: Double? { meter.loudness.map { $0 + Double(20 * log10(gain)) } }
  public var seconds: Double { Double(frames) / rate }

  public func write(_ samples: UnsafePointer<Float>, frames count: Int) throws(PatchError) {
    let kept = measured(samples, count)
    guard kept > 0 else { return }
    meter.add(samples, frames: kept)
    frames += kept
    if let store {
      guard fwrite(samples, channels * MemoryLayout<Float>.stride, kept, store) == kept else {
        throw PatchError(.unwritable, "the temporary file is full: \(String(cString: strerror(errno)))")
      }
    } else {
      try emit(samples, frames: kept)
    }
  }

  /// The frames up to the end of the sound; the end does not depend on the period.
  private func measured(_ samples: UnsafePointer<Float>, _ count: Int) -> Int {
    if hasEnded { return 0 }
    guard options.endsWhenSilentAfter != nil else {
      rawPeak = greatestMagnitude(of: samples, count: count * channels, least: rawPeak)
      return count
    }
    let rest = Int((RenderedSound.silentSeconds * rate).rounded())
    for i in 0..<count {
      var level: Float = 0
      for c in 0..<channels { level = max(level, samples[i * channels + c].magnitude) }
      rawPeak = max(rawPeak, level)
      if level > RenderedSound.silence { lastLoud = frames + i }
      if let earliest = options.endsWhenSilentAfter, frames + i + 1 >= max(earliest, lastLoud + 1 + rest) {
        hasEnded = true
        return i + 1
      }
    }
    return count
  }

  private func emit(_ samples: UnsafePointer<Float>, frames count: Int) throws(PatchError) {
    guard let step else {
      guard gain != 1 else { return try file.write(samples, frames: count) }
      scale(samples, count * channels)
      return try file.write(scratch, frames: count)
    }
    let total = count * channels
    guard gain != 1 || options.dithers || options.truncates else {
      countClipped(samples, total)
      return try file.write(samples, frames: count)
    }
    scale(samples, total)
    if options.dithers {
      for i in 0..<total { scratch[i] += step * (noise() - noise()) }
    }
    countClipped(scratch, total)
    if options.truncates {
      // The writer multiplies by the largest number of the format and rounds.
      let steps = 1 / step - 1
      for i in 0..<total { scratch[i] = (min(max(scratch[i], -1), 1) * steps).rounded(.towardZero) / steps }
    }
    try file.write(scratch, frames: count)
  }

  private func countClipped(_ samples: UnsafePointer<Float>, _ count: Int) {
    guard greatestMagnitude(of: samples, count: count) > 1 else { return }
    clippedCount += (0..<count).count { samples[$0].magnitude > 1 }
  }

  /// Stores scaled samples in `scratch`.
  private func scale(_ samples: UnsafePointer<Float>, _ count: Int) {
    if scratch.count < count { scratch = [Float](repeating: 0, count: count) }
    let gain = gain
    scratch.withUnsafeMutableBufferPointer { scratch in
      for i in 0..<count { scratch[i] = samples[i] * gain }
    }
  }

  /// 0 … 1, the same in every run.
  private func noise() -> Float {
    random ^= random << 13
    random ^= random >> 7
    random ^= random << 17
    return Float(random >> 40) / 16_777_216
  }

  public func finish() throws(PatchError) {
    if let store {
      if let peak = options.peak, rawPeak > 0 { gain = Float(pow(10, peak / 20)) / rawPeak }
      rewind(store)
      var samples = [Float](repeating: 0, count: 4_096 * channels)
      while case let count = fread(&samples, channels * MemoryLayout<Float>.stride, 4_096, store), count > 0 {
        try emit(samples, frames: count)
      }
    }
    try file.finish()
  }
}
