import CJack
import CRealtime
import Control
import Foundation
import Hosts
import TestSupport

/// A real `weft play` on a real server, worked on without a pause and looked at every two seconds.
final class Soak {
  struct Failed: Error, CustomStringConvertible { let description: String }

  private let folder: URL
  private let name: ServerName
  private let server: ServerProcess
  private let weft = Process()
  private let log: URL
  let port: Int
  private var random = SplitMix(seed: 6)
  private var names: [String] = []
  private var made = 0
  private var answers: [Double] = []
  private var listener: SoakListener?
  private(set) var readings: [SoakReading] = []
  private(set) var requests = 0, failures = 0, commits = 0
  private static let types = ["saw", "biquad", "gain", "delay", "adsr", "svf", "noise", "lfo", "reverb", "chorus"]
  private static let frequency = 500.0

  init(port: Int) throws {
    self.port = port
    folder = FileManager.default.temporaryDirectory.appending(path: "weft-soak-\(getpid())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    guard let name = ServerName("weft-soak") else { throw Failed(description: "no name for a server is free") }
    self.name = name
    // It waits for its clients: what is lost is lost by us, and not by a busy machine.
    guard
      let server = ServerProcess(
        name.name, options: ["-S", "-t", "10000"], driver: ["dummy", "-r", "48000", "-p", "256"])
    else { throw Failed(description: "jackd does not start, or takes no clients within five seconds") }
    self.server = server
    log = folder.appending(path: "log")
    _ = FileManager.default.createFile(atPath: log.path, contents: nil)
    weft.executableURL = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
      .appending(path: "weft")
    weft.arguments = ["play", "--name", "soak", "--osc", "\(port)", "--root", folder.path]
    weft.environment = ProcessInfo.processInfo.environment.merging([
      "JACK_DEFAULT_SERVER": name.name, "XDG_STATE_HOME": folder.path,
    ]) { $1 }
    weft.standardError = try FileHandle(forWritingTo: log)
    try weft.run()
  }

  var identifier: pid_t { weft.processIdentifier }
  var brokenSamples: Int { listener?.breaks.load(ordering: .relaxed) ?? 0 }
  /// Milliseconds that each request since the last reading waited for its answer.
  var waits: [Double] { answers }

  /// What weft said.
  var messages: String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }

  /// Ends both programs; weft's exit status.
  func end() -> Int32 {
    listener = nil
    if weft.isRunning { weft.terminate() }
    weft.waitUntilExit()
    server.stop()
    let status = weft.terminationStatus
    try? FileManager.default.removeItem(at: folder)
    return status
  }

  func run(minutes: Double) throws {
    let caller = try connected()
    try prepare(caller)
    let start = weft_nanoseconds(), end = start + UInt64(minutes * 60e9)
    var nextReading = start, nextTurn = start
    while weft_nanoseconds() < end {
      guard weft.isRunning else { throw Failed(description: "weft has ended:\n\(messages)") }
      try work(caller)
      nextTurn += 20_000_000
      let now = weft_nanoseconds()
      if now < nextTurn { usleep(UInt32((nextTurn - now) / 1_000)) } else { nextTurn = now }
      if now >= nextReading {
        nextReading += 2_000_000_000
        try read(caller, seconds: Double(now - start) / 1e9)
      }
    }
    try read(caller, seconds: minutes * 60)
  }

  func connected() throws -> OSCCaller {
    for _ in 0..<200 {
      if let caller = try? OSCCaller(port: port, transport: .tcp) { return caller }
      usleep(50_000)
    }
    throw Failed(description: "weft does not answer:\n\(messages)")
  }

  /// One channel that nobody touches, and one that all edits go to, with eight voices.
  func prepare(_ caller: OSCCaller) throws {
    for line: [OSCArgument] in [
      ["/patch/voices", 8], ["/patch/create", "clean", "sine", "frequency", .float(Float(Soak.frequency))],
      ["/patch/create", "out", "output"], ["/patch/connect", "clean", "out/left"], ["/patch/create", "keys", "notes"],
      ["/patch/create", "tone", "saw"], ["/patch/create", "env", "adsr"], ["/patch/create", "vca", "gain"],
      ["/patch/connect", "keys/pitch", "tone/frequency"], ["/patch/connect", "keys/gate", "env/gate"],
      ["/patch/connect", "tone", "vca"], ["/patch/connect", "env", "vca/gain"],
      ["/patch/connect", "vca", "out/right", 0.1], ["/patch/commit"],
    ] {
      guard try ask(caller, OSCMessage(line[0].text!, Array(line.dropFirst()))) else {
        throw Failed(description: "\(line) was refused")
      }
    }
    usleep(300_000)
    listener = SoakListener(server: name.name, twoCosines: Float(2 * cos(2 * Double.pi * Soak.frequency / 48_000)))
    guard let listener, listener.connect(clean: "soak:out_1", edited: "soak:out_2") else {
      throw Failed(description: "the listener cannot connect")
    }
    usleep(300_000)
    listener.breaks.store(0, ordering: .relaxed)
  }

  @discardableResult
  func ask(_ caller: OSCCaller, _ message: OSCMessage) throws -> Bool {
    let start = weft_nanoseconds()
    let outcome = try caller.call(message, timeout: 10)
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

  /// One turn: some edits, a commit, notes, and now and then something larger.
  private func work(_ caller: OSCCaller) throws {
    for _ in 0...random.below(3) { try edit(caller) }
    if try ask(caller, OSCMessage("/patch/commit")) {
      commits += 1
    } else {
      try ask(caller, OSCMessage("/patch/abort"))
      try recount(caller)
    }
    try ask(caller, OSCMessage("/note/on", [.float(Float(30 + random.below(60))), .float(0.7)]))
    try ask(caller, OSCMessage("/note/off", [.float(Float(30 + random.below(60)))]))
    switch random.below(200) {
    case 0: try ask(caller, OSCMessage("/note/panic", ["keys"]))
    case 1...3:
      try ask(caller, OSCMessage("/patch/undo"))
      try recount(caller)
    case 4:
      try ask(caller, OSCMessage("/patch/redo"))
      try recount(caller)
    case 5: try ask(caller, OSCMessage("/patch/save", ["soak.json"]))
    case 6:
      try ask(caller, OSCMessage("/patch/load", ["soak.json"]))
      try ask(caller, OSCMessage("/patch/commit"))
      try recount(caller)
    case 7: try ask(caller, OSCMessage("/record/start", ["take.wav", "overwrite"]))
    case 8: try ask(caller, OSCMessage("/record/stop"))
    case 9: try ask(caller, OSCMessage("/record/last", [5.0, "last.flac", "overwrite"]))
    case 10...30: try visit()
    case 31: try ask(caller, OSCMessage("/patch/voices", [.int32(Int32([4, 8, 16][random.below(3)]))]))
    default: break
    }
  }

  /// What an undo, a load or an abort has left of the nodes that come and go.
  private func recount(_ caller: OSCCaller) throws {
    names = []
    _ = try caller.call(OSCMessage("/patch/nodes"), timeout: 10) { item in
      guard item.address == "/patch/nodes", let id = item.arguments.first?.text else { return }
      if id.first == "n", id.dropFirst().allSatisfy({ $0.isNumber }) { names.append(id) }
    }
  }

  private func edit(_ caller: OSCCaller) throws {
    switch random.below(8) {
    case 0...1 where names.count < 24:
      made += 1
      let name = "n\(made)"
      try ask(
        caller, OSCMessage("/patch/create", [.string(name), .string(Soak.types[random.below(Soak.types.count)])]))
      try ask(caller, OSCMessage("/patch/connect", [.string(name), "out/right", 0.02]))
      names.append(name)
    case 2 where names.count > 12:
      try ask(caller, OSCMessage("/patch/delete", [.string(names.remove(at: random.below(names.count)))]))
    case 3...4 where names.count > 1:
      let to = 1 + random.below(names.count - 1)
      try ask(
        caller,
        OSCMessage("/patch/connect", [.string(names[random.below(to)]), .string(names[to]), 0.2]))
    case 5: try ask(caller, OSCMessage("/mod/tone/gain", [.float(Float(random.below(100)) / 100)]))
    default: try ask(caller, OSCMessage("/mod/env/release", [.float(0.01 + Float(random.below(100)) / 50)]))
    }
  }

  /// Another client comes, listens to a bit, and goes, sometimes without a word.
  private func visit() throws {
    let visitor = try OSCCaller(port: port, transport: random.below(2) == 0 ? .tcp : .udp)
    try visitor.send(OSCMessage("/notify", ["on"]))
    try visitor.send(OSCMessage("/meter", ["out", "on", 50.0]))
    if random.below(2) == 0 { try ask(visitor, OSCMessage("/patch/get")) }
  }

  private func read(_ caller: OSCCaller, seconds: Double) throws {
    var status: [String: Double] = [:]
    if case .done(let reply) = try caller.call(OSCMessage("/status"), timeout: 10) {
      for i in stride(from: 1, to: reply.arguments.count - 1, by: 2) {
        status[reply.arguments[i].text ?? ""] = reply.arguments[i + 1].number
      }
    }
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

  /// Samples that are no numbers, and all that were heard.
  var heard: (wild: Int, all: Int) {
    (listener?.notFinite.load(ordering: .relaxed) ?? 0, listener?.heard.load(ordering: .relaxed) ?? 0)
  }
}
