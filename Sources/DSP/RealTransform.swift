// [audio] The discrete Fourier transform of real signals, through KISS FFT.
import CKissFFT

/// A transform of one length in given memory, so that it neither allocates nor frees.
///
/// A spectrum is two rows: real parts, then imaginary parts, each padded to whole vectors.
public struct RealTransform: BitwiseCopyable, @unchecked Sendable {
  public let size: Int
  @usableFromInline let forwardPlan, inversePlan: kiss_fftr_cfg
  @usableFromInline let bins: UnsafeMutablePointer<kiss_fft_cpx>

  /// Number of values of one row of a spectrum.
  public var row: Int { Self.row(size) }
  public static func row(_ size: Int) -> Int { (size / 2 + 1 + 7) / 8 * 8 }

  /// [control] - Parameters:
  ///   - size: frames; even.
  ///   - memory: returns zeroed bytes that outlive the transform.
  public init(size: Int, memory: (Int) -> UnsafeMutableRawPointer) {
    self.size = size
    func plan(inverse: Int32) -> kiss_fftr_cfg {
      var bytes = 0
      _ = kiss_fftr_alloc(Int32(size), inverse, nil, &bytes)
      return kiss_fftr_alloc(Int32(size), inverse, memory(bytes), &bytes)
    }
    forwardPlan = plan(inverse: 0)
    inversePlan = plan(inverse: 1)
    bins = memory((size / 2 + 1) * MemoryLayout<kiss_fft_cpx>.stride).assumingMemoryBound(to: kiss_fft_cpx.self)
  }

  /// The spectrum of `size` frames, unscaled.
  public func forward(_ frames: UnsafePointer<Float>, _ spectrum: UnsafeMutablePointer<Float>) {
    kiss_fftr(forwardPlan, frames, bins)
    let row = row
    for k in 0...size / 2 {
      spectrum[k] = bins[k].r
      spectrum[row + k] = bins[k].i
    }
  }

  /// The frames of a spectrum, scaled by `size`.
  public func inverse(_ spectrum: UnsafePointer<Float>, _ frames: UnsafeMutablePointer<Float>) {
    let row = row
    for k in 0...size / 2 { bins[k] = kiss_fft_cpx(r: spectrum[k], i: spectrum[row + k]) }
    kiss_fftri(inversePlan, bins, frames)
  }

  /// Adds a · b to the sum, bin by bin; all three are spectra of whole vectors.
  @inlinable
  public static func addProduct(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, to sum: UnsafeMutablePointer<Float>, row: Int
  ) {
    let vectors = row / Voices.count
    func vector(_ p: UnsafePointer<Float>) -> UnsafePointer<Voices> {
      UnsafeRawPointer(p).assumingMemoryBound(to: Voices.self)
    }
    let ar = vector(a), ai = vector(a + row), br = vector(b), bi = vector(b + row)
    let re = UnsafeMutableRawPointer(sum).assumingMemoryBound(to: Voices.self)
    let im = UnsafeMutableRawPointer(sum + row).assumingMemoryBound(to: Voices.self)
    for k in 0..<vectors {
      re[k] = Voices.fnma(ai[k], bi[k], Voices.fma(ar[k], br[k], re[k]))
      im[k] = Voices.fma(ai[k], br[k], Voices.fma(ar[k], bi[k], im[k]))
    }
  }
}
