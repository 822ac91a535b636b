import Engine
import ModuleKit
import PatchKit
import Tracks

/// The files of tracks: read and compiled on any thread but that of the session.
public struct TrackFiles: Sendable {
  /// Returns frames and rate of a sound file.
  public var soundLength: @Sendable (_ path: String) throws(PatchError) -> (frames: Int, rate: Double) = {
    path throws(PatchError) in
    throw PatchError(.unreadable, "sound files cannot be read here", at: Place(file: path))
  }
  /// Returns a file's channels at a rate.
  public var readSound: @Sendable (_ path: String, _ rate: Double) -> [[Float]]? = { _, _ in nil }

  /// Reads a file as a node plays it.
  public var loadSound: @Sendable (_ path: String, _ rate: Double?) throws(PatchError) -> SoundBuffer = {
    (path, rate) throws(PatchError) in try noSounds(path, rate)
  }
  /// The file of head responses that spatial voices are placed with; nil: by level alone.
  public var head: String?

  public init() {}

  /// A track as it is read: the path of its file, and the root that its sound files lie in; nil: anywhere.
  typealias Source = (path: String, contents: TrackFile.Contents, root: FileRoot?)

  /// Reads a track of a request: the path of a file, or JSON.
  func read(_ text: [UInt8], within root: FileRoot?) throws(PatchErrors) -> Source {
    let resolve = { (path: String) throws(PatchError) in try Self.resolve(path, root) }
    if text.first == UInt8(ascii: "{") || text.first == UInt8(ascii: "[") {
      return ("", try TrackFile.read(text, resolve: resolve), root)
    }
    let path: String, bytes: [UInt8]
    do throws(PatchError) {
      path = try Self.resolve(String(decoding: text, as: UTF8.self), root)
      bytes = try TextFile.read(path)
    } catch { throw PatchErrors([error]) }
    return (path, try TrackFile.read(bytes, file: path, resolve: resolve), root)
  }

  private static func resolve(_ path: String, _ root: FileRoot?) throws(PatchError) -> String {
    try root?.reading(path) ?? FilePath.absolute(path, in: nil)
  }

  /// Reads the sounds of voices, measures loud steps, and compiles.
  ///
  /// - Throws: `.unreadable` for a clip that cannot be read.
  func compile(_ source: Source, _ rate: Double, _ registry: Registry) throws(PatchErrors) -> TrackService.Loaded {
    let track = source.contents.track
    var compiler = TrackCompiler(track, rate: rate)
    compiler.head = head
    var errors: [PatchError] = []
    for (i, clip) in track.clips.enumerated() where compiler.sounds[clip.path] == nil {
      do throws(PatchError) {
        let (frames, rate) = try soundLength(try source.root?.reading(clip.path) ?? clip.path)
        compiler.sounds[clip.path] = .init(frames: frames, rate: rate)
      } catch {
        var error = error
        error.place.path = "clip \(i + 1)"
        errors.append(error)
      }
    }
    guard errors.isEmpty else { throw PatchErrors(errors) }
    compiler.readSounds(readSound)
    // A step that cannot be measured keeps the factor that its amplitudes allow.
    try? StepPeaks.measure(&compiler, in: registry, sounds: loadSound)
    return TrackService.Loaded(
      path: source.path, track: track, score: compiler.score(), warnings: source.contents.warnings)
  }
}
