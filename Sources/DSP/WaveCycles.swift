// [control] The tables of a wavetable oscillator.
import Glibc

/// Single-cycle waves, each in versions of decreasing brightness, an octave apart, against aliasing.
public final class WaveCycles: @unchecked Sendable {
  /// Frames of a source cycle.
  public static let length = 2_048
  /// Version m has length / 2 >> m harmonics, in a table of eight points for the highest, or of 512.
  public static let versions = 11
  public let count: Int
  public let memory: UnsafePointer<Float>
  private let owned: UnsafeMutablePointer<Float>

  /// The points of a cycle's tables, all versions.
  @inlinable static var points: Int {
    let last = WaveVersion<Float>(Int32(versions - 1))
    return Int(last.start) + (1 << (32 - Int(last.shift))) + WaveKernel.points - 1
  }

  /// - Parameter cycles: `length` frames each; DC is removed.
  public init(_ cycles: [[Double]]) {
    count = max(cycles.count, 1)
    let total = WaveCycles.points
    owned = .allocate(capacity: count * total)
    owned.initialize(repeating: 0, count: count * total)
    memory = UnsafePointer(owned)
    let transform = FourierTransform(size: WaveCycles.length), forms = Form.all
    for (c, cycle) in cycles.enumerated() where cycle.count == WaveCycles.length {
      var real = cycle, imaginary = [Double](repeating: 0, count: cycle.count)
      transform.forward(&real, &imaginary)
      for form in forms { add(form, real, imaginary, to: owned + c * total) }
    }
  }

  deinit { deallocateInPieces(owned, bytes: 4 * count * WaveCycles.points) }

  /// The parameters of a version's table.
  private struct Form: Sendable {
    let start: Int
    let transform: FourierTransform
    /// Gain of each harmonic, from the first on.
    let scales: [Double]

    static let all = (0..<versions).map { Form($0) }

    init(_ version: Int) {
      let place = WaveVersion<Float>(Int32(version)), size = 1 << (32 - Int(place.shift))
      start = Int(place.start)
      transform = FourierTransform(size: size)
      scales = (1...max((length / 2) >> version, 1)).prefix(length / 2 - 1).map {
        Double(size) / (Double(length) * WaveKernel.response(Double($0) / Double(size)))
      }
    }
  }

  private func add(_ form: Form, _ real: [Double], _ imaginary: [Double], to tables: UnsafeMutablePointer<Float>) {
    let size = form.transform.size
    var re = [Double](repeating: 0, count: size), im = re
    for (i, scale) in form.scales.enumerated() {
      let k = i + 1
      re[k] = real[k] * scale
      im[k] = imaginary[k] * scale
      re[size - k] = re[k]
      im[size - k] = -im[k]
    }
    form.transform.inverse(&re, &im)
    let table = tables + form.start
    for i in 0..<size + WaveKernel.points - 1 { table[i] = Float(re[(i - 1 + size) % size]) }
  }

  /// Cuts a recording into cycles of `length` frames; a recording shorter than two of them is one cycle.
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
