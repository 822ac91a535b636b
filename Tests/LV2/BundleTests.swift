import Foundation
import LV2Bundle
import ModuleKit
import PatchKit
import TestSupport
import Testing

/// Bundles: their files and their ports.
@Suite struct BundleTests {
  @Test func portsAreInTheFixedOrder() throws {
    let bundle = try PluginBundle(PluginBundle.synth)
    let text = try bundle.text("plugin.ttl")
    let symbols = text.matches(of: /lv2:symbol "(\w+)"/).map { String($0.1) }
    #expect(symbols == ["audio_out", "midi_in", "cut_off", "mode", "level", "enabled", "latency"])
    #expect(text.contains("lv2:name \"Brightness\"") && text.contains("a lv2:Plugin , lv2:InstrumentPlugin"))
    #expect(text.contains("lv2:enumeration") && text.contains("rdfs:label \"lowpass\" ; rdf:value 0"))
    #expect(text.contains("8 voices"))
  }

  @Test func anEffectHasItsInputsAndStereoItsTwoOutputs() throws {
    let bundle = try PluginBundle(
      """
      { "weft": 1, "nodes": { "in": { "type": "input" }, "b": { "type": "input", "params": { "channel": 2 } },
        "out": { "type": "output" } }, "cables": [["in", "out/left"], ["b", "out/right"]] }
      """)
    #expect(bundle.ports.outputs == 2 && bundle.ports.inputs == 2)
    #expect(try !bundle.text("plugin.ttl").contains("InstrumentPlugin"))
    let plugin = try #require(try TestPlugin(bundle.path))
    let left = (0..<2_000).map { sin(Float($0) * 0.05) }, right = (0..<2_000).map { cos(Float($0) * 0.03) }
    #expect(isEqual(plugin.render(2_000, periods: [100, 333], inputs: [left, right]), [left, right]))
  }

  @Test func aRemovedMacroKeepsItsPortHidden() throws {
    let bundle = try PluginBundle(PluginBundle.synth), file = bundle.folder.path + "/source.json"
    let kept = PluginBundle.synth.replacing(/\{ "name": "mode".+?\}\] \},/.dotMatchesNewlines(), with: "")
      .replacing("\"mode\": 0, ", with: "")
      .replacing("\"macros\": [", with: "\"macros\": [ { \"name\": \"new\", \"value\": 0, \"targets\": [] },")
    try kept.write(toFile: file, atomically: true, encoding: .utf8)
    let ports = try PluginBundle.write(file, to: bundle.path, library: bundle.folder.path + "/library")
    #expect(ports.controls.map(\.symbol) == ["cut_off", "mode", "level", "new"])
    #expect(ports.controls.map(\.macro) == ["cut-off", nil, "level", "new"])
    #expect(try bundle.text("plugin.ttl").contains("pprop:notOnGUI"))
    #expect(try PluginIdentity(bundle: bundle.path).macros == ["cut-off", "mode", "level", "new"])
  }

  @Test func soundsAreCopiedIntoTheBundle() throws {
    let bundle = try PluginBundle(PluginBundle.root + "/Patches/help/sampler.json")
    let patch = try bundle.text("patch.json")
    let name = try #require(patch.firstMatch(of: /"(sounds\/[^"]+)"/)).1
    #expect(FileManager.default.fileExists(atPath: bundle.path + "/" + name))
    let plugin = try #require(try TestPlugin(bundle.path))
    #expect(loudest(plugin.render(48_000, events: [.on(0, 60)])[0][...]) > 0.001)
  }

  @Test func aFolderThatIsNoBundleIsNotReplaced() throws {
    let folder = try TemporaryFolder(), path = folder.path + "/mine.lv2"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    try "x".write(toFile: folder.path + "/library", atomically: true, encoding: .utf8)
    let file = PluginBundle.root + "/Patches/strings.json"
    let error = #expect(throws: PatchError.self) {
      try PluginBundle.write(file, to: path, library: folder.path + "/library")
    }
    #expect(error?.code == .duplicate)
  }

  @Test func aMacroOnASettingThatCompilesIsRefused() throws {
    let text = """
      { "weft": 2, "voices": 4, "nodes": { "n": { "type": "noise" }, "out": { "type": "output" } },
        "macros": [{ "name": "wide", "value": 0, "targets": [{ "param": "n/shared" }] }], "cables": [["n", "out"]] }
      """
    let error = #expect(throws: PatchError.self) { try PluginBundle(text) }
    #expect(error?.code == .notPatchable && error?.place.path == "n/shared")
  }
}
