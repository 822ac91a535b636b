import ModuleKit

/// The patch file: JSON with comments, one node or cable a line.
public enum PatchFile {
  /// The format version that is written, and the newest that is read.
  public static let version = 1

  /// Reads a patch file; a missing module is an error, or with `allowMissing` a placeholder. Files that it names must
  /// lie in `root`, if given; paths of sounds that exist relative to its folder become absolute.
  ///
  /// - Throws: every error of the file at once, in its order, each with line and column.
  public static func read(
    path: String, in registry: Registry, allowMissing: Bool = false, root: FileRoot? = nil
  ) throws(PatchErrors) -> Patch {
    let bytes: [UInt8]
    do {
      bytes = try TextFile.read(path)
    } catch {
      throw PatchErrors([error])
    }
    return try read(bytes, file: path, in: registry, allowMissing: allowMissing, root: root)
  }

  /// Reads the text of a patch file; `file` is its name in errors.
  public static func read(
    _ bytes: [UInt8], file: String? = nil, in registry: Registry, allowMissing: Bool = false, root: FileRoot? = nil
  ) throws(PatchErrors) -> Patch {
    guard bytes.count <= Patch.Limits.fileBytes else {
      let most = Patch.Limits.fileBytes >> 20
      throw PatchErrors([PatchError(.limit, "it is longer than \(most) MiB", at: Place(file: file))])
    }
    let (value, syntax, isStopped) = FileParser.parse(bytes)
    var reader = PatchReader(
      registry: registry, allowMissing: allowMissing, folder: file.map(FilePath.folder), root: root, errors: syntax)
    // After a stop, missing keys are not reported.
    if !isStopped { reader.read(value) }
    if reader.errors.isEmpty { return reader.patch.withFiles(from: file.map(FilePath.folder), in: registry) }
    throw PatchErrors(reader.errors.located(in: bytes, file: file))
  }

  /// Writes the patch atomically. Paths of sound files are relative to its folder.
  ///
  /// - Throws: `.unwritable` with the system's reason.
  public static func write(
    _ patch: Patch, to path: String, in registry: Registry, isDurable: Bool = true
  ) throws(PatchError) {
    let text = text(of: patch, in: registry, folder: FilePath.folder(of: path))
    try TextFile.write(Array(text.utf8), to: path, isDurable: isDurable)
  }
}
