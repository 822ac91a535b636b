import CJack
import CRealtime
import Control
import Foundation
import Hosts
import TestSupport

/// A real `weft play` on a real server, edited without a pause and checked every two seconds.
final class Soak {
  struct Failed: Error, CustomStringConvertible { let description: String }

  private let folder: URL
  private let name: ServerName
  private let server: ServerProcess
  private let weft = Process()
  private let log: URL
  let port: Int
  private var answers: [Double] = []
  private var listener: SoakListener?
  private(set) var readings: [SoakReading] = []
  private(set) var requests = 0, failures = 0
  var commits = 0
  /// The numbers of voices that are set at random.
  var voiceCounts = [4, 8, 16]
  private static let frequency = 500.0

  /// - Parameter options: further options of `weft play`.
  init(port: Int, options: [String] = []) throws {
    self.port = port
    folder = FileManager.default.temporaryDirectory.appending(path: "weft-soak-\(getpid())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    guard let name = ServerName("weft-soak") else { throw Failed(description: "no name for a server is free") }
    self.name = name
    // It waits for its clients: losses are ours, and not those of a busy machine.
    guard
      let server = ServerProcess(
        name.name, options: ["-S", "-t", "10000"], driver: ["dummy", "-r", "48000", "-p", "256"])
    else { throw Failed(description: "jackd does not start, or takes no clients within five seconds") }
    self.server = server
    log = folder.appending(path: "log")
    _ = FileManager.default.createFile(atPath: log.path, contents: nil)
    weft.executableURL =
      ProcessInfo.processInfo.environment["WEFT"].map { URL(fileURLWithPath: $0) }
      ?? URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "weft")
    // The path of save and reload.
    let patch = folder.appending(path: "soak.json")
    try Data(#"{ "weft": 1, "nodes": {} }"#.utf8).write(to: patch)
    weft.arguments =
      [
        "play", "--name", "soak", "--outputs", "4", "--osc", "\(port)", "--root", folder.path, "--watch", patch.path,
        "--look-back", "5",
      ] + options
    weft.environment = ProcessInfo.processInfo.environment.merging([
      "JACK_DEFAULT_SERVER": name.name, "XDG_STATE_HOME": folder.path,
    ]) { $1 }
    weft.standardError = try FileHandle(forWritingTo: log)
    try weft.run()
  }

  var identifier: pid_t { weft.processIdentifier }
  var brokenSamples: Int { listener?.breaks.load(ordering: .relaxed) ?? 0 }
  /// Milliseconds from each request since the last reading to its answer.
  var waits: [Double] { answers }

  /// The messages of weft.
  var messages: String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }

  /// Ends both programs; returns weft's exit status.
  func end() -> Int32 {
    // A server whose client has died waits for it, and so does a client that leaves the server.
    if !weft.isRunning { server.stop() }
    listener = nil
    if weft.isRunning { weft.terminate() }
    weft.waitUntilExit()
    server.stop()
    let status = weft.terminationStatus
    try? FileManager.default.removeItem(at: folder)
    return status
  }

  /// - Parameter look: called before the first edit and with each reading.
  func run(minutes: Double, look: () -> Void = {}) throws {
    let caller = try connected()
    try prepare(caller)
    let work = try SoakWork(self, caller)
    look()
    let start = weft_nanoseconds(), end = start + UInt64(minutes * 60e9)
    var nextReading = start, nextTurn = start
    while weft_nanoseconds() < end {
      guard weft.isRunning else { throw Failed(description: "weft has ended") }
      try work.runRound()
      nextTurn += 20_000_000
      let now = weft_nanoseconds()
      if now < nextTurn { usleep(UInt32((nextTurn - now) / 1_000)) } else { nextTurn = now }
      if now >= nextReading {
        nextReading += 2_000_000_000
        try read(caller, seconds: Double(now - start) / 1e9)
        look()
      }
    }
    try read(caller, seconds: minutes * 60)
  }

  func connected() throws -> OSCCaller {
    var caller: OSCCaller?
    let isThere = eventually(every: 50_000) {
      caller = try? OSCCaller(port: port, transport: .tcp)
      return caller != nil
    }
    guard isThere, let caller else { throw Failed(description: "weft does not answer") }
    return caller
  }

  /// One output that is never edited, and one with all edits and eight voices.
  ///
  /// Each has channels of its own: the sides of one output meet in time, so a limiter on one delays the other.
  func prepare(_ caller: OSCCaller) throws {
    for line: [OSCArgument] in [
      ["/patch/voices", 8], ["/patch/create", "clean", "sine", "frequency", .float(Float(Soak.frequency))],
      ["/patch/create", "still", "output"], ["/patch/connect", "clean", "still"],
      ["/patch/create", "out", "output", "channel", 3.0], ["/patch/create", "keys", "notes"],
      ["/patch/create", "tone", "saw"], ["/patch/create", "env", "adsr"], ["/patch/create", "vca", "gain"],
      ["/patch/connect", "keys/pitch", "tone/frequency"], ["/patch/connect", "keys/gate", "env/gate"],
      ["/patch/connect", "tone", "vca"], ["/patch/connect", "env", "vca/gain"],
      ["/patch/connect", "vca", "out", 0.1], ["/patch/commit"], ["/patch/save", "soak.json"],
    ] {
      guard try ask(caller, OSCMessage(line[0].text!, Array(line.dropFirst()))) else {
        throw Failed(description: "\(line) was refused")
      }
    }
    usleep(300_000)
    listener = SoakListener(server: name.name, twoCosines: Float(2 * cos(2 * Double.pi * Soak.frequency / 48_000)))
    guard let listener, listener.connect(to: "soak") else {
      throw Failed(description: "the listener cannot connect")
    }
    usleep(300_000)
    listener.breaks.store(0, ordering: .relaxed)
  }

  @discardableResult
  func ask(_ caller: OSCCaller, _ message: OSCMessage) throws -> Bool {
    let start = weft_nanoseconds()
    let outcome = try caller.call(message, timeout: Patience.seconds)
    answers.append(Double(weft_nanoseconds() - start) / 1e6)
    requests += 1
    switch outcome {
    case .done: return true
    case .failed:
      failures += 1
      return false
    case .silent: throw Failed(description: "\(message) was never answered")
    }
  }

  /// The numbers of `/status`.
  func status(_ caller: OSCCaller) throws -> [String: Double] {
    var status: [String: Double] = [:]
    guard case .done(let reply) = try caller.call(OSCMessage("/status"), timeout: Patience.seconds) else {
      return status
    }
    for i in stride(from: 1, to: reply.arguments.count - 1, by: 2) {
      status[reply.arguments[i].text ?? ""] = reply.arguments[i + 1].number
    }
    return status
  }

  private func read(_ caller: OSCCaller, seconds: Double) throws {
    let status = try status(caller)
    let sorted = answers.sorted()
    func share(_ part: Double) -> Double { sorted.isEmpty ? 0 : sorted[Int(part * Double(sorted.count - 1))] }
    let process = SoakReading.process(weft.processIdentifier)
    readings.append(
      SoakReading(
        time: seconds, memory: process.memory, files: process.files, threads: process.threads, median: share(0.5),
        slow: share(0.99), slowest: share(1), breaks: Double(listener?.breaks.load(ordering: .relaxed) ?? 0),
        xruns: status["xruns"] ?? 0, nodes: status["nodes"] ?? 0, load: 100 * (status["load"] ?? 0)))
    answers = []
  }

  /// Non-finite samples, and all received ones.
  var heard: (wild: Int, all: Int) {
    (listener?.notFinite.load(ordering: .relaxed) ?? 0, listener?.heard.load(ordering: .relaxed) ?? 0)
  }
}
