import CSndFile
import Glibc
import PatchKit

/// The file `NAME.part` of an unfinished sound file; locked, so that each name has one owner among all programs.
enum PartFile {
  /// Creates and locks the file. The file of a killed program is finished under another name.
  ///
  /// - Parameter path: the path of the finished file.
  /// - Returns: the descriptor, and the new name of an earlier file.
  /// - Throws: `.busy` if another recording or rendering writes to that name; `.unwritable`.
  static func create(for path: String) throws(PatchError) -> (file: Int32, rescued: String?) {
    let part = path + ".part"
    var rescued: String?
    for _ in 0..<8 {
      let file = open(part, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o666)
      if file >= 0 {
        if flock(file, LOCK_EX | LOCK_NB) == 0 { return (file, rescued) }
        // Locked by a program that is about to rescue it.
        close(file)
        continue
      }
      guard errno == EEXIST else { throw unwritable(path, String(cString: strerror(errno))) }
      if let name = try rescue(part, path) { rescued = name }
    }
    throw unwritable(path, "\(part) cannot be created")
  }

  private static func unwritable(_ path: String, _ reason: String) -> PatchError {
    PatchError(.unwritable, "cannot write \(path): \(reason)", at: Place(file: path))
  }

  /// Finishes the file of a killed program, or removes it if it contains no sound.
  ///
  /// - Returns: its new name; nil if it was removed.
  static func rescue(_ part: String, _ path: String) throws(PatchError) -> String? {
    let file = open(part, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard file >= 0 else {
      if errno == ENOENT { return nil }
      // A link is not a recording.
      guard errno == ELOOP, unlink(part) == 0 else { throw unwritable(path, "\(part) exists") }
      return nil
    }
    defer { close(file) }
    var info = stat()
    guard fstat(file, &info) == 0, info.st_mode & S_IFMT == S_IFREG else {
      throw unwritable(path, "\(part) is not a plain file")
    }
    guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
      throw PatchError(.busy, "\(path) is being written by another recording or rendering", at: Place(file: path))
    }
    guard hasSound(part) else {
      unlink(part)
      return nil
    }
    finish(part, SoundFormat(ending: path))
    for number in 1...999 {
      let name = rescuedName(path, number)
      // A link never replaces a file.
      guard link(part, name) == 0 else {
        if errno == EEXIST { continue }
        throw unwritable(path, "\(part) cannot be renamed: \(String(cString: strerror(errno)))")
      }
      unlink(part)
      return name
    }
    throw unwritable(path, "999 rescued files of that name exist")
  }

  /// `take.rescued-1.wav` for `take.wav`.
  private static func rescuedName(_ path: String, _ number: Int) -> String {
    let start = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
    guard let dot = path[start...].lastIndex(of: "."), dot > start else { return "\(path).rescued-\(number)" }
    return "\(path[..<dot]).rescued-\(number)\(path[dot...])"
  }

  private static func hasSound(_ path: String) -> Bool {
    var info = SF_INFO()
    guard let file = sf_open(path, Int32(SFM_READ), &info) else {
      // Unreadable data is kept, unless it is no more than a header.
      var status = stat()
      return stat(path, &status) == 0 && status.st_size > 4_096
    }
    defer { sf_close(file) }
    var frame = [Float](repeating: 0, count: max(Int(info.channels), 1))
    return sf_readf_float(file, &frame, 1) == 1
  }

  /// Updates the length in the header, in formats that have one.
  private static func finish(_ path: String, _ format: SoundFormat?) {
    if format == .flac { return finishFLAC(path) }
    var info = SF_INFO()
    guard format?.hasLength == true, let file = sf_open(path, Int32(SFM_RDWR), &info) else { return }
    sf_command(file, Int32(SFC_UPDATE_HEADER_NOW), nil, 0)
    sf_close(file)
  }

  /// Counts the frames of a FLAC file, and writes the count into its first block.
  private static func finishFLAC(_ path: String) {
    var info = SF_INFO()
    guard let sound = sf_open(path, Int32(SFM_READ), &info) else { return }
    let piece = 65_536
    var samples = [Float](repeating: 0, count: piece * max(Int(info.channels), 1)), frames = 0
    while case let count = sf_readf_float(sound, &samples, Int64(piece)), count > 0 { frames += Int(count) }
    sf_close(sound)
    // "fLaC", a block header of 4 bytes, then STREAMINFO: the low half of its byte 13 and the four bytes after it.
    let place = 4 + 4 + 13
    let file = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 5)
    guard file >= 0, pread(file, &bytes, bytes.count, place) == bytes.count else { return }
    bytes[0] = bytes[0] & 0xF0 | UInt8(frames >> 32 & 0xF)
    for i in 1...4 { bytes[i] = UInt8(truncatingIfNeeded: frames >> (8 * (4 - i))) }
    _ = pwrite(file, bytes, bytes.count, place)
  }
}
