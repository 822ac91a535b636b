import CRealtime
import Control
import Glibc
import Hosts
import PatchKit

/// `weft-bench live`: latencies of the real program on a real (silent) JACK server.
enum LiveCosts {
  private static let period = 64
  private static let rounds = 51

  static func run() throws {
    let server = try AudioServer(.dummy, period: period)
    defer { server.stop() }
    guard let listener = JackListener(server: server.name) else { throw Usage("JACK takes no listener") }
    let weft = directory() + "/weft"
    let patch = "/tmp/weft-bench-\(getpid()).json"
    let text =
      #"{"weft":1,"nodes":{"dc":{"type":"math","params":{"b":0.5}},"vca":{"type":"gain"}},"cables":[["dc","vca"]]}"#
    try PatchFileOnDisk.write(text, to: patch)
    defer { unlink(patch) }

    let (child, start) = try startTime(weft, patch, listener, server)
    defer { stop(child) }
    print("start to first sound, JACK running: \(Table.number(milliseconds(start), digits: 0)) ms")

    let caller = try OSCCaller(host: "localhost", port: port, transport: .udp)
    let (knob, _) = try times(listener, caller, mute: "/mod/vca/gain", sound: "/mod/vca/gain")
    report("knob to sound", knob)
    var commits: [UInt64] = []
    for i in 0..<rounds {
      commits.append(
        try elapsed { _ = try caller.call(OSCMessage("/patch/commit", [.int32(Int32(i % 2))]), timeout: 2) { _ in } })
    }
    report("commit to acknowledgement", commits)
  }

  private static let port = 17_770

  /// Mutes, waits, opens, and measures the time until the sound.
  private static func times(
    _ listener: JackListener, _ caller: OSCCaller, mute: String, sound: String
  ) throws -> ([UInt64], Int) {
    var times: [UInt64] = [], lost = 0
    for i in 0..<rounds {
      _ = try caller.call(OSCMessage(mute, [.float(0)]), timeout: 2) { _ in }
      usleep(150_000 + UInt32(i * 137 % 1_300))
      listener.arm()
      let sent = weft_nanoseconds()
      _ = try caller.call(OSCMessage(sound, [.float(1)]), timeout: 2) { _ in }
      for _ in 0..<20_000 where listener.heardAt.load(ordering: .acquiring) == 0 { usleep(50) }
      let heard = listener.heardAt.load(ordering: .acquiring)
      if heard > sent { times.append(heard - sent) } else { lost += 1 }
    }
    return (times, lost)
  }

  private static func startTime(
    _ weft: String, _ patch: String, _ listener: JackListener, _ server: AudioServer
  ) throws -> (pid_t, UInt64) {
    setenv("JACK_DEFAULT_SERVER", server.name ?? "default", 1)
    listener.arm()
    let began = weft_nanoseconds()
    var child = pid_t()
    let words = [weft, "play", patch, "--osc", "\(port)", "--name", "weft-bench-player", "--quiet"]
    var argv = words.map { strdup($0) } + [nil]
    defer { for word in argv { free(word) } }
    guard posix_spawn(&child, weft, nil, nil, &argv, environ) == 0 else { throw Usage("\(weft) is not built") }
    for _ in 0..<5_000 where !listener.connect(to: "weft-bench-player:out_1") { usleep(500) }
    for _ in 0..<50_000 where listener.heardAt.load(ordering: .acquiring) == 0 { usleep(100) }
    let heard = listener.heardAt.load(ordering: .acquiring)
    guard heard > 0 else { throw Usage("nothing was heard") }
    return (child, heard - began)
  }

  private static func stop(_ child: pid_t) {
    kill(child, SIGTERM)
    waitpid(child, nil, 0)
  }

  private static func elapsed(_ work: () throws -> Void) rethrows -> UInt64 {
    let start = weft_nanoseconds()
    try work()
    return weft_nanoseconds() - start
  }

  private static func report(_ name: String, _ times: [UInt64]) {
    let sorted = times.sorted()
    guard let last = sorted.last else { return print("\(name): nothing measured") }
    let median = sorted[sorted.count / 2], high = sorted[min(sorted.count - 1, sorted.count * 99 / 100)]
    print(
      "\(name), \(period) frames: median \(Table.number(milliseconds(median), digits: 2)) ms, 99 % "
        + "\(Table.number(milliseconds(high), digits: 2)) ms, most \(Table.number(milliseconds(last), digits: 2)) ms "
        + "(a period is \(Table.number(Double(period) / 48, digits: 2)) ms)")
  }

  private static func milliseconds(_ nanoseconds: UInt64) -> Double { Double(nanoseconds) / 1e6 }

  /// The folder of this program and of `weft`.
  private static func directory() -> String {
    var buffer = [CChar](repeating: 0, count: 4_096)
    let length = readlink("/proc/self/exe", &buffer, 4_095)
    let path = String(decoding: buffer[..<max(0, length)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
  }
}

/// Writes a small file at once.
enum PatchFileOnDisk {
  static func write(_ text: String, to path: String) throws {
    guard let file = fopen(path, "w") else { throw Usage("cannot write \(path)") }
    fputs(text, file)
    fclose(file)
  }
}
