import Glibc

/// The destination of an output: a plain file, new or replaced as a whole; or a device or pipe, which is written to and
/// never replaced. A link that the user has named is followed; one below a `FileRoot` is not.
public struct OutputPlace: Sendable {
  /// For messages: without a link at its end.
  public let name: String
  /// For the system; valid as long as this value.
  public let path: String
  /// True for a character device or a pipe.
  public let isStream: Bool
  private let pinned: PinnedPath

  /// - Parameter allowsStreams: whether devices and pipes are written to; in a program that plays they would hold it up.
  /// - Throws: `.unwritable` for anything else that is no plain file, and for a link that leads nowhere.
  public init(_ path: String, allowsStreams: Bool) throws(PatchError) {
    func failure(_ reason: String) -> PatchError {
      PatchError(.unwritable, "it cannot be written: \(reason)", at: Place(file: path))
    }
    if path.isEmpty || path.utf8.contains(0) { throw failure("its name has characters that are not allowed") }
    guard let pinned = FileRoot.pin(path) else { throw failure(String(cString: strerror(errno))) }
    self.pinned = pinned
    var info = stat()
    guard (pinned.isConfined ? lstat(pinned.path, &info) : stat(path, &info)) == 0 else {
      if lstat(pinned.path, &info) == 0 { throw failure("it is a link that leads nowhere") }
      (name, self.path, isStream) = (path, pinned.path, false)
      return
    }
    switch info.st_mode & S_IFMT {
    case S_IFREG:
      guard access(pinned.path, W_OK) == 0 else { throw failure(String(cString: strerror(errno))) }
      name = pinned.isConfined ? path : FileRoot.real(path) ?? path
      self.path = pinned.isConfined ? pinned.path : name
      isStream = false
    case S_IFCHR where allowsStreams, S_IFIFO where allowsStreams: (name, self.path, isStream) = (path, path, true)
    case S_IFDIR: throw failure("it is a directory")
    default: throw failure("it is not a plain file")
    }
  }
}
