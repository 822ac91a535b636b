import Control
import Glibc
import PatchKit

/// JACK connections that `--resume` restores: one line per port, the names of its peers with tabs between them.
struct ConnectionFile {
  private let path: String
  private var written: [[String]]?

  init(port: Int) { path = Console.folder("XDG_STATE_HOME", else: ".local/state") + "/\(port).connections" }

  /// nil where there is none.
  func read() -> [[String]]? {
    guard let bytes = try? TextFile.read(path) else { return nil }
    var lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    return lines.map { $0.split(separator: "\t").map(String.init) }
  }

  /// Has connections that have changed written on another thread; a failure leaves what was there.
  mutating func write(_ connections: [[String]]?, on queue: WorkQueue) {
    guard let connections, connections != written else { return }
    written = connections
    let text = connections.map { $0.joined(separator: "\t") + "\n" }.joined()
    queue.add { [path] in
      Console.makeFolder(String(path[..<path.lastIndex(of: "/")!]))
      try? TextFile.write(Array(text.utf8), to: path, isDurable: false)
    }
  }
}
