// [control] The tables of a wavetable oscillator.
import Glibc

/// Cycles of a wave, each in ever duller versions, an octave apart: what the oscillator plays never aliases.
public final class WaveCycles: @unchecked Sendable {
  /// Frames of a cycle as it comes.
  public static let length = 2_048
  /// Level m has length / 2 >> m harmonics, in a table of eight frames for the highest, and a margin to read beyond.
  public static let levels = 11
  public let count: Int
  public let memory: UnsafePointer<Float>
  private let owned: UnsafeMutablePointer<Float>

  static func size(_ level: Int) -> Int { max((4 * length) >> level, 64) }
  /// Frames of the cycle that stand before its beginning and after its end once more.
  static var margin: Int { 4 }
  /// Where a level begins within a cycle's tables, by level; and after the last the length of all.
  static let starts: [Int] = (0...levels).map { (0..<$0).reduce(0) { $0 + size($1) + 2 * margin } }

  /// - Parameter cycles: `length` frames each; the constant part is taken out.
  public init(_ cycles: [[Double]]) {
    count = max(cycles.count, 1)
    let total = WaveCycles.starts[WaveCycles.levels]
    owned = .allocate(capacity: count * total)
    owned.initialize(repeating: 0, count: count * total)
    memory = UnsafePointer(owned)
    let transform = FourierTransform(size: WaveCycles.length)
    for (c, cycle) in cycles.enumerated() where cycle.count == WaveCycles.length {
      var real = cycle, imaginary = [Double](repeating: 0, count: cycle.count)
      transform.forward(&real, &imaginary)
      for level in 0..<WaveCycles.levels { add(level, real, imaginary, to: owned + c * total) }
    }
  }

  deinit { owned.deallocate() }

  private func add(_ level: Int, _ real: [Double], _ imaginary: [Double], to tables: UnsafeMutablePointer<Float>) {
    let size = WaveCycles.size(level), harmonics = max((WaveCycles.length / 2) >> level, 1)
    var re = [Double](repeating: 0, count: size), im = re
    let scale = Double(size) / Double(WaveCycles.length)
    for k in 1...harmonics where k < size / 2 && k < WaveCycles.length / 2 {
      re[k] = real[k] * scale
      im[k] = imaginary[k] * scale
      re[size - k] = re[k]
      im[size - k] = -im[k]
    }
    FourierTransform(size: size).inverse(&re, &im)
    let table = tables + WaveCycles.starts[level]
    for i in 0..<size + 2 * WaveCycles.margin { table[i] = Float(re[(i - WaveCycles.margin + size) % size]) }
  }

  /// Cuts a recording into cycles: of `length` frames each or, where it is shorter than two of them, all of it is one.
  public convenience init(recording: [Float], most: Int = 256) {
    let length = WaveCycles.length
    guard recording.count >= 2 * length else {
      let source = recording.map(Double.init)
      let single = (0..<length).map { i -> Double in
        let place = Double(i) * Double(source.count) / Double(length), at = Int(place)
        return source.isEmpty
          ? 0 : source[at] + (source[(at + 1) % source.count] - source[at]) * (place - Double(at))
      }
      self.init([single])
      return
    }
    self.init(
      (0..<min(recording.count / length, most)).map { c in (0..<length).map { Double(recording[c * length + $0]) } })
  }
}

/// [audio] Reads the tables.
public struct WaveReader: BitwiseCopyable, @unchecked Sendable {
  @usableFromInline let memory: UnsafePointer<Float>
  public let count: Int
  @usableFromInline let total: Int
  @usableFromInline let starts: UnsafePointer<Int32>
  @usableFromInline let sizes: UnsafePointer<Float>
  @usableFromInline let between = LagrangeTable.shared

  /// By level; made once and never changed.
  private struct Levels: @unchecked Sendable {
    let starts = constant(WaveCycles.starts.map { Int32($0 + WaveCycles.margin) })
    let sizes = constant((0..<WaveCycles.levels).map { Float(WaveCycles.size($0)) })
  }
  private static let allLevels = Levels()

  private static func constant<T: BitwiseCopyable>(_ values: [T]) -> UnsafePointer<T> {
    let memory = UnsafeMutablePointer<T>.allocate(capacity: values.count)
    for (i, value) in values.enumerated() { (memory + i).initialize(to: value) }
    return UnsafePointer(memory)
  }

  /// [control] - Parameter cycles: must outlive the reader.
  public init(_ cycles: WaveCycles) {
    memory = cycles.memory
    count = cycles.count
    total = WaveCycles.starts[WaveCycles.levels]
    starts = Self.allLevels.starts
    sizes = Self.allLevels.sizes
  }

  /// The wave of one voice.
  ///
  /// - Parameters:
  ///   - phase: 0 ... 1.
  ///   - cycle: 0 ... count − 1, between two cycles a mean of them.
  ///   - level: 0 ... 10, between two levels a mean of them.
  @inlinable @inline(__always)
  public func value(_ phase: Float, cycle: Float, level: Float) -> Float {
    let first = Int(cycle), low = Int(level)
    let part = cycle - Float(first), blend = level - Float(low)
    let y = read(phase, first, low, part)
    return blend <= 0 ? y : y + blend * (read(phase, first, low + 1, part) - y)
  }

  /// Between two cycles of one level.
  @inlinable @inline(__always)
  func read(_ phase: Float, _ cycle: Int, _ level: Int, _ part: Float) -> Float {
    let place = phase * sizes[level], whole = min(Int(place), Int(sizes[level]) - 1)
    let weights = between.weights(min(place - Float(whole), 0.999_999))
    let table = memory + (cycle * total + Int(starts[level]) + whole)
    let y = LagrangeTable.value(table, weights)
    return part <= 0 ? y : y + part * (LagrangeTable.value(table + total, weights) - y)
  }
}
