import CJack
import CRealtime
import Glibc

/// A private `jackd`; it ends with the thread that started it in any case.
public final class ServerProcess {
  private var identifier: pid_t
  private let command: [String]
  private var isRunning = true
  private var lastStart = weft_nanoseconds()
  /// Timeout for accepting the first client, seconds.
  private static let patience: UInt64 = 5

  /// Starts the server, with real-time priority if permitted, and waits until it accepts clients.
  ///
  /// - Parameters:
  ///   - options: options of the server, before its driver.
  ///   - driver: the driver's name and options.
  ///   - program: the server's program, found by `PATH`.
  /// - Returns: nil if it ends, or accepts no client within five seconds.
  public init?(_ name: String, options: [String] = [], driver: [String], program: String = "jackd") {
    JackMetadata.removeAbandoned()
    // The server refuses to start without permission for real-time priority.
    for realtime in ["-R", "-r"] {
      let command = [program, realtime] + options + ["-n", name, "-d"] + driver
      guard let child = ServerProcess.spawn(command) else { return nil }
      if ServerProcess.takesClients(name, child) {
        self.command = command
        identifier = child
        return
      }
      kill(child, SIGKILL)
      waitpid(child, nil, 0)
    }
    return nil
  }

  deinit { stop() }

  /// True if `PATH` has the program.
  static func isInstalled(_ program: String) -> Bool {
    if program.contains("/") { return access(program, X_OK) == 0 }
    let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
    return path.split(separator: ":").contains { access("\($0)/\(program)", X_OK) == 0 }
  }

  /// Ends the server, by force after two seconds. Close all clients first.
  public func stop() {
    guard isRunning else { return }
    isRunning = false
    // Never another program that has the number of a server that is gone.
    let ended = waitpid(identifier, nil, WNOHANG)
    guard ended == 0 else { return }
    kill(identifier, SIGTERM)
    for _ in 0..<200 {
      if waitpid(identifier, nil, WNOHANG) == identifier { return }
      usleep(10_000)
    }
    kill(identifier, SIGKILL)
    waitpid(identifier, nil, 0)
  }

  /// Starts the server again if it has ended by itself, at most every five seconds; does not wait until it accepts
  /// clients.
  ///
  /// - Returns: true if it was started.
  public func restartIfEnded() -> Bool {
    let now = weft_nanoseconds()
    guard isRunning, now - lastStart > 5_000_000_000 else { return false }
    // Its child may be gone already, if an earlier start failed.
    let ended = waitpid(identifier, nil, WNOHANG)
    guard ended == identifier || ended < 0 else { return false }
    lastStart = now
    guard let child = ServerProcess.spawn(command) else { return false }
    identifier = child
    return true
  }

  private static func spawn(_ arguments: [String]) -> pid_t? {
    var words = arguments.map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    let child = cjack_start_server(&words)
    return child > 0 ? child : nil
  }

  private static func takesClients(_ name: String, _ child: pid_t) -> Bool {
    silenceJack()
    let deadline = weft_nanoseconds() + patience * 1_000_000_000
    while weft_nanoseconds() < deadline {
      var status = jack_status_t(0)
      if let client = cjack_open("weft-probe", name, &status) {
        jack_client_close(client)
        return true
      }
      if waitpid(child, nil, WNOHANG) == child { return false }
      usleep(20_000)
    }
    return false
  }
}
