import CSndFile
import CSoxr
import Glibc
import ModuleKit
import PatchKit

/// A sound file in memory, one array per channel.
public struct Sound: Sendable {
  public var channels: [[Float]]
  public var rate: Int
  public var info = SoundInfo()
  public var frames: Int { channels.first?.count ?? 0 }

  /// Limit of samples over all channels; more would not fit the memory of a small machine.
  public static let longest = 1 << 28

  public init(channels: [[Float]], rate: Int) { (self.channels, self.rate) = (channels, rate) }

  /// Reads the frames that exist: a header that promises more than the file holds is ignored. Non-finite samples become
  /// 0.
  ///
  /// - Parameters:
  ///   - most: the most channels to keep; the others are dropped.
  ///   - acceptsPipes: true for a command that is run once.
  /// - Throws: `.unreadable` with the path and the reason, `.limit` for a file too large.
  public init(path: String, channels most: Int = .max, acceptsPipes: Bool = false) throws(PatchError) {
    func failure(_ reason: String, _ code: ErrorCode = .unreadable) -> PatchError {
      PatchError(code, "cannot read \(path): \(reason)", at: Place(file: path))
    }
    var info = SF_INFO()
    // Without a wait for a writer, should a pipe be there by now.
    let descriptor = FileRoot.open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | (acceptsPipes ? 0 : O_NONBLOCK))
    guard descriptor >= 0 else { throw failure(String(cString: strerror(errno))) }
    var status = stat()
    guard acceptsPipes || fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw failure("it is not a plain file")
    }
    guard let file = sf_open_fd(descriptor, Int32(SFM_READ), &info, 1) else {
      throw failure(String(cString: sf_strerror(nil)))
    }
    defer { sf_close(file) }
    let count = Int(info.channels)
    guard count > 0, info.samplerate > 0 else { throw failure("it has no channels or no sample rate") }
    let kept = min(count, most)
    if Sound.isTooLong(file, info, kept: kept) { throw failure("it is too long", .limit) }
    var channels = [[Float]](repeating: [], count: kept)
    let block = max(65_536 / count, 1)
    var samples = [Float](repeating: 0, count: block * count)
    while true {
      let read = Int(sf_readf_float(file, &samples, Int64(block)))
      if read <= 0 { break }
      guard (channels[0].count + read) * kept <= Sound.longest else { throw failure("it is too long", .limit) }
      for channel in 0..<kept {
        for i in 0..<read {
          let sample = samples[i * count + channel]
          channels[channel].append(sample.isFinite ? sample : 0)
        }
      }
    }
    guard channels[0].count > 0 else { throw failure("there is no sound in it") }
    self.channels = channels
    rate = Int(info.samplerate)
    self.info = SoundInfo(of: file, frames: channels[0].count)
  }

  /// True for a file with more frames than a sound may have. It would be read for seconds before it is refused: the length
  /// in its header is checked by a seek.
  private static func isTooLong(_ file: OpaquePointer, _ info: SF_INFO, kept: Int) -> Bool {
    let last = longest / kept
    guard info.frames > last else { return false }
    defer { sf_seek(file, 0, Int32(SEEK_SET)) }
    var frame = [Float](repeating: 0, count: Int(info.channels))
    return sf_seek(file, Int64(last), Int32(SEEK_SET)) == last && sf_readf_float(file, &frame, 1) == 1
  }

  /// A file's channels at a rate; nil: it cannot be read.
  @Sendable public static func channels(of path: String, rate: Double) -> [[Float]]? {
    guard let sound = try? Sound(path: path).resampled(to: rate, name: path), sound.frames > 0 else { return nil }
    return sound.channels
  }

  /// Frames and rate of a sound file, unread.
  ///
  /// - Throws: `.unreadable` with the path and the reason, `.limit` for a file too large to be played.
  public static func length(of path: String) throws(PatchError) -> (frames: Int, rate: Double) {
    func failure(_ reason: String, _ code: ErrorCode = .unreadable) -> PatchError {
      PatchError(code, "cannot read \(path): \(reason)", at: Place(file: path))
    }
    var info = SF_INFO(), status = stat()
    let descriptor = FileRoot.open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
    guard descriptor >= 0 else { throw failure(String(cString: strerror(errno))) }
    guard fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw failure("it is not a plain file")
    }
    guard let file = sf_open_fd(descriptor, Int32(SFM_READ), &info, 1) else {
      throw failure(String(cString: sf_strerror(nil)))
    }
    defer { sf_close(file) }
    guard info.frames > 0, info.samplerate > 0, info.channels > 0 else { throw failure("there is no sound in it") }
    // Of which a node plays two channels at most.
    if isTooLong(file, info, kept: min(Int(info.channels), 2)) { throw failure("it is too long", .limit) }
    return (Int(info.frames), Double(info.samplerate))
  }

  /// The sound resampled to another rate by libsoxr at high quality.
  ///
  /// - Throws: `.limit` where it would become too long, `.unreadable` with libsoxr's reason.
  public func resampled(to wanted: Double, name: String) throws(PatchError) -> Sound {
    guard wanted != Double(rate), wanted > 0 else { return self }
    let length = (Double(frames) * wanted / Double(rate)).rounded(.up)
    guard length * Double(channels.count) <= Double(Sound.longest) else {
      throw PatchError(
        .limit, "cannot read \(name): at \(rate) Hz it would be too long", at: Place(file: name))
    }
    var other = self
    other.rate = Int(wanted.rounded())
    other.info = info.resampled(by: wanted / Double(rate))
    for c in channels.indices {
      var result = [Float](repeating: 0, count: Int(length))
      var used = 0, made = 0
      let failure = soxr_oneshot(
        Double(rate), wanted, 1, channels[c], frames, &used, &result, result.count, &made, nil, nil, nil)
      if let failure {
        throw PatchError(
          .unreadable, "cannot convert \(name) from \(rate) Hz: \(String(cString: failure))", at: Place(file: name))
      }
      other.channels[c] = Array(result[..<made]) + Array(repeating: 0, count: result.count - made)
    }
    return other
  }
}
