import CRealtime
import Foundation
import Synchronization
import TestSupport

/// A `weft play` process beside the test.
final class PlayingWeft {
  private let process = Process()
  private let log: URL
  let port: Int
  let name: String
  let startedAt: UInt64

  struct DidNotPlay: Error, CustomStringConvertible { let description: String }

  /// Suites run side by side: two programs with one number would share a log.
  private static let made = Atomic<Int>(0)
  /// The folder of all journals, apart from the user's.
  static let stateHome = FileManager.default.temporaryDirectory.appending(path: "weft-state-\(getpid())")
  /// The folder of its journal.
  var stateFolder: String { PlayingWeft.stateFolder(port) }
  static func stateFolder(_ port: Int) -> String { stateHome.appending(path: "weft/127.0.0.1-\(port)").path }

  /// Starts it with or without a server, and waits until it accepts OSC.
  ///
  /// Plays a patch file without a server; its files are in `--root`, or beside the patch.
  convenience init(_ patch: String, root: String?, place: String? = nil, _ words: [String] = []) throws {
    let port = place?.split(separator: ":").last.flatMap { Int($0) }
    try self.init(on: nil, port: port, place: place, root: root, [patch] + words)
  }

  /// - Parameters:
  ///   - port: nil selects a free one.
  ///   - place: host and port, if not loopback.
  ///   - root: nil: weft's default.
  ///   - blocks: the longest file that it may write, in 512 bytes; nil: no limit. A write beyond it fails as on a full
  ///     disk.
  ///   - command: `play`, or `demo`.
  ///   - environment: variables that differ from the test's own.
  init(
    on server: PrivateServer? = nil, port wanted: Int? = nil, place: String? = nil, root: String? = "/",
    blocks: Int? = nil, command: String = "play", _ words: [String] = [], environment: [String: String] = [:]
  ) throws {
    let number = PlayingWeft.made.add(1, ordering: .relaxed).newValue
    name = "weft-\(number)"
    port = try wanted ?? freePort()
    log = FileManager.default.temporaryDirectory.appending(path: "weft-play-\(getpid())-\(number)")
    _ = FileManager.default.createFile(atPath: log.path, contents: nil)
    process.executableURL = WeftProcess.program
    process.arguments =
      [command, "--osc", place ?? "\(port)", "--name", name] + (server == nil ? ["--server", "none"] : [])
      + (root.map { ["--root", $0] } ?? []) + words
    if let blocks {
      process.arguments =
        ["-c", "trap '' XFSZ; ulimit -f \(blocks); exec \"$0\" \"$@\"", WeftProcess.program.path] + process.arguments!
      process.executableURL = URL(fileURLWithPath: "/bin/sh")
    }
    process.environment = ProcessInfo.processInfo.environment.merging(server?.environment ?? [:]) { $1 }
    process.environment!["XDG_STATE_HOME"] = PlayingWeft.stateHome.path
    process.environment!["XDG_DATA_HOME"] = PlayingWeft.stateHome.path + "/data"
    process.environment!.merge(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardError = try FileHandle(forWritingTo: log)
    startedAt = weft_nanoseconds()
    try process.run()
    guard eventually({ self.messages.contains("OSC on") || !self.process.isRunning }), process.isRunning else {
      throw DidNotPlay(description: messages)
    }
  }

  deinit {
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    try? FileManager.default.removeItem(at: log)
  }

  var identifier: pid_t { process.processIdentifier }
  var isRunning: Bool { process.isRunning }
  /// Its messages so far.
  var messages: String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }
  /// The JACK port of an output, from 1.
  func output(_ number: Int) -> String { "\(name):out_\(number)" }

  /// Sends a signal, if one is given, and waits for the end.
  ///
  /// - Returns: the exit status (−1 if ended by a signal or killed), and the seconds until the end.
  func end(_ signal: Int32? = nil) -> (status: Int32, seconds: Double) {
    let began = weft_nanoseconds()
    if let signal { kill(process.processIdentifier, signal) }
    _ = eventually { !self.process.isRunning }
    let seconds = Double(weft_nanoseconds() - began) / 1e9
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    process.waitUntilExit()
    return (process.terminationReason == .exit ? process.terminationStatus : -1, seconds)
  }

  /// Waits until it has recorded its connections (every half a second), before a server is killed.
  func rememberConnections(_ client: LibloClient) {
    usleep(700_000)
    // Its control thread may be delayed: a reply follows the timers that were due.
    for _ in 0..<2 { _ = client.status("host") }
  }

  /// `weft send` to it.
  func send(_ words: String...) throws -> WeftProcess { try WeftProcess.run(["send", "--osc", "\(port)"] + words) }
}

/// The earlier name of `eventually`.
func waitFor(_ condition: () -> Bool) -> Bool { eventually(condition) }

/// A currently unused port.
func freePort() throws -> Int {
  let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  defer { close(descriptor) }
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
  var size = socklen_t(MemoryLayout<sockaddr_in>.size)
  let status = withUnsafeMutablePointer(to: &address) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      bind(descriptor, $0, size) == 0 ? getsockname(descriptor, $0, &size) : -1
    }
  }
  guard status == 0 else { throw POSIXError(.EADDRINUSE) }
  return Int(UInt16(bigEndian: address.sin_port))
}
