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
  @usableFromInline let between = LagrangeTable.shared

  /// By level; made once and never changed.
  private struct Levels: @unchecked Sendable {
    let starts = constant(WaveCycles.starts.map { Int32($0 + WaveCycles.margin) })
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
  }

  /// The wave in every lane.
  ///
  /// - Parameters:
  ///   - phase: 0 ... 1.
  ///   - cycle: 0 ... count − 1, between two cycles a mean of them.
  ///   - octaves: by how many a cycle's highest harmonic lies above half the rate. Between whole numbers the wave goes
  ///     over into a duller one, in the last quarter of the way.
  @inlinable @inline(__always)
  public func values<L: Lane>(_ phase: L, cycle: L, octaves: L) -> L {
    let level = L.clamp(octaves + L(0.999), .zero, L(Float(WaveCycles.levels - 1)))
    let low = L.floor(level), next = L.minimum(low + L(1), L(Float(WaveCycles.levels - 1)))
    let blend = L.clamp((level - low) * 4 - L(3), .zero, L(1))
    // The last cycle is all of the way from the one before it.
    let first = L.minimum(L.floor(cycle), L(Float(max(count - 2, 0)))), part = cycle - first
    let y = values(phase, first, part, low)
    if L.less(.zero, blend).signs == 0 { return y }
    return L.fma(blend, values(phase, first, part, next) - y, y)
  }

  /// At one level, a mean of two cycles.
  @inlinable @inline(__always)
  func values<L: Lane>(_ phase: L, _ cycle: L, _ part: L, _ level: L) -> L {
    // A table of level m has 2^(13 − m) frames, 64 at least.
    let size = L.maximum(L.fromBitPattern(L.Bits.shiftedLeft(L.Bits(140) &- L.truncated(level), by: 23)), L(64))
    let place = phase * size, whole = L.minimum(L.floor(place), size - L(1))
    let scaled = L.minimum(place - whole, L(0.999_999)) * Float(LagrangeTable.phases), row = L.truncated(scaled)
    let start = L.truncated(cycle) &* L.Bits(Int32(total)) &+ L.truncated(whole)
    // Start of the level and row in one number.
    let key = L.Bits.shiftedLeft(L.truncated(level), by: 16) | row
    let hasPart = L.less(.zero, part).signs != 0
    let both = L.rowSums(start, key, scaled - L.converted(row), isPair: hasPart) { start, key, part in
      let weights = between.weights(key & 0xffff, part), table = memory + (start &+ Int(starts[key &>> 16]))
      let here = LagrangeTable.products(table, weights)
      return (here, hasPart ? LagrangeTable.products(table + total, weights) : here)
    }
    return hasPart ? L.fma(part, both.1 - both.0, both.0) : both.0
  }
}
