import CJack
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
      jack = try PrivateJack()
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

    /// Notes 50 ms apart, sent 150 ms ahead. Periods that the server lost shift everything behind them: a round with
    /// one says nothing of time tags.
    @Test func timeTagsAreMappedToFramesWithoutTheJitterOfTheCallback() throws {
      let weft = try PlayingWeft(on: jack, [files["gate.json"]])
      defer { _ = weft.end(SIGTERM) }
      try #require(recorder.connect(to: weft.output(1)))
      let client = try LibloClient(port: weft.port)
      // The server's smoothing settles within some hundred periods.
      recorder.listen(96_000)
      var deviations: [Double] = []
      for _ in 0..<20 where deviations.count < 200 {
        let start = recorder.recorded, lost = recorder.xruns.load(ordering: .relaxed), count = 40
        let base = Date().timeIntervalSince1970 + 0.2
        for i in 0..<count {
          let time = base + 0.05 * Double(i)
          usleep(UInt32(max(0, time - 0.15 - Date().timeIntervalSince1970) * 1e6))
          client.send(bundle: [.init("/note/on", [60, 0.8])], at: tag(time))
          client.send(bundle: [.init("/note/off", [60])], at: tag(time + 0.02))
        }
        recorder.listen(19_200)
        let sound = recorder.sound(from: start)
        let rises = sound.indices.dropFirst().filter { sound[$0] > 0.5 && sound[$0 - 1] < 0.5 }
        guard rises.count == count, recorder.xruns.load(ordering: .relaxed) == lost else { continue }
        // Against the straight line through all: a server on a busy machine does not keep the rate that it names.
        let middle = Double(count - 1) / 2, mean = Double(rises.reduce(0, +)) / Double(count)
        let slope =
          rises.enumerated().reduce(0) { $0 + (Double($1.offset) - middle) * Double($1.element) }
          / (0..<count).reduce(0) { $0 + (Double($1) - middle) * (Double($1) - middle) }
        deviations += rises.enumerated().map { abs(Double($1) - mean - slope * (Double($0) - middle)) }
      }
      let exact = deviations.filter { $0 <= 1 }.count
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
      // 71 frames of the module, 96 and those of the true-peak detector of the output limiter.
      let first = 71 + 104
      #expect(eventually { capture() == inputs + first }, "\(capture() ?? -1) and \(inputs)")
      // Another module in the path.
      client.call("/patch/disconnect", "lim", "out/left")
      client.call("/patch/connect", "lim", "dist")
      client.call("/patch/connect", "dist", "out/left")
      client.call("/patch/commit")
      #expect(eventually { capture() == inputs + first + 45 }, "\(capture() ?? -1) and \(inputs)")
      let playback = recorder.latency(of: "system:playback_1", JackPlaybackLatency) ?? 0
      let input = recorder.latency(of: "\(weft.name):in_1", JackPlaybackLatency)
      #expect(input == playback + first + 45)
    }
  }
}
