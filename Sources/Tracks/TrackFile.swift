import PatchKit

/// A track file: JSON in the older or the newer schema, or as editors write it; or a voice preset.
public enum TrackFile {
  /// The track of a file, and what of the file is not used.
  public struct Contents: Sendable {
    public var track: Track
    public var warnings: [PatchError]
    /// The folder of the file: the base of relative paths.
    public var folder: String?
  }

  /// Reads a file, or with `acceptsPipes` a pipe or (`-`) standard input.
  ///
  /// - Parameter allowMissing: voices of unknown functions are silent, in place of an error.
  /// - Throws: every error of the file at once, each with line and column.
  public static func read(
    path: String, allowMissing: Bool = false, acceptsPipes: Bool = false
  ) throws(PatchErrors) -> Contents {
    let bytes: [UInt8]
    do throws(PatchError) { bytes = try TextFile.read(path, acceptsPipes: acceptsPipes) } catch {
      throw PatchErrors([error])
    }
    return try read(bytes, file: path, allowMissing: allowMissing)
  }

  /// Reads the text of a track file; `file` is its name in errors.
  ///
  /// - Parameter resolve: returns the path under which a file that the track names may be read, or throws.
  public static func read(
    _ bytes: [UInt8], file: String? = nil, allowMissing: Bool = false,
    resolve: @escaping (String) throws(PatchError) -> String = { path throws(PatchError) in path }
  ) throws(PatchErrors) -> Contents {
    let bytes = TextFile.normalized(bytes)
    let (value, syntax, isStopped) = FileParser.parse(bytes, as: .track)
    let folder = file.map(FilePath.folder)
    var reader = TrackReader(
      JSONFields(bytes: bytes, errors: syntax), folder: folder, allowMissing: allowMissing, resolve: resolve)
    // After a stop, missing keys are not reported.
    if !isStopped { reader.read(value) }
    guard reader.fields.errors.isEmpty else {
      throw PatchErrors(reader.fields.errors.located(in: bytes, file: file))
    }
    let warnings = reader.fields.warnings.located(in: bytes, file: file)
    return Contents(track: reader.track, warnings: warnings, folder: folder)
  }

  /// True for a text that is a track: an object with steps, a voice, or a list of voices.
  public static func isTrack(_ bytes: [UInt8]) -> Bool {
    let (value, _, _) = FileParser.parse(TextFile.normalized(bytes), as: .track)
    if TrackReader.isPreset(value) { return true }
    guard case .object(let members) = value.kind else { return false }
    let keys = Set(members.map { JSONFields.plain($0.key) })
    return !keys.contains("weft") && !keys.isDisjoint(with: ["steps", "progression", "globalsettings"])
  }
}
