import Glibc
import PatchKit

/// Files that may be replaced: those that were loaded or written.
extension Session {
  /// A file was loaded or written.
  ///
  /// - Parameter asPatch: whether it is the file of the patch from now on.
  public func didUse(_ path: String, asPatch: Bool) {
    if let real = Session.realPath(path) { ownFiles.insert(real) }
    if asPatch { patchPath = Session.realPath(path) ?? path }
  }

  /// Refuses to replace a file that was neither loaded nor written.
  ///
  /// - Throws: `.duplicate` with the word that replaces it.
  func checkReplacing(_ path: String, overwrite: Bool) throws(PatchError) {
    if overwrite { return }
    var info = stat()
    guard stat(path, &info) == 0 else { return }
    if let real = Session.realPath(path), ownFiles.contains(real) { return }
    throw PatchError(
      .duplicate,
      "there is a file already that weft neither loaded nor wrote; overwrite as the last argument replaces "
        + "it", at: Place(file: path))
  }

  private static func realPath(_ path: String) -> String? {
    guard let real = realpath(path, nil) else { return nil }
    defer { free(real) }
    return String(cString: real)
  }
}

extension Call {
  /// Whether the last argument, at `index`, is the word `overwrite`.
  func overwrites(_ index: Int) throws(PatchError) -> Bool {
    guard let word = optionalText(index) else { return false }
    guard word == "overwrite" else {
      throw PatchError(.argumentType, "the last argument can only be overwrite", suggestions: ["overwrite"])
    }
    return true
  }
}
