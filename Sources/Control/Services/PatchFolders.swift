import Glibc
import ModuleKit
import PatchKit

/// The patch files that commands can load, for a list to choose from.
struct PatchFolders {
  /// Maximum number of files that are listed, and bytes of a file that is read for its text.
  static let most = 1_000, largest = 1 << 20

  private let root: FileRoot?

  init(_ root: FileRoot?) { self.root = root }

  /// The rows of a listing: name, path, text about the patch.
  ///
  /// - Parameter folder: a folder within those in which files are read; nil: all of these.
  /// - Throws: `.unreadable` if none of them has such a folder.
  func listing(of folder: String?, in registry: Registry) throws(PatchError) -> Listing {
    let all = root?.folders ?? [FilePath.absolute(".", in: nil)]
    var folders = all
    if let folder {
      folders = all.compactMap { PatchFolders.folder(folder, in: $0) }
      if folders.isEmpty { throw PatchError(.unreadable, "there is no such folder", at: Place(file: folder)) }
    }
    let files = Array(folders.flatMap(PatchFolders.files).prefix(PatchFolders.most))
    // Many small files are read by the worker.
    return Listing(size: Listing.short + files.count) {
      Listing.Rows(
        files.map { path in
          let name = path[path.index(after: path.lastIndex(of: "/")!)...].dropLast(5)
          return [.string(String(name)), .string(path), .string(PatchFolders.about(path, in: registry))]
        })
    }
  }

  /// A folder by its name within another; nil if there is none, or if the name leads out of it.
  private static func folder(_ name: String, in base: String) -> String? {
    guard let real = FileRoot.real(FilePath.absolute(name, in: base)), let base = FileRoot.real(base) else {
      return nil
    }
    var info = stat()
    guard stat(real, &info) == 0, info.st_mode & S_IFMT == S_IFDIR else { return nil }
    return real == base || real.hasPrefix(base + "/") ? real : nil
  }

  private static func files(in folder: String) -> [String] {
    (try? Programs.files(in: folder)) ?? []
  }

  private static func about(_ path: String, in registry: Registry) -> String {
    var info = stat()
    guard stat(path, &info) == 0, info.st_mode & S_IFMT == S_IFREG, info.st_size <= largest,
      let patch = try? PatchFile.read(path: path, in: registry, allowMissing: true)
    else { return "cannot be read" }
    // One line of a menu; a datagram holds it.
    return patch.name + (patch.about.isEmpty ? "" : ": " + (patch.about.pieces(of: 400).first ?? ""))
  }
}
