import CLV2
import Foundation
import LV2
import TestSupport
import Testing

/// The host's transport, and the rules of its audio thread.
@Suite struct PluginTransportTests {
  /// A click on every beat of the session's clock.
  private static let metronome = """
    { "weft": 2, "voices": 1, "nodes": { "beat": { "type": "clock", "params": { "division": 1 } }, "out": { "type": "output" } },
      "cables": [["beat/pulse", "out/left"]] }
    """

  /// The first frames of the clicks.
  private func clicks(_ sound: [Float]) -> [Int] {
    sound.indices.filter { sound[$0] > 0.5 && ($0 == 0 || sound[$0 - 1] <= 0.5) }
  }

  @Test func timePositionDrivesTheClock() throws {
    let bundle = try PluginBundle(Self.metronome)
    let plugin = try #require(try TestPlugin(bundle.path))
    plugin.place(.init(frame: 0, speed: 1, beat: 0, tempo: 100))
    let first = clicks(plugin.render(96_000, periods: [256])[0])
    // 0.6 s a beat.
    #expect(zip(first.dropFirst(), first).allSatisfy { abs($0 - $1 - 28_800) <= 1 } && first.count >= 3, "\(first)")
    plugin.place(.init(frame: 100, speed: 1, beat: 7.5, tempo: 200))
    let second = clicks(plugin.render(48_000, periods: [256])[0])
    #expect(second.first { $0 > 100 }.map { abs($0 - 100 - 7_200) <= 1 } == true, "\(second)")
    plugin.place(.init(frame: 0, speed: 0, beat: 9, tempo: 200))
    _ = plugin.render(256)
    #expect(clicks(plugin.render(48_000)[0]).isEmpty, "it stands still")
  }

  /// Notes, controls, a position, `enabled`: nothing allocates, locks or calls the system.
  @Test func runKeepsTheRulesOfTheAudioThread() throws {
    try #require(realtimeIsChecked)
    let bundle = try PluginBundle(PluginBundle.synth)
    let plugin = try #require(try TestPlugin(bundle.path))
    _ = plugin.render(512, events: [.on(0, 60)])
    var violations = 0
    for step in 0..<200 {
      plugin["cut_off"] = Float(step % 17) / 16
      plugin["mode"] = Float(step % 3)
      plugin["enabled"] = step % 40 < 35 ? 1 : 0
      if step % 9 == 0 { plugin.place(.init(frame: step % 64, speed: 1, beat: Double(step), tempo: 90)) }
      plugin.prepare(
        256, events: step % 3 == 0 ? [.on(3, UInt8(40 + step % 40)), .off(200, UInt8(40 + (step + 7) % 40))] : [])
      violations += realtimeViolations { plugin.run(256) }
    }
    #if DEBUG
      // Code that is not optimised allocates.
      _ = violations
    #else
      #expect(violations == 0)
    #endif
  }
}
