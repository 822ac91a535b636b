import Glibc

/// Reading and writing whole files.
package enum TextFile {
  /// The bytes of a file.
  ///
  /// - Parameters:
  ///   - acceptsPipes: whether it may be a pipe or a device, and `-` standard input, as for a command that is run once.
  ///     A program that runs on must not wait for one.
  ///   - most: bytes.
  /// - Throws: `.unreadable` with the system's reason, `.limit` above `most`, before reading if the system reports a
  ///   size.
  package static func read(
    _ path: String, acceptsPipes: Bool = false, most: Int = Patch.Limits.fileBytes
  ) throws(PatchError) -> [UInt8] {
    let (file, size) = try open(path, acceptsPipes: acceptsPipes)
    defer { close(file) }
    let tooLong = PatchError(.limit, "it is longer than \(most >> 20) MiB", at: Place(file: path))
    if size > most { throw tooLong }

    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: max(4_096, min(size + 1, most)))
    while true {
      let count = Glibc.read(file, &chunk, chunk.count)
      if count < 0 {
        if errno == EINTR { continue }
        throw unreadable(path, systemReason())
      }
      if count == 0 { return bytes }
      bytes += chunk[..<count]
      if bytes.count > most { throw tooLong }
    }
  }

  /// Opens a file for reading; the caller closes it.
  ///
  /// - Returns: the descriptor and the file's size, 0 for a pipe.
  package static func open(_ path: String, acceptsPipes: Bool = false) throws(PatchError) -> (file: Int32, size: Int) {
    if path.isEmpty || path.utf8.contains(0) { throw unreadable(path, "its name has characters that are not allowed") }
    let isStandardInput = acceptsPipes && path == "-"
    // A pipe without a writer is opened at once, and refused below.
    let flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | (acceptsPipes ? 0 : O_NONBLOCK)
    let file = isStandardInput ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0) : FileRoot.open(path, flags)
    if file < 0 { throw unreadable(path, systemReason()) }
    var info = stat(), reason: String?
    if fstat(file, &info) != 0 {
      reason = systemReason()
    } else if info.st_mode & S_IFMT == S_IFDIR {
      reason = "it is a directory"
    } else if !acceptsPipes, info.st_mode & S_IFMT != S_IFREG {
      reason = "it is not a plain file"
    }
    if let reason {
      close(file)
      throw unreadable(path, reason)
    }
    return (file, Int(info.st_size))
  }

  private static func unreadable(_ path: String, _ reason: String) -> PatchError {
    PatchError(.unreadable, "it cannot be read: \(reason)", at: Place(file: path))
  }

  /// Writes the file atomically: a new file beside it is synced, then renamed over it. An existing
  /// file keeps its permissions; a symbolic link stays a link.
  ///
  /// - Parameters:
  ///   - isDurable: whether it survives a power cut (waits for the disk), or only the end of this program.
  ///   - allowsStreams: whether a device or pipe is written to, and may hold up the caller.
  /// - Throws: `.unwritable` with the system's reason.
  package static func write(
    _ bytes: [UInt8], to path: String, isDurable: Bool = true, replaces: Bool = true, allowsStreams: Bool = false
  ) throws(PatchError) {
    func failure(_ reason: String) -> PatchError {
      PatchError(.unwritable, "it cannot be written: \(reason)", at: Place(file: path))
    }
    let place = try OutputPlace(path, allowsStreams: allowsStreams), target = place.path
    defer { withExtendedLifetime(place) {} }
    if place.isStream {
      let file = Glibc.open(target, O_WRONLY | O_CLOEXEC | O_NOCTTY)
      guard file >= 0 else { throw failure(systemReason()) }
      let isWritten = writeAll(bytes, to: file), reason = systemReason()
      close(file)
      guard isWritten else { throw failure(reason) }
      return
    }
    var info = stat()
    let exists = lstat(target, &info) == 0
    let slash = target.utf8.lastIndex(of: 0x2f)
    let folder = slash.map { String(target[...$0]) } ?? "./"
    let temporary = "\(folder).weft-\(getpid())-\(UInt32.random(in: 0 ... .max))"

    let file = Glibc.open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    if file < 0 { throw failure(systemReason()) }
    var reason: String?
    if exists, fchmod(file, info.st_mode & 0o7777) != 0 { reason = systemReason() }
    if reason == nil, !writeAll(bytes, to: file) || isDurable && fsync(file) != 0 { reason = systemReason() }
    if close(file) != 0, reason == nil { reason = systemReason() }
    // A link, unlike a new name, never replaces a file.
    if reason == nil, !replaces, link(temporary, target) != 0 {
      let isTaken = errno == EEXIST
      reason = systemReason()
      if isTaken {
        unlink(temporary)
        throw PatchError(
          .duplicate, "a file of that name exists; weft neither loaded nor wrote it", at: Place(file: path))
      }
    }
    if reason == nil, replaces ? rename(temporary, target) != 0 : unlink(temporary) != 0 { reason = systemReason() }
    if let reason {
      unlink(temporary)
      throw failure(reason)
    }
    guard isDurable else { return }
    // The file itself is on disk already; syncing the folder makes the new name durable.
    let directory = Glibc.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if directory >= 0 {
      fsync(directory)
      close(directory)
    }
  }

  /// Text without a byte order mark, every line ended by a line feed alone.
  package static func normalized(_ bytes: [UInt8]) -> [UInt8] {
    let hasMark = bytes.starts(with: [0xef, 0xbb, 0xbf])
    guard hasMark || bytes.contains(0x0d) else { return bytes }
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count)
    var last: UInt8 = 0
    for byte in bytes.dropFirst(hasMark ? 3 : 0) {
      if byte != 0x0a || last != 0x0d { text.append(byte == 0x0d ? 0x0a : byte) }
      last = byte
    }
    return text
  }

  private static func writeAll(_ bytes: [UInt8], to file: Int32) -> Bool {
    bytes.withUnsafeBytes { memory in
      var done = 0
      while done < memory.count {
        let count = Glibc.write(file, memory.baseAddress! + done, memory.count - done)
        if count < 0 {
          if errno == EINTR { continue }
          return false
        }
        done += count
      }
      return true
    }
  }

  private static func systemReason() -> String { String(cString: strerror(errno)) }
}
