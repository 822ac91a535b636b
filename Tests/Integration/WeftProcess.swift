import Foundation

/// A run of the built `weft` program.
struct WeftProcess {
  let status: Int32
  let output: String
  let errors: String
  /// From start to end, seconds.
  let seconds: Double

  /// The program beside the test bundle.
  static let program: URL = {
    let bundle = CommandLine.arguments.first { $0.contains(".xctest") } ?? "/proc/self/exe"
    var folder = URL(fileURLWithPath: bundle).resolvingSymlinksInPath().deletingLastPathComponent()
    while folder.path != "/", !FileManager.default.isExecutableFile(atPath: folder.appending(path: "weft").path) {
      folder.deleteLastPathComponent()
    }
    return folder.appending(path: "weft")
  }()

  static func run(
    _ words: String..., program: URL = program, input: String = ""
  ) throws -> WeftProcess {
    try run(words, program: program, input: input)
  }

  static func run(
    _ arguments: [String], environment: [String: String] = [:], folder: URL? = nil, program: URL = program,
    input: String = ""
  ) throws -> WeftProcess {
    let process = Process()
    process.executableURL = program
    process.arguments = arguments
    if let folder { process.currentDirectoryURL = folder }
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let output = Pipe(), words = Pipe()
    let errors = FileManager.default.temporaryDirectory.appending(path: "weft-errors-\(UUID().uuidString)")
    _ = FileManager.default.createFile(atPath: errors.path, contents: nil)
    defer { try? FileManager.default.removeItem(at: errors) }
    process.standardOutput = output
    process.standardError = try FileHandle(forWritingTo: errors)
    process.standardInput = words
    let began = ContinuousClock.now
    try process.run()
    // Standard error is a file: two full pipes would block the process.
    words.fileHandleForWriting.write(Data(input.utf8))
    try words.fileHandleForWriting.close()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    let taken = ContinuousClock.now - began
    return WeftProcess(
      status: process.terminationStatus, output: String(decoding: data, as: UTF8.self),
      errors: try String(contentsOf: errors, encoding: .utf8), seconds: taken / .seconds(1))
  }
}
