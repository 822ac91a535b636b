import CLoop
import Control
import Glibc
import PatchKit

/// Watches folders for saved files: editors write in place or replace the file.
final class FolderWatch {
  private let loop: ControlLoop
  private let descriptor: Int32
  /// Folders by inotify watch descriptor.
  private var folders: [Int32: String] = [:]

  /// - Parameter whenSaved: called with the path of each saved file.
  /// - Throws: `.unreadable` if a folder cannot be watched.
  init(_ folders: [String], loop: ControlLoop, whenSaved: @escaping (String) -> Void) throws(PatchError) {
    self.loop = loop
    descriptor = inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC))
    for folder in folders { try add(folder) }
    loop.add(descriptor, for: .read) { [unowned self] _ in
      for path in saved().sorted() { whenSaved(path) }
    }
  }

  /// Watches one more folder; without effect on one that is watched.
  func add(_ folder: String) throws(PatchError) {
    let number = inotify_add_watch(descriptor, folder, UInt32(IN_CLOSE_WRITE) | UInt32(IN_MOVED_TO))
    guard descriptor >= 0, number >= 0 else {
      throw PatchError(
        .unreadable, "it cannot be watched: \(String(cString: strerror(errno)))", at: Place(file: folder))
    }
    folders[number] = folder
  }

  deinit {
    loop.remove(descriptor)
    close(descriptor)
  }

  /// The folder of a file, and its path as reported to `whenSaved`.
  static func place(of path: String) -> (folder: String, path: String) {
    guard let slash = path.lastIndex(of: "/") else { return (".", "./" + path) }
    let folder = String(path[..<slash])
    return (folder.isEmpty ? "/" : folder, folder + path[slash...])
  }

  /// Reads pending events; a file saved several times is listed once.
  private func saved() -> Set<String> {
    let buffer = UnsafeMutableRawBufferPointer.allocate(
      byteCount: 16_384, alignment: MemoryLayout<inotify_event>.alignment)
    defer { buffer.deallocate() }
    var paths: Set<String> = []
    while case let size = read(descriptor, buffer.baseAddress!, buffer.count), size > 0 {
      var at = 0
      while at + MemoryLayout<inotify_event>.size <= size {
        let event = buffer.load(fromByteOffset: at, as: inotify_event.self)
        let text = buffer.baseAddress! + at + MemoryLayout<inotify_event>.size
        if event.len > 0, let folder = folders[event.wd] {
          let name = String(cString: text.assumingMemoryBound(to: CChar.self))
          paths.insert((folder == "/" ? "" : folder) + "/" + name)
        }
        at += MemoryLayout<inotify_event>.size + Int(event.len)
      }
    }
    return paths
  }
}
