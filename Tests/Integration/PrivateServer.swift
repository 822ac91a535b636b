import Foundation
import TestSupport

/// An audio server that belongs to a test: programs find it by its environment, and the test may treat it badly.
class PrivateServer {
  private var process: Process?

  /// In which a program finds this server as the default one.
  var environment: [String: String] { [:] }
  var isRunning: Bool { process?.isRunning == true }

  deinit { stop() }

  /// Starts a program of the system as the server.
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

  /// Ends it as a crash would.
  func crash() { end(SIGKILL) }
  func stop() { end(SIGTERM) }
  /// Does nothing any more, and says nothing of it.
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
