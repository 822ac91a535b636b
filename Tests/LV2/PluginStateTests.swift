import LV2
import LV2Bundle
import ModuleKit
import PatchKit
import TestSupport
import Testing

/// The state of a plug-in.
@Suite struct PluginStateTests {
  private static let notes: [TestPlugin.Midi] = [.on(100, 57), .on(3_000, 64), .off(9_000, 57)]

  @Test func aSavedStateSoundsTheSameToTheBit() throws {
    let bundle = try PluginBundle(PluginBundle.synth)
    let first = try #require(try TestPlugin(bundle.path))
    first["cut_off"] = 0.87
    first["mode"] = 2
    first["level"] = 0.3
    _ = first.render(4_800)
    let state = first.save()
    #expect(state.keys.contains("urn:weft:lv2#patch"))

    func loaded() throws -> TestPlugin {
      let plugin = try #require(try TestPlugin(bundle.path))
      #expect(plugin.restore(state))
      for symbol in ["cut_off", "mode", "level"] { plugin[symbol] = first[symbol] }
      return plugin
    }
    let sound = try loaded().render(12_000, events: Self.notes)
    #expect(isEqual(try loaded().render(12_000, events: Self.notes), sound))
    // Smoothing has ended in the one that was saved; a restart sounds as the loaded one.
    first.descriptor.activate(first.handle)
    #expect(isEqual(first.render(12_000, events: Self.notes), sound))
    #expect(loudest(sound[0]) > 0.01)
    let again = try loaded().save()
    #expect(again == state)
  }

  @Test func aStateThatIsNoPatchChangesNothing() throws {
    let bundle = try PluginBundle(PluginBundle.synth)
    let reference = try #require(try TestPlugin(bundle.path)).render(8_192, events: Self.notes)
    let plugin = try #require(try TestPlugin(bundle.path))
    for text in ["", "{", "{ \"weft\": 7 }"] {
      #expect(!plugin.restore(["urn:weft:lv2#patch": Array(text.utf8) + [0]]), "\(text)")
    }
    #expect(!plugin.restore(["urn:weft:lv2#snapshot": Array("None".utf8) + [0]]))
    #expect(isEqual(plugin.render(8_192, events: Self.notes), reference))
  }

  @Test func aPresetIsASnapshot() throws {
    let bundle = try PluginBundle(PluginBundle.synth)
    let presets = try bundle.text("presets.ttl")
    #expect(presets.contains("pset:value 0.1") && presets.contains("\"Dark\""))
    let plugin = try #require(try TestPlugin(bundle.path))
    #expect(plugin.restore(["urn:weft:lv2#snapshot": Array("Dark".utf8) + [0]]))
    plugin["cut_off"] = 0.1
    let dark = plugin.render(9_600, events: [.on(0, 69)])[0]
    let bright = try #require(try TestPlugin(bundle.path)).render(9_600, events: [.on(0, 69)])[0]
    #expect(loudest(dark[4_800...]) < 0.8 * loudest(bright[4_800...]))
    #expect(plugin.save().values.contains { String(decoding: $0, as: UTF8.self).contains("\"cutoff\": 289") })
  }
}
