import CSndFile
import Glibc
import PatchKit

/// Sound file formats, through libsndfile.
public enum SoundFormat: String, CaseIterable, Sendable {
  case wav, flac, aiff, w64, caf, ogg, mp3

  /// By the file's extension; nil for an unknown one.
  public init?(ending path: String) {
    guard let dot = path.lastIndex(of: ".") else { return nil }
    self.init(rawValue: path[path.index(after: dot)...].lowercased())
  }

  /// Sizes of a sample in bits, the usual first; 32 is floating point.
  public var bits: [Int] {
    switch self {
    case .wav, .aiff, .w64, .caf: [32, 16, 24]
    case .flac: [24, 16]
    case .ogg, .mp3: [32]
    }
  }

  /// libsndfile's number. WAV as RF64, which becomes plain WAV below 4 GiB.
  fileprivate func code(bits: Int) -> Int {
    let size = bits == 16 ? SF_FORMAT_PCM_16 : bits == 24 ? SF_FORMAT_PCM_24 : SF_FORMAT_FLOAT
    return switch self {
    case .wav: SF_FORMAT_RF64 | size
    case .flac: SF_FORMAT_FLAC | size
    case .aiff: SF_FORMAT_AIFF | size
    case .w64: SF_FORMAT_W64 | size
    case .caf: SF_FORMAT_CAF | size
    case .ogg: SF_FORMAT_OGG | SF_FORMAT_VORBIS
    // SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III, which the header of libsndfile has since 1.1.
    case .mp3: 0x23_0000 | 0x0082
    }
  }

  /// The header contains the length, and can be updated while more follows.
  var hasLength: Bool { self != .flac && self != .ogg && self != .mp3 }

  /// libsndfile's compression level, 0 … 1; nil: its default.
  ///
  /// FLAC at level 3 of 8: two thirds of the time of the default, 5, for a file that is 1 % larger. MP3 at the best
  /// quality, whose size varies with the sound.
  fileprivate var compression: Double? {
    switch self {
    case .flac: 3.0 / 8
    case .mp3: 0
    default: nil
    }
  }

  /// The reason for which a file of this format cannot be written; nil: libsndfile's own is clear.
  fileprivate func refusal(channels: Int, rate: Int) -> String? {
    guard self == .mp3 else { return nil }
    if channels > 2 { return "an MP3 file has 1 or 2 channels, not \(channels)" }
    let rates = [8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000]
    guard rates.contains(rate) else {
      return "an MP3 file has a sample rate of 8000 to 48000 Hz, 44100 or 48000 for instance, not \(rate)"
    }
    return
      "MP3 needs libsndfile 1.1 or later, built with its MPEG encoder; this is \(String(cString: sf_version_string()))"
  }
}

/// A destination of interleaved frames.
public protocol SoundSink: AnyObject {
  /// - Parameter samples: `frames` times the channels, interleaved.
  func write(_ samples: UnsafePointer<Float>, frames: Int) throws(PatchError)
  /// Completes the destination.
  func finish() throws(PatchError)
}

/// Writes a sound file: under a temporary name until it is complete, so that a file of the final name is never partial.
public final class SoundFileWriter: SoundSink {
  private let path: String
  private let place: OutputPlace
  private let partial: String
  private var file: OpaquePointer?
  /// Holds the lock on the name until the file has it.
  private let lock: Int32
  /// The new name of the file of a killed program that had the same name; nil if there was none.
  public let rescued: String?
  /// Frames between updates of the header: a killed run leaves a readable file.
  private let headerInterval: Int
  private var unheaded = 0

  /// - Parameter allowsStreams: whether a device or pipe is written to: it may hold up the caller.
  /// - Throws: `.unwritable` with the path and the reason.
  public init(
    path: String, format: SoundFormat, bits: Int? = nil, channels: Int, rate: Int, allowsStreams: Bool = false
  ) throws(PatchError) {
    place = try OutputPlace(path, allowsStreams: allowsStreams)
    let path = place.name, target = place.path
    self.path = path
    headerInterval = format.hasLength && !place.isStream ? max(rate / 4, 1) : .max
    partial = target + ".part"
    var info = SF_INFO()
    info.channels = Int32(channels)
    info.samplerate = Int32(rate)
    info.format = Int32(format.code(bits: bits ?? format.bits[0]))
    if place.isStream {
      (lock, rescued) = (Glibc.open(target, O_WRONLY | O_CLOEXEC | O_NOCTTY), nil)
    } else {
      let kept: String?
      do throws(PatchError) {
        (lock, kept) = try PartFile.create(for: target)
      } catch {
        throw PatchError(error.code, error.message.replacingText(target, with: path), at: Place(file: path))
      }
      let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
      rescued = kept.map { folder + ($0.split(separator: "/").last ?? "") }
    }
    // Without the header that is written last, a decoder guesses the length of an MP3 file.
    let isOpened = format != .mp3 || !place.isStream
    file = isOpened ? sf_open_fd(lock, Int32(SFM_WRITE), &info, 0) : nil
    guard file != nil else {
      if !place.isStream { unlink(partial) }
      close(lock)
      let reason = String(cString: sf_strerror(nil))
      let refusal = place.isStream ? nil : format.refusal(channels: channels, rate: rate)
      throw PatchError(
        .unwritable,
        place.isStream
          ? "cannot write \(path): a pipe or device cannot have this format, whose length is at its start; flac and ogg go"
          : "cannot write \(path): \(refusal ?? reason)",
        at: Place(file: path))
    }
    if var level = format.compression {
      sf_command(file, Int32(SFC_SET_COMPRESSION_LEVEL), &level, Int32(MemoryLayout<Double>.size))
    }
    sf_command(file, Int32(SFC_RF64_AUTO_DOWNGRADE), nil, Int32(SF_TRUE))
    sf_command(file, Int32(SFC_SET_CLIPPING), nil, Int32(SF_TRUE))
  }

  /// Finishes the file that a killed program left of `path`.
  ///
  /// - Returns: its name; nil if there is none, or none with sound.
  /// - Throws: `.busy` if a program still writes it; `.unwritable`.
  public static func rescue(_ path: String) throws(PatchError) -> String? {
    try PartFile.rescue(path + ".part", path)
  }

  deinit {
    if let file {
      sf_close(file)
      if !place.isStream { unlink(partial) }
    }
    close(lock)
  }

  public func write(_ samples: UnsafePointer<Float>, frames: Int) throws(PatchError) {
    guard sf_writef_float(file, samples, Int64(frames)) == frames else {
      throw PatchError(
        .unwritable, "cannot write \(path): \(String(cString: sf_strerror(file)))", at: Place(file: path))
    }
    unheaded += frames
    if unheaded >= headerInterval {
      sf_command(file, Int32(SFC_UPDATE_HEADER_NOW), nil, 0)
      unheaded = 0
    }
  }

  public func finish() throws(PatchError) {
    guard let file else { return }
    self.file = nil
    guard sf_close(file) == 0, place.isStream || rename(partial, place.path) == 0 else {
      let reason = String(cString: strerror(errno))
      throw PatchError(
        .unwritable, "cannot write \(path): \(reason); the sound is in \(path).part", at: Place(file: path))
    }
  }
}

/// Raw little-endian 32-bit floats to standard output.
public final class RawWriter: SoundSink {
  private let channels: Int
  public init(channels: Int) { self.channels = channels }

  public func write(_ samples: UnsafePointer<Float>, frames: Int) throws(PatchError) {
    var rest = UnsafeRawBufferPointer(start: samples, count: frames * channels * 4)
    while !rest.isEmpty {
      let count = Glibc.write(STDOUT_FILENO, rest.baseAddress, rest.count)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw PatchError(.unwritable, "standard output is closed") }
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
  }
  public func finish() {}
}
