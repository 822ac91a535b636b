import CJack
import CRealtime
import Control
import Foundation
import TestSupport
import Testing

extension LiveTests {
  /// Time tags and latencies on a real server.
  @Suite(.serialized) struct HostsTests {
    private let jack: PrivateJack
    private let recorder: JackRecorder
    private let files: ExampleFiles

    init() throws {
      jack = try PrivateJack(prefersRealtime: true)
      recorder = try JackRecorder(on: jack)
      files = try ExampleFiles()
      try files.write(
        """
        { "weft": 1, "nodes": { "keys": { "type": "notes" }, "out": { "type": "output" } },
          "cables": [ ["keys/gate", "out/left"] ] }
        """, to: "gate.json")
    }

    /// The NTP time tag of seconds since 1970.
    private func tag(_ time: Double) -> UInt64 {
      (UInt64(time) + 2_208_988_800) << 32 | UInt64((time - time.rounded(.down)) * 4_294_967_296)
    }

    /// Notes 50 ms apart, sent 150 ms ahead, against the server's mapping of their times when they were sent, as another
    /// client of the same server reads it: a server on a busy machine does not keep the rate that it names.
    @Test func timeTagsAreMappedToFramesWithoutTheJitterOfTheCallback() throws {
      let weft = try PlayingWeft(on: jack, [files["gate.json"]])
      defer { _ = weft.end(SIGTERM) }
      try #require(recorder.connect(to: weft.output(1)))
      let client = try LibloClient(port: weft.port)
      // The server's smoothing settles within some hundred periods.
      recorder.listen(96_000)
      var rounds: [[Double]] = []
      for _ in 0..<20 where rounds.count < 5 {
        let start = recorder.recorded, lost = recorder.xruns.load(ordering: .relaxed), count = 40
        let base = Date().timeIntervalSince1970 + 0.2
        let monotonic = Double(weft_nanoseconds()) / 1e9 + base - Date().timeIntervalSince1970
        var sent: [UInt64] = []
        for i in 0..<count {
          let time = base + 0.05 * Double(i)
          usleep(UInt32(max(0, time - 0.15 - Date().timeIntervalSince1970) * 1e6))
          client.send(bundle: [.init("/note/on", [60, 0.8])], at: tag(time))
          sent.append(weft_nanoseconds() / 1_000)
          client.send(bundle: [.init("/note/off", [60])], at: tag(time + 0.02))
        }
        recorder.listen(19_200)
        let sound = recorder.sound(from: start)
        let rises = sound.indices.dropFirst().filter { sound[$0] > 0.5 && sound[$0 - 1] < 0.5 }
        // A lost period shifts everything behind it: such a round says nothing of time tags.
        guard rises.count == count, recorder.xruns.load(ordering: .relaxed) == lost else { continue }
        let starts = recorder.periodStarts.filter { $0.place >= start }
        let frames = rises.enumerated().map { i, rise in
          let time = monotonic + 0.05 * Double(i)
          // The server corrects its mapping in each period. The bundle arrives in one of the first three, or, on a busy
          // machine, in a later one.
          let next = starts.firstIndex { $0.time > sent[i] } ?? starts.count
          let around = starts[max(next - 2, 0)...].prefix { Double($0.time) / 1e6 < time - 0.01 }
          return around.contains { $0.time == 0 }
            ? []
            : around.map { Double(start + rise - $0.place) - (time - Double($0.time) / 1e6) * Double(jack.rate) }
        }.filter { !$0.isEmpty }
        if frames.isEmpty { continue }
        // The same for all: clocks are read one after the other, and a recorder may hear weft a period later.
        let soon = frames.flatMap { $0.prefix(3) }.sorted(), offset = soon[soon.count / 2]
        rounds.append(frames.map { $0.map { abs($0 - offset) }.min()! })
      }
      try #require(!rounds.isEmpty, "each round had lost periods")
      // One frame, and half of one by which a frame is rounded. A machine that is overloaded loses single rounds; an
      // engine that is not exact loses most.
      func exact(_ deviations: [Double]) -> Int { deviations.filter { $0 <= 1.5 }.count }
      rounds.sort { exact($0) * $1.count > exact($1) * $0.count }
      let deviations = rounds.prefix((rounds.count + 1) / 2).flatMap { $0 }, exact = exact(deviations)
      #expect(
        exact * 100 >= deviations.count * 99, "\(exact) of \(deviations.count): \(deviations.sorted().suffix(10))")
    }

    @Test func latencyOfLimiterAndModulesIsReportedToJack() throws {
      try files.write(
        """
        { "weft": 1, "nodes": { "in": { "type": "input" }, "lim": { "type": "limiter" },
            "dist": { "type": "distortion", "params": { "oversampling": "x4" } }, "out": { "type": "output" } },
          "cables": [ ["in", "lim"], ["lim", "out/left"] ] }
        """, to: "limited.json")
      let weft = try PlayingWeft(on: jack, [files["limited.json"], "--limit", "-1"])
      defer { _ = weft.end(SIGTERM) }
      try #require(recorder.connect(to: weft.output(1)))
      let client = try LibloClient(port: weft.port)
      func capture() -> Int? { recorder.latency(of: weft.output(1), JackCaptureLatency) }
      let inputs = recorder.latency(of: "system:capture_1", JackCaptureLatency) ?? 0
      // 79 frames of the module, 96 and those of the true-peak detector of the output limiter.
      let first = 79 + 104
      #expect(eventually { capture() == inputs + first }, "\(capture() ?? -1) and \(inputs)")
      // Another module in the path.
      client.call("/patch/disconnect", "lim", "out/left")
      client.call("/patch/connect", "lim", "dist")
      client.call("/patch/connect", "dist", "out/left")
      client.call("/patch/commit")
      #expect(eventually { capture() == inputs + first + 45 }, "\(capture() ?? -1) and \(inputs)")
      let playback = recorder.latency(of: "system:playback_1", JackPlaybackLatency) ?? 0
      #expect(eventually { recorder.latency(of: "\(weft.name):in_1", JackPlaybackLatency) == playback + first + 45 })
    }
  }
}
