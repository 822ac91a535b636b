import Foundation
import TestSupport

/// A private audio server of a test: programs find it by its environment, and the test may kill it.
class PrivateServer {
  private var process: Process?

  /// The environment in which this server is the default one.
  var environment: [String: String] { [:] }
  var isRunning: Bool { process?.isRunning == true }

  deinit { stop() }

  /// Starts a system program as the server.
  func launch(_ words: [String], environment: [String: String] = [:]) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = words
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    self.process = process
  }

  /// Ends it like a crash.
  func crash() { end(SIGKILL) }
  func stop() { end(SIGTERM) }
  /// Stops the process without notice.
  func freeze() { if let process { kill(process.processIdentifier, SIGSTOP) } }
  func thaw() { if let process { kill(process.processIdentifier, SIGCONT) } }

  private func end(_ signal: Int32) {
    guard let process else { return }
    self.process = nil
    kill(process.processIdentifier, signal)
    _ = eventually(within: 20) { !process.isRunning }
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    process.waitUntilExit()
  }
}
