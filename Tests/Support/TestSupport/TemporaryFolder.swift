import Glibc

/// A temporary folder for one test, deleted with this object.
public final class TemporaryFolder {
  public let path: String

  struct NotMade: Error {}

  /// In `TMPDIR`, or /tmp.
  public init() throws {
    let place = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var name = Array((place + "/weft-test-XXXXXX").utf8CString)
    guard let made = mkdtemp(&name) else { throw NotMade() }
    path = String(cString: made)
  }

  deinit {
    TemporaryFolder.remove(path)
  }

  private static func remove(_ folder: String) {
    for name in names(in: folder) where unlink(folder + "/" + name) != 0 { remove(folder + "/" + name) }
    rmdir(folder)
  }

  /// The names of its entries, sorted.
  public var names: [String] { TemporaryFolder.names(in: path) }

  private static func names(in folder: String) -> [String] {
    guard let directory = opendir(folder) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }
}
