import CRealtime
import Control
import Foundation
import Testing

extension LiveTests {
  /// Fifty commits a second, for a given time.
  @Suite(.serialized) struct SoakTests {
    /// Seconds of the test; `WEFT_SOAK` sets more.
    static let seconds = ProcessInfo.processInfo.environment["WEFT_SOAK"].flatMap(Int.init) ?? 3

    @Test func soakOfFiftyCommitsASecond() throws {
      let jack = try PrivateJack()
      let weft = try PlayingWeft(on: jack, ["--look-back", "0"])
      let recorder = try JackRecorder(on: jack, seconds: Self.seconds + 20)
      try #require(recorder.connect(to: weft.output(1)))
      let client = try LibloClient(port: weft.port)
      for (id, frequency) in [("steady", 220.0), ("guest", 330.0)] {
        client.call("/patch/create", .string(id), "sine", "frequency", .float(Float(frequency)), "gain", 0.25)
      }
      client.call("/patch/create", "out", "output")
      client.call("/patch/connect", "steady", "out")
      client.call("/patch/commit")
      recorder.listen(9_600)
      let start = recorder.recorded, began = weft_nanoseconds()
      var latencies: [Double] = [], revision = 1, isConnected = false, commits = 0, memory = 0, peak = 0.0
      while commits < Self.seconds * 50 {
        while weft_nanoseconds() < began + UInt64(commits) * 20_000_000 { usleep(200) }
        client.call(isConnected ? "/patch/disconnect" : "/patch/connect", "guest", "out")
        isConnected.toggle()
        if commits % 10 == 0 {
          client.call("/patch/create", .string("x\(commits)"), "reverb")
          if commits >= 10 { client.call("/patch/delete", .string("x\(commits - 10)")) }
        }
        let reply = client.call("/patch/commit")
        try #require(reply?.address == "/done", "\(reply.map { "\($0)" } ?? "no answer")")
        revision += 1
        #expect(reply!.arguments[1] == .int32(Int32(revision)))
        latencies.append(reply!.arguments[2].number!)
        commits += 1
        if commits % 100 == 0 { peak = max(peak, client.status("peak")?.number ?? 1) }
        // The history has reached its limit by then.
        if commits == 1_500 { memory = kilobytes(of: weft) }
      }
      let taken = Double(weft_nanoseconds() - began) / 1e9
      recorder.listen(4_800)
      let sound = recorder.sound(from: start)
      // Two sines at their steepest, and a 5 ms ramp of one between full level and silence.
      let steepest = steepest(sound), bound = Float(2 * Double.pi * 0.25 * 550 / 48_000 + 0.25 / 240) * 1.02
      #expect(steepest <= bound, "\(steepest) against \(bound)")
      #expect(sound.allSatisfy { $0.isFinite } && loudest(sound) < 0.51)
      latencies.sort()
      let p99 = latencies[latencies.count * 99 / 100]
      // On an idle machine only: under load a reply may wait for the processor.
      if PrivateJack.isRealtime { #expect(p99 < 25 + 20, "p99 \(p99) ms") }
      let status = client.call("/status").map { "\($0)" } ?? "", held = kilobytes(of: weft)
      // An xrun is ours if rendering took longer than its period; others are caused by the machine.
      if PrivateJack.isRealtime { #expect(peak < 0.5, "a period took \(peak) of its time") }
      if memory > 0 { #expect(abs(Double(held - memory)) < 0.01 * Double(memory), "\(memory) kB became \(held) kB") }
      print(
        "\(commits) commits in \(taken) s: commit to sound p50 \(latencies[latencies.count / 2]), p99 \(p99), "
          + "max \(latencies.last!) ms; steepest step \(steepest) of \(bound) allowed in \(sound.count) frames; "
          + "\(memory) -> \(held) kB; the longest period took \(peak) of its time; \(status)"
      )
      #expect(weft.end(SIGTERM).status == 0)
    }

    private func kilobytes(of weft: PlayingWeft) -> Int {
      let status = try? String(contentsOfFile: "/proc/\(weft.identifier)/status", encoding: .utf8)
      let line = status?.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
      return line.flatMap { Int($0.filter(\.isNumber)) } ?? 0
    }
  }
}
