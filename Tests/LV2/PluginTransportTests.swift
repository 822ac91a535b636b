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
    try keepsTheRules(try PluginBundle(PluginBundle.synth), ["cut_off": 0, "mode": 2, "level": 0])
  }

  @Test func runOfFloozyKeepsTheRulesOfTheAudioThread() throws {
    try keepsTheRules(
      try PluginBundle(PluginBundle.root + "/Patches/floozy.json", name: "floozy"),
      ["interfaceType": 11, "sourceAlgorithm": 6, "ratio": 0, "modulationTypeLevel": 0, "delay1Feedback": 0])
  }

  @Test func runOfTheGenericPluginKeepsTheRulesOfTheAudioThread() throws {
    try keepsTheRules(
      try PluginBundle(PluginBundle.synth, isGeneric: true), ["macro_1": 0, "macro_3": 0, "macro_16": 0, "remote": 0])
  }

  @Test func timePositionDrivesTheClockOfTheGenericPlugin() throws {
    let bundle = try PluginBundle(Self.metronome, isGeneric: true)
    let plugin = try #require(try TestPlugin(bundle.path))
    plugin.place(.init(frame: 0, speed: 1, beat: 0, tempo: 100))
    // Slowly, so that the control thread sees the transport too, and follows it.
    var sound: [Float] = []
    for _ in 0..<375 {
      sound += plugin.render(256)[0]
      usleep(200)
    }
    let first = clicks(sound)
    #expect(zip(first.dropFirst(), first).allSatisfy { abs($0 - $1 - 28_800) <= 1 } && first.count >= 3, "\(first)")
    plugin.place(.init(frame: 0, speed: 0, beat: 9, tempo: 100))
    _ = plugin.render(256)
    #expect(clicks(plugin.render(48_000)[0]).isEmpty, "it stands still")
  }

  /// - Parameter controls: control ports that are moved; the highest value of those that hold whole numbers, else 0.
  private func keepsTheRules(_ bundle: PluginBundle, _ controls: [String: Int]) throws {
    try #require(realtimeIsChecked)
    let plugin = try #require(try TestPlugin(bundle.path))
    _ = plugin.render(512, events: [.on(0, 60)])
    var violations = 0
    for step in 0..<200 {
      for (symbol, highest) in controls {
        plugin[symbol] = highest > 0 ? Float(step % (highest + 1)) : Float(step % 17) / 16
      }
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
