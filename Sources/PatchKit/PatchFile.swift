import ModuleKit

/// The patch file: JSON with comments, one node or cable a line.
public enum PatchFile {
  /// The newest format that is read. A patch is written in format 1 while that can hold it.
  public static let version = 2

  /// Reads a patch file, or with `acceptsPipes` a pipe or (`-`) standard input; a missing module is an error, or with
  /// `allowMissing` a placeholder. Files that it names must lie in `root`, if given; paths of sounds that exist relative
  /// to its folder become absolute.
  ///
  /// - Throws: every error of the file at once, in its order, each with line and column.
  public static func read(
    path: String, in registry: Registry, allowMissing: Bool = false, root: FileRoot? = nil, acceptsPipes: Bool = false
  ) throws(PatchErrors) -> Patch {
    let bytes: [UInt8]
    do {
      bytes = try TextFile.read(path, acceptsPipes: acceptsPipes)
    } catch {
      throw PatchErrors([error])
    }
    return try read(bytes, file: path, in: registry, allowMissing: allowMissing, root: root)
  }

  /// Reads the text of a patch file; `file` is its name in errors.
  public static func read(
    _ bytes: [UInt8], file: String? = nil, in registry: Registry, allowMissing: Bool = false, root: FileRoot? = nil
  ) throws(PatchErrors) -> Patch {
    let bytes = TextFile.normalized(bytes)
    guard bytes.count <= Patch.Limits.fileBytes else {
      let most = Patch.Limits.fileBytes >> 20
      throw PatchErrors([PatchError(.limit, "it is longer than \(most) MiB", at: Place(file: file))])
    }
    let (value, syntax, isStopped) = FileParser.parse(bytes)
    var reader = PatchReader(
      registry: registry, allowMissing: allowMissing, folder: file.map(FilePath.folder), root: root, errors: syntax,
      bytes: bytes)
    // After a stop, missing keys are not reported.
    if !isStopped { reader.read(value) }
    if reader.errors.isEmpty { return reader.patch.withFiles(from: file.map(FilePath.folder), in: registry) }
    throw PatchErrors(reader.errors.located(in: bytes, file: file))
  }

  /// Writes the patch atomically. Paths of sound files are relative to its folder.
  ///
  /// - Parameters:
  ///   - source: a file whose comments are kept; nil: none are.
  ///   - replaces: true if it may replace a file.
  /// - Throws: `.unwritable` with the system's reason; `.duplicate`.
  public static func write(
    _ patch: Patch, to path: String, in registry: Registry, commentsOf source: String? = nil, isDurable: Bool = true,
    replaces: Bool = true
  ) throws(PatchError) {
    let bytes = Array(text(of: patch, in: registry, folder: FilePath.folder(of: path)).utf8)
    let old = source.flatMap { try? TextFile.read($0) } ?? []
    try TextFile.write(PatchComments.kept(of: old, in: bytes), to: path, isDurable: isDurable, replaces: replaces)
  }
}
