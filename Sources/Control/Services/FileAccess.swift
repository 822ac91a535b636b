import Glibc
import PatchKit

/// File access of commands: confined to a root, and protecting existing files: only files that were loaded or written
/// may be replaced.
public final class FileAccess {
  /// The directory that confines file access; nil: none.
  public var root: FileRoot?
  /// Loaded and written files, which may be replaced.
  private var ownFiles: Set<String> = []

  /// Patch files that are being written.
  var writing = FileWriting()

  /// Resolves the absolute path of a file to be read.
  func path(reading name: String) throws(PatchError) -> String {
    try root?.reading(name) ?? FilePath.absolute(name, in: nil)
  }
  /// Resolves the absolute path of a file to be written.
  public func path(writing name: String) throws(PatchError) -> String {
    try root?.writing(name) ?? FilePath.absolute(name, in: nil)
  }

  /// Registers a file that was loaded or written.
  public func didUse(_ path: String) {
    if let real = FileRoot.real(path) { ownFiles.insert(real) }
  }

  /// Throws if the file exists and was neither loaded nor written.
  ///
  /// - Returns: true if a file may be replaced: an own one, or any.
  /// - Throws: `.duplicate`, which names the argument that permits replacement.
  func checkReplacing(_ path: String, overwrite: Bool) throws(PatchError) -> Bool {
    if overwrite || writing.paths.values.contains(path) { return true }
    var info = stat()
    guard stat(path, &info) == 0 else { return false }
    if let real = FileRoot.real(path), ownFiles.contains(real) { return true }
    throw PatchError(
      .duplicate,
      "there is a file already that weft neither loaded nor wrote; overwrite as the last argument replaces "
        + "it", at: Place(file: path))
  }
}

extension Call {
  /// True if the last argument, at `index`, is the word `overwrite`.
  func overwrites(_ index: Int) throws(PatchError) -> Bool {
    guard let word = optionalText(index) else { return false }
    guard word == "overwrite" else {
      throw PatchError(.argumentType, "the last argument may only be overwrite", suggestions: ["overwrite"])
    }
    return true
  }
}
