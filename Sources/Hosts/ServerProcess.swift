import CJack
import CRealtime
import Glibc

/// A private `jackd`; it ends with the thread that started it in any case.
public final class ServerProcess {
  private let identifier: pid_t
  private var isRunning = true
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
      guard let child = ServerProcess.spawn([program, realtime] + options + ["-n", name, "-d"] + driver) else {
        return nil
      }
      if ServerProcess.takesClients(name, child) {
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
    kill(identifier, SIGTERM)
    for _ in 0..<200 {
      if waitpid(identifier, nil, WNOHANG) == identifier { return }
      usleep(10_000)
    }
    kill(identifier, SIGKILL)
    waitpid(identifier, nil, 0)
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
