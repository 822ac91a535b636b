import Glibc
import PatchKit
import SoundFiles

/// The recordings that run, of all programs of this user: a file for each, with its path, in the folder of weft's state.
/// The next start finishes those of killed programs.
enum RecordingList {
  private static var folder: String { Console.folder("XDG_STATE_HOME", else: ".local/state") + "/recordings" }

  /// Adds a recording.
  ///
  /// - Returns: its file; nil where the folder cannot be written: then the next recording of that name rescues it.
  static func add(_ path: String) -> String? {
    guard Console.makeFolder(folder) == nil, let absolute = absolute(path) else { return nil }
    let file = folder + "/" + String(UInt64.random(in: 0 ... .max), radix: 36)
    return (try? TextFile.write(Array(absolute.utf8), to: file, isDurable: false)) == nil ? nil : file
  }

  static func remove(_ file: String) { unlink(file) }

  /// Finishes the recordings that killed programs left, and returns their paths and the errors.
  static func rescue() -> (paths: [String], errors: [PatchError]) {
    var paths: [String] = [], errors: [PatchError] = []
    for name in (Folder.names(in: folder) ?? []).sorted() {
      let file = folder + "/" + name
      guard let bytes = try? TextFile.read(file) else { continue }
      do throws(PatchError) {
        if let path = try SoundFileWriter.rescue(String(decoding: bytes, as: UTF8.self)) { paths.append(path) }
      } catch {
        // It is still written, by another program.
        if error.code == .busy { continue }
        errors.append(error)
      }
      unlink(file)
    }
    return (paths, errors)
  }

  private static func absolute(_ path: String) -> String? {
    let slash = path.lastIndex(of: "/"), folder = slash.map { String(path[...$0]) } ?? "."
    return FileRoot.real(folder).map { $0 + "/" + path[(slash.map { path.index(after: $0) } ?? path.startIndex)...] }
  }
}
