import Control
import Glibc
import PatchKit

/// Notices when a patch file is saved: in place, by a new file of its name, or through any link on its path.
final class PatchWatch {
  private let path: String
  private var folders: FolderWatch!
  private var isPending = false
  /// The file, and every link on the way to it.
  private var places: [(folder: String, path: String)]

  /// - Parameter whenSaved: called once for several events at a time.
  /// - Throws: `.unreadable` if a folder cannot be watched.
  init(_ path: String, loop: ControlLoop, whenSaved: @escaping () -> Void) throws(PatchError) {
    self.path = path
    places = PatchWatch.places(of: path)
    folders = try FolderWatch(places.map(\.folder), loop: loop) { [unowned self] saved in
      guard !isPending, places.contains(where: { $0.path == saved }) else { return }
      // Several events of one save are one.
      isPending = true
      loop.after(0) { [weak self] in
        guard let self else { return }
        isPending = false
        follow()
        whenSaved()
      }
    }
  }

  /// A link may lead elsewhere by now.
  private func follow() {
    places = PatchWatch.places(of: path)
    // A folder that cannot be watched has no file that can be read: that is reported.
    for place in places { try? folders.add(place.folder) }
  }

  /// Maximum number of links, as the system has one.
  private static let mostLinks = 40

  private static func places(of path: String) -> [(folder: String, path: String)] {
    var found: [(folder: String, path: String)] = [], rest = path.split(separator: "/").map(String.init)
    var resolved = path.hasPrefix("/") ? "" : "."
    while !rest.isEmpty {
      let name = rest.removeFirst(), next = resolved + "/" + name
      guard let target = target(of: next), found.count < mostLinks else {
        resolved = next
        continue
      }
      found.append(FolderWatch.place(of: next))
      if target.hasPrefix("/") { resolved = "" }
      rest = target.split(separator: "/").map(String.init) + rest
    }
    return found + [FolderWatch.place(of: resolved)]
  }

  private static func target(of link: String) -> String? {
    var bytes = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let count = bytes.withUnsafeMutableBytes { readlink(link, $0.baseAddress!, $0.count) }
    return count > 0 ? String(decoding: bytes.prefix(count), as: UTF8.self) : nil
  }
}
