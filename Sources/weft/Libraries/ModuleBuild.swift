import Control
import Glibc
import PatchKit

/// One compiler run on one module's Swift file, in a child process.
final class ModuleBuild {
  let source: String
  let output: String
  private let folder: String
  private let process: pid_t
  /// The compiler's output.
  let file: Int32
  private(set) var text = ""

  nonisolated(unsafe) private static var count = 0

  /// - Parameter output: the library; nil: a file in a temporary folder.
  /// - Throws: `.unreadable`, `.unwritable` or `.busy` if the compiler cannot be started.
  init(_ source: String, with toolkit: ModuleToolkit) throws(PatchError) {
    guard access(source, R_OK) == 0 else {
      throw PatchError(.unreadable, "it cannot be read: \(String(cString: strerror(errno)))", at: Place(file: source))
    }
    self.source = source
    let place = Console.variable("TMPDIR") ?? "/tmp"
    var template = Array((place + "/weft-module-XXXXXX").utf8CString)
    guard mkdtemp(&template) != nil else { throw PatchError(.unwritable, "there is no room for a build in \(place)") }
    folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    output = folder + "/module.so"
    let mark = folder + "/fingerprint.swift"
    ModuleBuild.count += 1
    let name = "WeftModule_\(getpid())_\(ModuleBuild.count)"
    let words = toolkit.command(source: source, mark: mark, name: name, output: output)
    do throws(PatchError) {
      try TextFile.write(Array(toolkit.mark.utf8), to: mark)
      (process, file) = try ModuleBuild.start(words, swift: toolkit.swiftVersion)
    } catch {
      ModuleBuild.remove(folder)
      throw error
    }
  }

  /// Removes the compiler's output; a loaded library stays mapped.
  deinit {
    close(file)
    ModuleBuild.remove(folder)
  }

  private static func remove(_ folder: String) {
    for name in ["module.so", "fingerprint.swift"] { unlink(folder + "/" + name) }
    rmdir(folder)
  }

  private static func start(_ words: [String], swift version: String) throws(PatchError) -> (pid_t, Int32) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw PatchError(.busy, "no file descriptor is left") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO)
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    // The loop's signals are blocked in this process; unblock them so that Ctrl-C ends the compiler.
    var attributes = posix_spawnattr_t(), none = sigset_t()
    posix_spawnattr_init(&attributes)
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
    arguments.append(nil)
    var process = pid_t()
    let status = posix_spawnp(&process, words[0], &actions, &attributes, arguments, environ)
    for argument in arguments { free(argument) }
    posix_spawn_file_actions_destroy(&actions)
    posix_spawnattr_destroy(&attributes)
    close(ends[1])
    guard status == 0 else {
      close(ends[0])
      throw PatchError(
        .unreadable,
        "\(words[0]) cannot be started: \(String(cString: strerror(status))); modules are built by Swift \(version): "
          + "install it from https://www.swift.org/install/linux and put it into the path, or name its swiftc in WEFT_SWIFTC"
      )
    }
    return (process, ends[0])
  }

  /// Reads the compiler's output; true when the compiler has ended.
  func readOutput() -> Bool {
    var bytes = [UInt8](repeating: 0, count: 65_536)
    let count = read(file, &bytes, bytes.count)
    if count < 0 && errno == EINTR { return false }
    if count > 0 { text += String(decoding: bytes[..<count], as: UTF8.self) }
    return count <= 0
  }

  /// Waits for the end; returns true if the library was built.
  func succeeded() -> Bool {
    while !readOutput() {}
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0 && errno == EINTR {}
    return status == 0
  }
}
