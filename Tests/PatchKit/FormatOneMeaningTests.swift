import ModuleKit
import Modules
import PatchKit
import Testing

/// Files of format 1 keep their meaning where defaults have changed.
@Suite struct FormatOneMeaningTests {
  private let modules = Registry.linked()
  private func file(_ format: Int, _ nodes: String) throws -> Patch {
    try PatchFile.read(Array("{ \"weft\": \(format), \"voices\": 4, \"nodes\": { \(nodes) } }".utf8), in: modules)
  }

  /// Random modules: one signal for all voices in format 1, one for each voice in format 2.
  @Test(arguments: [
    ("\"type\": \"noise\"", true), ("\"type\": \"dust\"", true), ("\"type\": \"lfo\"", false),
    ("\"type\": \"lfo\", \"params\": { \"shape\": \"random\" }", true),
  ]) func randomNodesOfFormatOneAreShared(node: String, isRandom: Bool) throws {
    let old = try file(1, "\"a\": { \(node) }"), new = try file(2, "\"a\": { \(node) }")
    #expect(old.nodes["a"]?.params["shared"] == (isRandom ? .bool(true) : nil) && new.nodes["a"]?.params["shared"] == nil)
    // Each is written as it was read: the old one without the setting, the new one in format 2.
    let text = PatchFile.text(of: old, in: modules), other = PatchFile.text(of: new, in: modules)
    #expect(text.contains("\"weft\": 1") && !text.contains("shared"))
    #expect(other.contains(isRandom ? "\"weft\": 2" : "\"weft\": 1") && !other.contains("shared"))
    for (patch, text) in [(old, text), (new, other)] {
      #expect(try PatchFile.read(Array(text.utf8), in: modules) == patch)
    }
    // Converted, it says so.
    let converted = PatchFile.text(of: old.placed(), in: modules)
    #expect(converted.contains("\"weft\": 2") && converted.contains("\"shared\": true") == isRandom)
  }
}
