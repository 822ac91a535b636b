import Glibc
import PatchKit

/// Patches, banks and songs by name: `strings` is the installed `Patches/strings.json`, unless the current folder or the
/// user's own has one of that name.
enum PatchNames {
  /// The path that a word of the command line means.
  ///
  /// - Throws: `.unreadable` with the nearest names where no file and no patch is called so.
  static func path(_ word: String) throws(PatchError) -> String {
    if let path = found(word, endings: [".json"], in: folders) { return path }
    if Places.isFolder(word) {
      throw PatchError(
        .unreadable, "this is a folder: name a patch in it, or play the folder with --bank", at: Place(file: word))
    }
    if access(word, F_OK) != 0, ![ENOENT, ENOTDIR].contains(errno) {
      throw PatchError(.unreadable, "it cannot be read: \(String(cString: strerror(errno)))", at: Place(file: word))
    }
    throw PatchError(
      .unreadable, "there is no such file, and no patch of that name: weft patches lists them", at: Place(file: word),
      suggestions: nearest(to: word))
  }

  /// The same for a folder of patches.
  static func bank(_ word: String) -> String {
    if Places.isFolder(word) || word.hasPrefix("/") { return word }
    return folders.map { $0 + "/" + word }.first { Places.isFolder($0) } ?? word
  }

  static func song(_ word: String) -> String {
    let folders = [Places.saved] + [Places.songs, Places.shared].compactMap { $0 }
    return found(word, endings: [".mid", ".midi"], in: folders) ?? word
  }

  /// The names of the patches that can be played from any folder, with their paths: own ones first.
  static var all: [(name: String, path: String)] {
    var all: [(name: String, path: String)] = [], seen: Set<String> = []
    for folder in [Places.saved] + shared {
      for file in (Folder.names(in: folder) ?? []).sorted() where file.hasSuffix(".json") && !file.hasPrefix(".") {
        let name = String(file.dropLast(5))
        if seen.insert(name).inserted { all.append((name, folder + "/" + file)) }
      }
    }
    return all
  }

  private static func nearest(to word: String) -> [String] {
    let last = word.split(separator: "/").last.map(String.init) ?? word
    return Nearest.names(to: last.hasSuffix(".json") ? String(last.dropLast(5)) : last, among: all.map(\.name))
  }

  private static var shared: [String] { Places.shared.map { [$0 + "/Patches", $0 + "/Patches/help"] } ?? [] }
  /// `Patches/bass.json` means the same in the checkout and out of it.
  private static var folders: [String] { [Places.saved] + shared + (Places.shared.map { [$0] } ?? []) }

  private static func found(_ word: String, endings: [String], in folders: [String]) -> String? {
    if access(word, F_OK) == 0 && !Places.isFolder(word) || word == "-" { return word }
    // An absolute path is what it says; so is one that is relative to the current folder by its dots.
    if word.hasPrefix("/") || word.hasPrefix("./") || word.hasPrefix("../") { return nil }
    for place in [""] + folders.map({ $0 + "/" }) {
      for ending in [""] + endings {
        let path = place + word + ending
        if access(path, F_OK) == 0, !Places.isFolder(path) { return path }
      }
    }
    return nil
  }
}
