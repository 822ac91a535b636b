import Foundation
import TestSupport

/// A shell in an empty folder, in which `weft` is the built program on a port and a JACK server of its own.
final class ReadmeShell {
  private let folder: TemporaryFolder
  private let jack: PrivateJack
  private let environment: [String: String]
  private var player: Process?
  private var keyboard: JackMidiSender?
  private var log: URL { URL(fileURLWithPath: folder.path + "/player.log") }

  init(checkout: URL) throws {
    folder = try TemporaryFolder()
    jack = try PrivateJack()
    let port = try freePort(), program = WeftProcess.program.path
    let wrapper = """
      #!/bin/sh
      command=$1
      shift
      case $command in
        play|send|repl|watch) exec \(program) $command --osc \(port) "$@" ;;
        *) exec \(program) $command "$@" ;;
      esac
      """
    for name in ["bin", "home", "work"] {
      try FileManager.default.createDirectory(atPath: folder.path + "/" + name, withIntermediateDirectories: true)
    }
    _ = FileManager.default.createFile(
      atPath: folder.path + "/bin/weft", contents: Data(wrapper.utf8), attributes: [.posixPermissions: 0o755])
    var environment = jack.environment
    environment["PATH"] = folder.path + "/bin:" + (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin")
    environment["HOME"] = folder.path + "/home"
    for name in ["XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"] { environment[name] = "" }
    self.environment = environment
  }

  deinit { end() }

  func run(_ command: ReadmePage.Command) throws -> WeftProcess {
    if command.words.hasPrefix("weft play") { return try play(command.words) }
    let run = try WeftProcess.run(
      ["-c", "set -o pipefail; " + command.words], environment: environment,
      folder: URL(fileURLWithPath: folder.path + "/work"), program: URL(fileURLWithPath: "/bin/bash"))
    if command.comment.contains("move a controller") { try moveController() }
    return run
  }

  /// A program that plays in a terminal of its own, after the one before has ended by Ctrl-C.
  private func play(_ words: String) throws -> WeftProcess {
    let ended = end()
    _ = FileManager.default.createFile(atPath: log.path, contents: nil)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments = ["-c", "exec " + words]
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.currentDirectoryURL = URL(fileURLWithPath: folder.path + "/work")
    process.standardInput = FileHandle.nullDevice
    process.standardError = try FileHandle(forWritingTo: log)
    try process.run()
    player = process
    func said() -> String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }
    let plays = eventually { said().contains("OSC on") || !process.isRunning }
    return WeftProcess(
      status: ended && plays && process.isRunning ? 0 : 1, output: "", errors: said(), seconds: 0)
  }

  private func moveController() throws {
    keyboard = try JackMidiSender(on: jack)
    _ = eventually { self.keyboard!.connect(toPort: "weft:midi_in") }
    keyboard!.send(0xB0, 74, 100)
  }

  /// Ends the player by Ctrl-C; whether it ended well.
  @discardableResult func end() -> Bool {
    keyboard?.close()
    keyboard = nil
    guard let player else { return true }
    self.player = nil
    kill(player.processIdentifier, SIGINT)
    _ = eventually(within: 20) { !player.isRunning }
    if player.isRunning { kill(player.processIdentifier, SIGKILL) }
    player.waitUntilExit()
    return player.terminationReason == .exit && player.terminationStatus == 0
  }
}
