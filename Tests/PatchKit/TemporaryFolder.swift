import Glibc
import Testing

/// A folder of its own for one test, gone with the test.
final class TemporaryFolder {
  let path: String

  init() throws {
    var name = Array("/tmp/weft-test-XXXXXX".utf8CString)
    path = String(cString: try #require(mkdtemp(&name)))
  }

  deinit {
    TemporaryFolder.remove(path)
  }

  private static func remove(_ folder: String) {
    for name in names(in: folder) where unlink(folder + "/" + name) != 0 { remove(folder + "/" + name) }
    rmdir(folder)
  }

  /// What lies in it, sorted.
  var names: [String] { TemporaryFolder.names(in: path) }

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
