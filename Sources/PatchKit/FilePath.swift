import Glibc

/// Paths in patches: relative to the patch file on disk, absolute in memory.
package enum FilePath {
  /// - Parameter folder: the base of a relative path; nil: the working directory.
  package static func absolute(_ path: String, in folder: String?) -> String {
    if path.hasPrefix("/") { return tidy(path) }
    let folder = folder ?? workingDirectory
    return tidy((folder.hasPrefix("/") ? folder : workingDirectory + "/" + folder) + "/" + path)
  }

  /// The folder of a file, absolute.
  package static func folder(of path: String) -> String {
    absolute(path.lastIndex(of: "/").map { String(path[...$0]) } ?? ".", in: nil)
  }

  /// The last part of a path.
  package static func name(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
  }

  /// The path of a file relative to a folder; absolute if they have nothing in common.
  static func relative(_ path: String, to folder: String) -> String {
    let target = path.split(separator: "/"), start = folder.split(separator: "/")
    let common = zip(target, start).prefix { $0 == $1 }.count
    if common == 0 { return path }
    return (Array(repeating: "..", count: start.count - common) + target[common...]).joined(separator: "/")
  }

  private static func tidy(_ path: String) -> String {
    var parts: [Substring] = []
    for part in path.split(separator: "/") where part != "." {
      if part == "..", !parts.isEmpty { parts.removeLast() } else { parts.append(part) }
    }
    return "/" + parts.joined(separator: "/")
  }

  private static var workingDirectory: String {
    guard let path = getcwd(nil, 0) else { return "/" }
    defer { free(path) }
    return String(cString: path)
  }
}
