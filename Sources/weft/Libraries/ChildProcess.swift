import Glibc
import PatchKit

/// A program that runs beside this one; what it prints comes through a pipe.
final class ChildProcess {
  let file: Int32
  private let process: pid_t
  private var status: Int32?

  /// - Parameters:
  ///   - program: where it is; nil: the first word, looked up in the path.
  ///   - passed: a descriptor that it has as number 3.
  /// - Throws: `.busy` or `.unreadable` where it cannot be started.
  init(_ words: [String], program: String? = nil, passing passed: Int32? = nil) throws(PatchError) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw PatchError(.busy, "no file descriptor is left") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO)
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    if let passed { posix_spawn_file_actions_adddup2(&actions, passed, 3) }
    // The signals that the loop takes from a file are blocked here; a child shall end by Ctrl-C.
    var attributes = posix_spawnattr_t(), none = sigset_t()
    posix_spawnattr_init(&attributes)
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
    arguments.append(nil)
    var process = pid_t()
    let failure =
      program.map { posix_spawn(&process, $0, &actions, &attributes, arguments, environ) }
      ?? posix_spawnp(&process, words[0], &actions, &attributes, arguments, environ)
    for argument in arguments { free(argument) }
    posix_spawn_file_actions_destroy(&actions)
    posix_spawnattr_destroy(&attributes)
    close(ends[1])
    guard failure == 0 else {
      close(ends[0])
      throw PatchError(.unreadable, "\(words[0]) cannot be started: \(String(cString: strerror(failure)))")
    }
    (self.process, file) = (process, ends[0])
  }

  deinit {
    close(file)
    if status == nil {
      kill(process, SIGKILL)
      _ = wait()
    }
  }

  /// The bytes that have come; empty at its end.
  func read() -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = Glibc.read(file, &bytes, bytes.count)
      if count < 0 && errno == EINTR { continue }
      return Array(bytes[..<max(count, 0)])
    }
  }

  /// All that it prints until it ends, at most for so many seconds; nil, and it is killed, where it takes longer.
  func output(within seconds: Int) -> [UInt8]? {
    var text: [UInt8] = [], left = Int32(seconds * 1_000)
    while left > 0 {
      var ready = pollfd(fd: file, events: Int16(POLLIN), revents: 0)
      let step = min(left, 50)
      if poll(&ready, 1, step) > 0 {
        let bytes = read()
        if bytes.isEmpty { return text }
        text += bytes
      } else {
        left -= step
      }
    }
    kill(process, SIGKILL)
    return nil
  }

  /// Waits for its end; the status as `wait` has it.
  func wait() -> Int32 {
    if let status { return status }
    var value: Int32 = 0
    while waitpid(process, &value, 0) < 0 && errno == EINTR {}
    status = value
    return value
  }
}
