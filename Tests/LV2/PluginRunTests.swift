import Engine
import Foundation
import LV2
import LV2Bundle
import ModuleKit
import PatchKit
import TestSupport
import Testing

/// A plug-in as a host runs it.
@Suite struct PluginRunTests {
  private static let song: [TestPlugin.Midi] = [
    .on(1_000, 57), .on(1_001, 64), .on(5_377, 69), .off(9_000, 57), .off(12_000, 64), .off(12_001, 69),
  ]

  @Test func aNoteBeginsOnItsFrame() throws {
    let bundle = try PluginBundle(PluginBundle.synth)
    func first(_ frame: Int) throws -> Int? {
      let plugin = try #require(try TestPlugin(bundle.path))
      return plugin.render(4_800, periods: [256], events: [.on(frame, 69)])[0].firstIndex { $0 != 0 }
    }
    // The envelope and the saw begin at 0.
    let delay = try #require(try first(0))
    #expect(delay <= 8)
    for frame in [1, 1_003, 1_023, 1_024, 2_047] { #expect(try first(frame) == frame + delay, "frame \(frame)") }
  }

  /// Changing from call to call. Kernels compute eight frames at a time: where a period ends within eight, the last bit
  /// may differ.
  @Test func anyBlockLengthSoundsTheSame() throws {
    let bundle = try PluginBundle(PluginBundle.synth)
    let reference = try #require(try TestPlugin(bundle.path)).render(16_384, periods: [256], events: Self.song)
    #expect(loudest(reference[0]) > 0.1)
    for periods in [[64], [1_000], [8_192], [8, 64, 1_000, 4_096], [1], [1, 63, 64, 65, 4_096, 7]] {
      let sound = try #require(try TestPlugin(bundle.path)).render(16_384, periods: periods, events: Self.song)
      let difference = loudest(zip(sound[0], reference[0]).map { $0 - $1 })
      #expect(difference <= (periods.allSatisfy { $0 % 8 == 0 } ? 0 : 1e-6), "periods of \(periods)")
    }
  }

  @Test func instancesAreIndependent() throws {
    let bundle = try PluginBundle(PluginBundle.synth)
    let alone = try #require(try TestPlugin(bundle.path)).render(8_192, events: Self.song)
    let two = try (0..<2).map { _ in try #require(try TestPlugin(bundle.path)) }
    let same = two[0].render(8_192, events: Self.song) == alone
    #expect(same)
    #expect(loudest(two[1].render(8_192)[0][...]) == 0)
  }

  /// A hundred at once, each with a note of its own: the sum of what each plays alone, whoever runs first.
  @Test func aHundredInstancesPlaySideBySide() throws {
    let bundle = try PluginBundle(PluginBundle.synth)
    let all = try (0..<100).map { _ in try #require(try TestPlugin(bundle.path)) }
    let sounds = all.enumerated().map { i, plugin in plugin.render(1_024, events: [.on(i, UInt8(28 + i % 60))])[0] }
    for i in [0, 1, 42, 99] {
      let alone = try #require(try TestPlugin(bundle.path)).render(1_024, events: [.on(i, UInt8(28 + i % 60))])
      #expect(isEqual([sounds[i]], alone) && loudest(sounds[i]) > 0.001)
    }
  }

  @Test func controlPortsSetTheMacrosSmoothed() throws {
    let bundle = try PluginBundle(PluginBundle.synth)
    let plugin = try #require(try TestPlugin(bundle.path))
    _ = plugin.render(9_600, events: [.on(0, 57)])
    let before = loudest(plugin.render(4_800)[0])
    plugin["level"] = 1
    let sound = plugin.render(9_600)[0]
    let after = loudest(sound[4_800...])
    #expect(abs(after / before - 2) < 0.1, "\(before) to \(after)")
    plugin["level"] = 0
    let falling = plugin.render(9_600)[0]
    #expect(loudest(falling[4_800...]) < 0.001)
    // A step would be as high as the sound; the ramp takes 5 ms.
    #expect(loudest(falling[0..<16]) > 0.5 * after)
  }

  /// Off: an effect passes its inputs, an instrument is silent; both fade.
  @Test func enabledFadesToTheInputs() throws {
    let bundle = try PluginBundle(PluginBundle.synth), synth = try #require(try TestPlugin(bundle.path))
    _ = synth.render(4_800, events: [.on(0, 57)])
    synth["enabled"] = 0
    let fading = synth.render(4_800, periods: [1_000])[0]
    #expect(loudest(fading[..<240]) > 0.05 && loudest(fading[490...]) == 0)
    synth["enabled"] = 1
    #expect(loudest(synth.render(4_800)[0][490...]) > 0.05)

    let effect = try PluginBundle(
      """
      { "weft": 1, "nodes": { "in": { "type": "input", "params": { "gain": 0.25 } }, "out": { "type": "output" } },
        "cables": [["in", "out/left"]] }
      """)
    let plugin = try #require(try TestPlugin(effect.path)), ones = [Float](repeating: 1, count: 2_000)
    #expect(isEqual(plugin.render(2_000, inputs: [ones]), [ones.map { $0 * 0.25 }]))
    plugin["enabled"] = 0
    let sound = plugin.render(2_000, periods: [333], inputs: [ones])[0]
    #expect(sound[0] < 0.26 && sound[490...].allSatisfy { $0 == 1 })
    #expect(zip(sound.dropFirst(), sound).allSatisfy { $0 - $1 < 0.002 }, "no step")
  }

  @Test func badPortValuesAndNullPointersAreIgnored() throws {
    let bundle = try PluginBundle(PluginBundle.synth)
    let reference = try #require(try TestPlugin(bundle.path)).render(8_192, events: Self.song)
    let plugin = try #require(try TestPlugin(bundle.path))
    plugin["cut_off"] = .nan
    plugin["level"] = .infinity
    let isSame = plugin.render(8_192, events: Self.song) == reference
    #expect(isSame)
    let other = try #require(try TestPlugin(bundle.path))
    other["level"] = 17  // as 1
    #expect(loudest(other.render(8_192, events: Self.song)[0][...]) > loudest(reference[0]))
    other["level"] = -1e30
    _ = other.render(4_800, periods: [0, 64])
    #expect(loudest(other.render(4_800, isConnected: false)[0][...]) == 0)
    other.disconnectControls()
    other.run(0)
    other.run(512)
  }

  @Test func aDamagedEventListEndsThePeriodsEvents() throws {
    let bundle = try PluginBundle(PluginBundle.synth)
    let plugin = try #require(try TestPlugin(bundle.path))
    var bytes = [UInt64](repeating: .max, count: 8)
    for size in [0, 4, 8, 23, 40, 56] as [UInt32] {
      bytes.withUnsafeMutableBytes { memory in
        memory.storeBytes(of: size, as: UInt32.self)
        plugin.descriptor.connect_port(plugin.handle, UInt32(plugin.ports.midi), memory.baseAddress!)
        plugin.run(64)
      }
    }
  }

  @Test func aHostWithoutUridMapOrABrokenBundleIsRefused() throws {
    let bundle = try PluginBundle(PluginBundle.synth)
    #expect(try TestPlugin(bundle.path, withMap: false) == nil)
    #expect(try TestPlugin(bundle.path, rate: .nan) == nil)
    #expect(try TestPlugin(bundle.path, rate: 0) == nil)
    #expect(try TestPlugin(bundle.folder.path) == nil, "no bundle")
    for text in ["", "{", "{ \"weft\": 99 }", PluginBundle.synth.replacing("\"saw\"", with: "\"swa\"")] {
      try text.write(toFile: bundle.path + "/patch.json", atomically: true, encoding: .utf8)
      #expect(try TestPlugin(bundle.path) == nil, "\(text.prefix(20))")
    }
  }

  @Test(arguments: [44_100, 48_000, 96_000, 192_000]) func everySampleRateSounds(rate: Int) throws {
    let bundle = try PluginBundle(PluginBundle.synth)
    let plugin = try #require(try TestPlugin(bundle.path, rate: Double(rate)))
    let sound = plugin.render(rate / 5, events: [.on(0, 69)])[0][(rate / 10)...]
    var crossings = 0
    for (a, b) in zip(sound, sound.dropFirst()) where a < 0 && b >= 0 { crossings += 1 }
    #expect(abs(crossings - 44) <= 1, "440 Hz for 0.1 s")
  }

  /// Memory of instances that are made and freed comes back.
  @Test func instancesThatAreFreedLeaveNoMemory() throws {
    let bundle = try PluginBundle(PluginBundle.synth)
    func round() throws { _ = try #require(try TestPlugin(bundle.path)).render(512, events: [.on(0, 60)]) }
    for _ in 0..<10 { try round() }
    // Other tests run beside it: a leak grows in every hundred, their memory does not.
    var grown: [Int] = []
    while grown.count < 8, grown.last ?? .max >= 4 << 20 {
      let before = residentBytes()
      for _ in 0..<100 { try round() }
      grown.append(residentBytes() - before)
    }
    #expect(grown.min()! < 4 << 20, "\(grown) bytes in 100 rounds each")
  }

  private func residentBytes() -> Int {
    let pages = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ")
    return pages.flatMap { Int($0[1]) }.map { $0 * 4_096 } ?? 0
  }
}
