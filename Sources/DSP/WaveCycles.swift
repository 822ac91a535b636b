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

  /// - Parameter cycles: all of one length, 2 frames or more; DC is removed.
  public init(_ cycles: [[Double]]) {
    count = max(cycles.count, 1)
    let total = WaveCycles.points
    owned = .allocate(capacity: count * total)
    owned.initialize(repeating: 0, count: count * total)
    memory = UnsafePointer(owned)
    let spectrum = CycleSpectrum(frames: cycles.first?.count ?? 0), forms = Form.all
    for (c, cycle) in cycles.enumerated() where cycle.count == spectrum.frames {
      let (real, imaginary) = spectrum.harmonics(of: cycle)
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

  /// Cuts a recording into cycles; one shorter than two of them is a single cycle. A rest is left out.
  ///
  /// - Parameter frames: of a cycle; nil: `length`, with one that is shorter than two of them being a single cycle.
  public convenience init(recording: [Float], frames: Int? = nil, most: Int = 256) {
    let length = frames ?? WaveCycles.length
    guard recording.count >= (frames == nil ? 2 * length : length), length > 1 else {
      self.init([WaveCycles.stretched(recording)])
      return
    }
    self.init(
      (0..<min(recording.count / length, most)).map { c in (0..<length).map { Double(recording[c * length + $0]) } })
  }

  /// A cycle of any length as one of `length` frames, by linear interpolation.
  private static func stretched(_ recording: [Float]) -> [Double] {
    let source = recording.map(Double.init)
    return (0..<length).map { i -> Double in
      let place = Double(i) * Double(source.count) / Double(length), at = Int(place)
      return source.isEmpty ? 0 : source[at] + (source[(at + 1) % source.count] - source[at]) * (place - Double(at))
    }
  }
}

/// The harmonics of cycles of one length, scaled as those of a cycle of `WaveCycles.length` frames.
private struct CycleSpectrum {
  let frames: Int
  private let transform: FourierTransform?
  /// One cycle of a cosine and of a sine, for lengths that are no power of two.
  private let cosine: [Double], sine: [Double]

  init(frames: Int) {
    self.frames = frames
    let isPower = frames > 1 && frames & (frames - 1) == 0
    transform = isPower ? FourierTransform(size: frames) : nil
    let phases = isPower ? [] : (0..<max(frames, 1)).map { 2 * .pi * Double($0) / Double(max(frames, 1)) }
    cosine = phases.map { cos($0) }
    sine = phases.map { sin($0) }
  }

  func harmonics(of cycle: [Double]) -> (real: [Double], imaginary: [Double]) {
    var re = cycle, im = [Double](repeating: 0, count: frames)
    if let transform {
      transform.forward(&re, &im)
      if frames == WaveCycles.length { return (re, im) }
    } else {
      transformDirectly(cycle, &re, &im)
    }
    let scale = Double(WaveCycles.length) / Double(frames)
    var real = [Double](repeating: 0, count: WaveCycles.length), imaginary = real
    for k in 1..<max(1, min((frames + 1) / 2, WaveCycles.length / 2)) {
      real[k] = re[k] * scale
      imaginary[k] = im[k] * scale
    }
    return (real, imaginary)
  }

  private func transformDirectly(_ cycle: [Double], _ re: inout [Double], _ im: inout [Double]) {
    for k in 1..<max(1, min((frames + 1) / 2, WaveCycles.length / 2)) {
      var cosines = 0.0, sines = 0.0, at = 0
      for x in cycle {
        cosines += x * cosine[at]
        sines += x * sine[at]
        at += k
        if at >= frames { at -= frames }
      }
      re[k] = cosines
      im[k] = -sines
    }
  }
}
