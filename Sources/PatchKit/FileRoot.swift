import Glibc

/// The directory that confines file access by commands.
///
/// Neither `..` nor a link nor an absolute name leads out of it. Names are relative to this directory; an absolute one
/// may be inside it.
public struct FileRoot: Sendable {
  /// Absolute, without links.
  public let folder: String
  /// Absolute, as given, with links: the prefix that users type.
  private let given: String
  /// Directories in which names are looked for after this one; nothing is written there.
  private let others: [FileRoot]
  /// Why nothing can be written; nil where it can.
  public let refusal: String?
  let descriptor: Descriptor
  /// The directories in which names are looked for, in this order.
  public var folders: [String] { [folder] + others.map(\.folder) }

  /// - Parameters:
  ///   - others: directories to read in too, in this order.
  ///   - refusal: why nothing can be written here.
  /// - Throws: `.unreadable` if it is not a directory.
  public init(_ path: String, reading others: [String] = [], refusal: String? = nil) throws(PatchError) {
    self.refusal = refusal
    self.others = others.compactMap { try? FileRoot($0) }
    guard let real = FileRoot.real(path), FileRoot.kind(real) == S_IFDIR else {
      throw PatchError(.unreadable, "it is not a directory", at: Place(file: path))
    }
    folder = real
    descriptor = Descriptor(real)
    given = FileRoot.normal(path.hasPrefix("/") ? path : (FileRoot.real(".") ?? "") + "/" + path)
  }

  /// The real path of an existing file.
  ///
  /// - Parameter orFolder: whether it may be a folder.
  /// - Throws: `.outsideRoot` if the name leads out; `.unreadable` if it is not a plain file.
  public func reading(_ name: String, orFolder: Bool = false) throws(PatchError) -> String {
    do throws(PatchError) { return try readingHere(name, orFolder) } catch {
      for other in others { if let path = try? other.readingHere(name, orFolder) { return path } }
      throw error
    }
  }

  private func readingHere(_ name: String, _ orFolder: Bool) throws(PatchError) -> String {
    let path = try inside(name, .unreadable)
    guard let real = FileRoot.real(path) else {
      throw PatchError(.unreadable, "it cannot be read: \(String(cString: strerror(errno)))", at: Place(file: name))
    }
    try check(real, name)
    // Reading a pipe or a device would block.
    let kind = FileRoot.kind(real)
    guard kind == S_IFREG || orFolder && kind == S_IFDIR else {
      throw PatchError(.unreadable, "it is not a plain file", at: Place(file: name))
    }
    return confine(real)
  }

  /// The real path of a file to be written, in an existing folder.
  ///
  /// - Throws: `.outsideRoot` if the name leads out; `.unwritable` if it cannot be a plain file.
  public func writing(_ name: String) throws(PatchError) -> String {
    if let refusal { throw PatchError(.unwritable, refusal, at: Place(file: name)) }
    let path = try inside(name, .unwritable)
    let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))!
    let last = path[path.index(after: slash)...]
    guard !last.isEmpty, let parent = FileRoot.real(String(path[..<slash]) + "/") else {
      throw PatchError(.unwritable, "there is no such folder", at: Place(file: name))
    }
    try check(parent, name)
    let target = parent == "/" ? "/" + last : parent + "/" + last
    var info = stat()
    guard lstat(target, &info) == 0 else { return confine(target) }
    if info.st_mode & S_IFMT == S_IFLNK {
      guard let real = FileRoot.real(target) else { throw outside(name) }
      try check(real, name)
      guard FileRoot.kind(real) == S_IFREG else {
        throw PatchError(.unwritable, "it is not a plain file", at: Place(file: name))
      }
      return confine(real)
    }
    guard info.st_mode & S_IFMT == S_IFREG else {
      throw PatchError(.unwritable, "it is not a plain file", at: Place(file: name))
    }
    return confine(target)
  }

  /// Depends on the name alone: the error does not reveal which files exist outside.
  private func inside(_ name: String, _ code: ErrorCode) throws(PatchError) -> String {
    guard !name.isEmpty, !name.utf8.contains(0), name.utf8.count < PATH_MAX else {
      throw PatchError(code, "its name has characters that are not allowed", at: Place(file: String(name.prefix(64))))
    }
    let path = FileRoot.normal(name.hasPrefix("/") ? name : folder + "/" + name)
    guard FileRoot.holds(folder, path) || FileRoot.holds(given, path) else { throw outside(name) }
    return name.hasPrefix("/") ? name : folder + "/" + name
  }

  private func check(_ real: String, _ name: String) throws(PatchError) {
    if !FileRoot.holds(folder, real) { throw outside(name) }
  }

  private func outside(_ name: String) -> PatchError {
    let also = others.isEmpty ? "" : ", and read in " + others.map(\.folder).joined(separator: ", ")
    return PatchError(
      .outsideRoot, "files are read and written in \(folder) only\(also): see --root", at: Place(file: name))
  }

  private static func holds(_ folder: String, _ path: String) -> Bool {
    path == folder || path.hasPrefix(folder == "/" ? "/" : folder + "/")
  }

  /// Resolves `.`, `..` and empty parts without looking at the disk.
  private static func normal(_ path: String) -> String {
    var parts: [Substring] = []
    for part in path.split(separator: "/") where part != "." {
      if part == ".." { _ = parts.popLast() } else { parts.append(part) }
    }
    return "/" + parts.joined(separator: "/")
  }

  /// The path without links; nil if there is no such file.
  package static func real(_ path: String) -> String? {
    guard let real = realpath(path, nil) else { return nil }
    defer { free(real) }
    return String(cString: real)
  }

  private static func kind(_ path: String) -> mode_t? {
    var info = stat()
    return stat(path, &info) == 0 ? info.st_mode & S_IFMT : nil
  }
}
