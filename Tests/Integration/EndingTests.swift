import Control
import Foundation
import PatchKit
import TestSupport
import Testing

/// The end of the program by a signal, and standard error that nobody reads.
@Suite(.serialized) struct EndingTests {
  private let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "weft-ending-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  /// A program started through a shell, whose own process id is in a file.
  private func start(_ words: [String], errors: Any? = FileHandle.nullDevice) throws -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: words[0])
    process.arguments = Array(words.dropFirst())
    process.environment = ProcessInfo.processInfo.environment
    process.environment!["XDG_STATE_HOME"] = folder.path
    process.standardInput = Pipe()
    process.standardOutput = FileHandle.nullDevice
    process.standardError = errors
    try process.run()
    return process
  }

  private func play(port: Int, _ words: String...) -> [String] {
    [WeftProcess.program.path, "play", "--server", "none", "--osc", "\(port)", "--root", folder.path] + words
  }

  private func write(_ text: String, to name: String) throws -> String {
    let path = folder.appending(path: name).path
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  /// A client of a program that has started.
  private func client(_ port: Int) throws -> LibloClient {
    #expect(eventually { (try? OSCCaller(port: port)) != nil })
    let client = try LibloClient(port: port)
    #expect(client.call("/version") != nil)
    return client
  }

  private func isRunning(_ pid: pid_t) -> Bool { kill(pid, 0) == 0 }

  /// The process id that a shell has written.
  private func pid() throws -> pid_t {
    let file = folder.appending(path: "pid")
    var pid: pid_t?
    #expect(
      eventually {
        pid = (try? String(contentsOf: file, encoding: .utf8)).flatMap { pid_t($0.filter(\.isNumber)) }
        return pid != nil
      })
    return try #require(pid)
  }

  /// More errors than a pipe holds: the program plays on, answers, and ends.
  @Test func standardErrorThatNobodyReadsDoesNotBlock() throws {
    let patch = try write("{ \"weft\": 1, \"nodes\": { \"a\": { \"type\": \"sine\" } } }", to: "patch.json")
    let port = try freePort(), errors = Pipe()
    let process = try start(play(port: port, "--watch", patch), errors: errors)
    // F_SETPIPE_SZ: as small as a pipe can be.
    #expect(fcntl(errors.fileHandleForReading.fileDescriptor, 1_031, 4_096) == 4_096)
    let client = try client(port)
    // Saves that follow each other closely are read once: on a busy machine it takes more of them to fill the pipe.
    var waiting: CInt = 0
    for i in 0..<200 where i < 12 || waiting < 3_000 {
      let nodes = (0..<3_000).map { "\"n\($0)\": { \"type\": \"nonsense\(i)\" }" }.joined(separator: ",\n")
      _ = try write("{ \"weft\": 1, \"nodes\": { \(nodes) } }", to: "patch.json")
      usleep(200_000)
      guard client.call("/version") != nil else {
        Issue.record("no answer after save \(i)")
        break
      }
      _ = ioctl(errors.fileHandleForReading.fileDescriptor, UInt(FIONREAD), &waiting)
    }
    kill(process.processIdentifier, SIGTERM)
    #expect(eventually(within: 20) { !process.isRunning })
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    #expect(process.terminationReason == .exit && process.terminationStatus == 0)
    // The pipe was full, and the rest was counted.
    let text = String(decoding: errors.fileHandleForReading.availableData, as: UTF8.self)
    #expect(text.utf8.count >= 3_000)
  }

  /// A control thread that is busy for seconds, before it answers anybody.
  @Test func aSignalEndsABusyProgramWithinSeconds() throws {
    var nodes: [String] = []
    for i in 0..<4_000 { nodes.append("\"n\(i)\": { \"type\": \"sine\", \"params\": { \"frequency\": \(100 + i) } }") }
    let snapshot = "{ \(nodes.joined(separator: ", ")) }"
    let snapshots = (0..<60).map { "\"s\($0)\": \(snapshot)" }.joined(separator: ",\n")
    let patch = try write("{ \"weft\": 1, \"nodes\": \(snapshot), \"snapshots\": { \(snapshots) } }", to: "large.json")
    let process = try start(play(port: try freePort(), patch))
    usleep(700_000)
    let start = ContinuousClock.now
    kill(process.processIdentifier, SIGTERM)
    #expect(eventually(within: 30) { !process.isRunning })
    let time = ContinuousClock.now - start
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    // 2 s on an idle machine.
    #expect(time < .seconds(6), "\(time)")
  }

  @Test func aServiceIgnoresSIGHUP() throws {
    let port = try freePort()
    let words = play(port: port).map { "'\($0)'" }.joined(separator: " ")
    let process = try start(["/usr/bin/setsid", "sh", "-c", "echo $$ > \(folder.path)/pid; exec \(words)"])
    let service = try pid()
    defer { kill(service, SIGKILL) }
    let client = try client(port)
    kill(service, SIGHUP)
    usleep(300_000)
    #expect(isRunning(service) && client.call("/version") != nil)
    kill(service, SIGTERM)
    #expect(eventually { !isRunning(service) })
    withExtendedLifetime(process) {}
  }

  /// A terminal that closes ends the program in order: a recording is a whole file.
  @Test func aClosedTerminalEndsTheProgramInOrder() throws {
    let port = try freePort()
    let words = play(port: port).map { "'\($0)'" }.joined(separator: " ")
    let terminal = try start([
      "/usr/bin/script", "-qfc", "sh -c \"echo \\$\\$ > \(folder.path)/pid; exec \(words)\"", "/dev/null",
    ])
    let program = try pid()
    defer { kill(program, SIGKILL) }
    let client = try client(port)
    #expect(client.call("/record/start", "take.wav")?.address == "/done")
    usleep(200_000)
    kill(terminal.processIdentifier, SIGKILL)
    #expect(eventually { !isRunning(program) })
    #expect(FileManager.default.fileExists(atPath: folder.appending(path: "take.wav").path))
    #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "take.wav.part").path))
  }
}
