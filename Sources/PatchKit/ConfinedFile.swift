import CFiles
import Glibc
import Synchronization

/// Opening of files that a root confines: paths that `FileRoot` has resolved contain no links, and a link that another
/// process has put there since is not followed.
///
/// Every function that opens files for commands uses these. Paths that no root has resolved are opened as they are: the
/// user has named them.
extension FileRoot {
  /// The open folder of a root.
  final class Descriptor: Sendable {
    fileprivate let number: Int32
    fileprivate let folder: String
    init(_ folder: String) {
      self.folder = folder
      number = weft_open_folder(folder)
    }
    deinit { if number >= 0 { close(number) } }
  }

  /// Resolved paths, with the roots that confine them.
  private struct Resolved {
    /// Maximum number; the oldest is removed first.
    static let limit = 65_536
    var roots: [String: Descriptor] = [:]
    var order: [String] = []
    var next = 0
  }
  private static let resolved = Mutex(Resolved())

  /// Registers a path that was resolved.
  func confine(_ path: String) -> String {
    // Below the root directory there is nothing to confine.
    if folder == "/" || descriptor.number < 0 { return path }
    FileRoot.resolved.withLock { resolved in
      guard resolved.roots.updateValue(descriptor, forKey: path) == nil else { return }
      if resolved.order.count < Resolved.limit { return resolved.order.append(path) }
      resolved.roots[resolved.order[resolved.next]] = nil
      resolved.order[resolved.next] = path
      resolved.next = (resolved.next + 1) % Resolved.limit
    }
    return path
  }

  /// Opens a file as open(2) does.
  package static func open(_ path: String, _ flags: Int32, mode: mode_t = 0) -> Int32 {
    guard let (root, relative) = place(of: path) else { return Glibc.open(path, flags, mode) }
    return weft_open_beneath(root.number, relative, flags, mode)
  }

  /// Pins the folder of a path: another process cannot exchange it any more.
  ///
  /// - Returns: nil with `errno` set.
  package static func pin(_ path: String) -> PinnedPath? {
    guard let (root, relative) = place(of: path) else { return PinnedPath(path) }
    // Names in an open folder lead through /proc.
    guard access("/proc/self/fd", X_OK) == 0 else { return PinnedPath(path) }
    let slash = relative.utf8.lastIndex(of: UInt8(ascii: "/"))
    let parent = slash.map { String(relative[..<$0]) } ?? "."
    let folder = weft_open_folder_beneath(root.number, parent)
    let name = slash.map { String(relative[relative.utf8.index(after: $0)...]) } ?? relative
    return folder < 0 ? nil : PinnedPath(folder, name)
  }

  /// The root that confines a path, and the path relative to it; nil if none does.
  private static func place(of path: String) -> (root: Descriptor, relative: String)? {
    guard let root = resolved.withLock({ $0.roots[path] }) else { return nil }
    return (root, String(path.utf8.dropFirst(root.folder.utf8.count + 1)) ?? "")
  }
}

/// A path whose folder is open: its meaning does not depend on the folders above it.
package final class PinnedPath: Sendable {
  /// The path, for the system; messages name the original.
  package let path: String
  private let folder: Int32
  /// True if a root confines it: it contains no links then, and none may be followed.
  package var isConfined: Bool { folder >= 0 }

  fileprivate init(_ path: String) { (self.path, folder) = (path, -1) }
  fileprivate init(_ folder: Int32, _ name: String) {
    self.folder = folder
    path = "/proc/self/fd/\(folder)/\(name)"
  }
  deinit { if folder >= 0 { close(folder) } }
}
