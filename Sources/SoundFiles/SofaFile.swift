import CSofa
import Glibc
import ModuleKit
import PatchKit

/// Head responses in a SOFA file (AES69), read by libmysofa.
enum SofaFile {
  /// Measurements and frames of a response at most.
  private static let mostDirections = 20_000, longest = 16_384

  static func isNamed(_ path: String) -> Bool { path.lowercased().hasSuffix(".sofa") }

  /// The responses as channels, left and right of each direction in turn; sources in front of the head sound as loud as
  /// they are.
  ///
  /// - Throws: `.unreadable` with the path and the reason, `.limit` for a file too large.
  static func read(_ path: String, rate: Double?) throws(PatchError) -> SoundBuffer {
    func failure(_ reason: String, _ code: ErrorCode = .unreadable) -> PatchError {
      PatchError(code, "cannot read \(path): \(reason)", at: Place(file: path))
    }
    var status = stat()
    guard stat(path, &status) == 0 else { throw failure(String(cString: strerror(errno))) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw failure("it is not a plain file") }
    var code: Int32 = 0
    guard let data = mysofa_load(path, &code) else { throw failure("it is no SOFA file (libmysofa: \(code))") }
    defer { mysofa_free(data) }
    guard mysofa_check(data) == 0 else { throw failure("it has no responses of a head") }
    guard data.pointee.M <= mostDirections, data.pointee.N <= longest else {
      throw failure("it is too large", .limit)
    }
    if let rate, mysofa_resample(data, Float(rate)) != 0 { throw failure("it cannot be resampled") }
    mysofa_loudness(data)
    mysofa_tocartesian(data)
    let count = Int(data.pointee.M), taps = Int(data.pointee.N), own = Double(data.pointee.DataSamplingRate.values[0])
    let delays = UnsafeBufferPointer(
      start: data.pointee.DataDelay.values, count: Int(data.pointee.DataDelay.elements))
    // One delay for each ear, or for each ear and direction.
    func delay(_ i: Int, _ ear: Int) -> Int {
      guard !delays.isEmpty else { return 0 }
      let value = delays[delays.count >= 2 * count ? 2 * i + ear : min(ear, delays.count - 1)]
      return value.isFinite ? Int(min(max(value, 0), 4_096).rounded()) : 0
    }
    let last = (0..<count).reduce(0) { max($0, delay($1, 0), delay($1, 1)) }
    var info = SoundInfo(), channels: [[Float]] = []
    for i in 0..<count {
      let at = (0..<3).map { data.pointee.SourcePosition.values[3 * i + $0] }
      let size = (at[0] * at[0] + at[1] * at[1] + at[2] * at[2]).squareRoot()
      guard size > 0, size.isFinite else { throw failure("direction \(i + 1) is none") }
      info.directions.append(SIMD3(at[0] / size, at[1] / size, at[2] / size))
      for ear in 0..<2 {
        var channel = [Float](repeating: 0, count: taps + last)
        for k in 0..<taps {
          let sample = data.pointee.DataIR.values[(2 * i + ear) * taps + k]
          channel[delay(i, ear) + k] = sample.isFinite ? sample : 0
        }
        channels.append(channel)
      }
    }
    return SoundBuffer(channels: channels, rate: rate ?? own, info: info)
  }
}

/// The head responses that libmysofa brings.
public enum HeadResponses {
  private static let places = ["/usr/share/libmysofa/default.sofa", "/usr/local/share/libmysofa/default.sofa"]

  /// The path of the default file; nil: it is not installed.
  public static let installed = places.first { access($0, R_OK) == 0 }
}
