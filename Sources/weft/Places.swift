import CommandParser
import Glibc
import PatchKit

/// Folders of the installation and of the user.
enum Places {
  /// The folder with `Patches`: `share/weft` of the installation, or the checkout that holds the program; nil: neither.
  static let shared: String? = {
    guard let program = FileRoot.real("/proc/self/exe") else { return nil }
    var folder = parent(program)
    // PREFIX/lib/weft/LEVEL/weft
    if parent(folder).hasSuffix("/lib/weft") {
      let share = parent(parent(parent(folder))) + "/share/weft"
      return isFolder(share + "/Patches") ? share : nil
    }
    while !folder.isEmpty, !isCheckout(folder) { folder = parent(folder) }
    return folder.isEmpty ? nil : folder
  }()

  /// The folder of saves, presets and recordings of patches that do not belong to the user.
  static var saved: String { Console.folder("XDG_DATA_HOME", else: ".local/share") }
  static var presets: String {
    // The place of earlier versions stays where it is used.
    let old = Console.folder("XDG_CONFIG_HOME", else: ".config") + "/presets"
    return isFolder(old) ? old : saved + "/presets"
  }
  /// The written pages of the reference; nil: not installed.
  static var documentation: String? {
    guard let shared else { return nil }
    return ["/Documentation", "/Sources/Documentation"].map { shared + $0 }.first(where: isFolder)
  }
  /// MIDI files that belong to the program's patches.
  static var songs: String? { shared.map { $0 + "/Patches/songs" } }

  /// True for a folder of the installation or of a checkout, which holds no saves of users.
  static func isShared(_ folder: String) -> Bool {
    guard var real = FileRoot.real(folder) else { return false }
    if let shared, real == shared || real.hasPrefix(shared + "/") { return true }
    while !real.isEmpty {
      if isCheckout(real) { return true }
      real = parent(real)
    }
    return false
  }

  private static func isCheckout(_ folder: String) -> Bool {
    access(folder + "/Package.swift", F_OK) == 0 && isFolder(folder + "/Sources/weft") && isFolder(folder + "/Patches")
  }

  static func isFolder(_ path: String) -> Bool {
    var info = stat()
    return stat(path, &info) == 0 && info.st_mode & S_IFMT == S_IFDIR
  }

  /// Empty for a name in the root folder.
  private static func parent(_ path: String) -> String { String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]) }
}

extension Arguments {
  /// The directory that file commands write in, and those that they read in too.
  ///
  /// It is the one asked for, else the patch's, without one the current directory. Patches of the installation or of a
  /// checkout are not the user's: what is saved of them goes to `Places.saved`.
  func root(of patch: String?) throws(PatchError) -> FileRoot {
    let folder = patch?.lastIndex(of: "/").map { String(patch![...$0]) } ?? "."
    let installed = Places.shared.map { [$0 + "/Patches"] } ?? []
    if let chosen = text("root") { return try FileRoot(chosen, reading: installed) }
    guard Places.isShared(folder) else { return try FileRoot(folder, reading: installed) }
    if let reason = Console.makeFolder(Places.saved) {
      let refusal = "\(Places.saved) cannot be made: \(reason); set XDG_DATA_HOME or HOME, or give --root"
      return try FileRoot(folder, reading: installed, refusal: refusal)
    }
    return try FileRoot(Places.saved, reading: [folder] + installed)
  }
}
