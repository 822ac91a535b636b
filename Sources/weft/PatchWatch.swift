import CLoop
import Control
import Glibc
import PatchKit

/// Notices when a file is saved: editors write it in place or put a new one in its place.
final class PatchWatch {
  private let loop: ControlLoop
  private let descriptor: Int32
  private let name: String

  /// - Throws: `.unreadable` where the folder cannot be watched.
  init(_ path: String, loop: ControlLoop, whenSaved: @escaping () -> Void) throws(PatchError) {
    self.loop = loop
    let slash = path.lastIndex(of: "/")
    let folder = slash.map { String(path[..<$0]) } ?? "."
    name = slash.map { String(path[path.index(after: $0)...]) } ?? path
    descriptor = inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC))
    guard descriptor >= 0,
      inotify_add_watch(descriptor, folder.isEmpty ? "/" : folder, UInt32(IN_CLOSE_WRITE) | UInt32(IN_MOVED_TO)) >= 0
    else {
      throw PatchError(
        .unreadable, "cannot watch \(folder): \(String(cString: strerror(errno)))", at: Place(file: path))
    }
    loop.add(descriptor, for: .read) { [unowned self] _ in if tookOurs() { whenSaved() } }
  }

  deinit {
    loop.remove(descriptor)
    close(descriptor)
  }

  /// Takes the events that wait; whether one is about our file.
  private func tookOurs() -> Bool {
    let buffer = UnsafeMutableRawBufferPointer.allocate(
      byteCount: 16_384, alignment: MemoryLayout<inotify_event>.alignment)
    defer { buffer.deallocate() }
    var isOurs = false
    while case let size = read(descriptor, buffer.baseAddress!, buffer.count), size > 0 {
      var at = 0
      while at + MemoryLayout<inotify_event>.size <= size {
        let event = buffer.load(fromByteOffset: at, as: inotify_event.self)
        let text = buffer.baseAddress! + at + MemoryLayout<inotify_event>.size
        if event.len > 0, String(cString: text.assumingMemoryBound(to: CChar.self)) == name { isOurs = true }
        at += MemoryLayout<inotify_event>.size + Int(event.len)
      }
    }
    return isOurs
  }
}
