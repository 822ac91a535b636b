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
    #expect(
      old.nodes["a"]?.params["shared"] == (isRandom ? .bool(true) : nil) && new.nodes["a"]?.params["shared"] == nil)
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

  /// Clients apply edits to a text: what they see of a patch does not change because another part of it does.
  @Test func textForClientsHoldsWhatFormatOneLeavesOut() throws {
    let nodes = "\"a\": { \"type\": \"noise\" }, \"b\": { \"type\": \"limiter\" }"
    let old = try file(1, nodes), before = PatchFile.text(of: old, in: modules, isExplicit: true)
    #expect(before.contains("\"weft\": 2") && before.contains("\"shared\": true"))
    #expect(before.contains("\"compensation\": false"))
    #expect(try PatchFile.read(Array(before.utf8), in: modules) == old)
    let after = PatchFile.text(of: old.placed(), in: modules, isExplicit: true)
    let withoutPlaces = after.replacing(#/, "at": \[[^\]]*\]|"at": \[[^\]]*\](, )?/#, with: "")
    #expect(withoutPlaces.filter { !$0.isWhitespace } == before.filter { !$0.isWhitespace }, "\(after)")
    // Nothing is left out of a patch that format 1 holds whole.
    let plain = try file(1, "\"a\": { \"type\": \"sine\" }")
    #expect(PatchFile.text(of: plain, in: modules, isExplicit: true) == PatchFile.text(of: plain, in: modules))
  }

  /// A clock has its own tempo in format 1 and the session's in format 2.
  @Test func clockOfFormatOneHasItsOwnTempo() throws {
    let node = "\"a\": { \"type\": \"clock\", \"params\": { \"bpm\": 90 } }"
    let old = try file(1, node), new = try file(2, node)
    #expect(old.nodes["a"]?.params["follow"] == .text("own") && new.nodes["a"]?.params["follow"] == nil)
    let text = PatchFile.text(of: old, in: modules), other = PatchFile.text(of: new, in: modules)
    #expect(text.contains("\"weft\": 1") && !text.contains("follow") && other.contains("\"weft\": 2"))
    for (patch, text) in [(old, text), (new, other)] {
      #expect(try PatchFile.read(Array(text.utf8), in: modules) == patch)
    }
    #expect(PatchFile.text(of: old.placed(), in: modules).contains("\"follow\": \"own\""))
  }

  /// A cable without a port: in format 1 to the first audio input, in format 2 to the pitch of a source.
  @Test(arguments: [
    ("saw", "sync", "frequency"), ("pulse", "sync", "frequency"), ("triangle", "sync", "frequency"),
    ("lfo", "sync", "rate"), ("disyn", "param1", "frequency"), ("sampler", "gate", "pitch"), ("sine", "frequency", nil),
    ("biquad", "in", nil), ("compressor", "in", nil), ("adsr", "gate", nil), ("sequencer", "clock", nil),
    ("pluck", "frequency", nil), ("bore", "in", nil), ("noise", "gain", ""), ("clock", "bpm", ""),
    ("input", "gain", ""),
  ]) func cableWithoutAPortFollowsTheRuleOfItsFormat(type: String, one: String, two: String?) throws {
    func cable(_ format: Int) throws -> String? {
      let text =
        "{ \"weft\": \(format), \"nodes\": { \"a\": { \"type\": \"sine\" }, \"b\": { \"type\": \"\(type)\" } }, "
        + "\"cables\": [[\"a\", \"b\"]] }"
      let patch = try PatchFile.read(Array(text.utf8), in: modules)
      // Written, it means the same in either format.
      let again = PatchFile.text(of: patch, in: modules)
      for format in [1, 2] {
        let other = again.replacing(/\"weft\": \d/, with: "\"weft\": \(format)")
        #expect(try PatchFile.read(Array(other.utf8), in: modules).cables == patch.cables)
      }
      return patch.cables.keys.first?.destination.port
    }
    #expect(try cable(1) == one)
    if two == "" {
      let error = #expect(throws: PatchErrors.self) { _ = try cable(2) }
      #expect(error?.errors.first?.message == "\(type) has no main input: name one of its inputs")
      #expect(error?.errors.first?.suggestions.contains("b/\(one)") == true)
    } else {
      #expect(try cable(2) == two ?? one)
    }
  }

  /// One rule for all modules: of a processor the signal, of a source the pitch. A resonator, such as `bore`, is both: a
  /// source that hears the motion of its exciter.
  @Test func mainInputIsTheSignalOrThePitch() throws {
    for name in modules.names {
      let module = try #require(modules[name])
      guard let main = module.mainInput.map({ module.inputs[$0] }) else { continue }
      switch module.about.family {
      case .oscillators, .samples, .entrainment:
        let hears = module.inputs.contains { $0.type == .signal && !$0.isSync }
        #expect(hears ? main.type == .signal : main.isPitch, "\(name)/\(main.name)")
      case .filters, .effects, .mixing, .meters: #expect(main.type == .signal && !main.isSync, "\(name)/\(main.name)")
      default: #expect(main.type == .signal || main.isPitch || main.modulation == .gate, "\(name)/\(main.name)")
      }
    }
  }

  /// Paths of a file of format 1 are not aligned, new ones are.
  @Test func filesOfFormatOneAreNotCompensated() throws {
    let node = "\"a\": { \"type\": \"limiter\" }", old = try file(1, node), new = try file(2, node)
    #expect(!old.compensatesLatency && new.compensatesLatency && Patch().compensatesLatency)
    let text = PatchFile.text(of: old, in: modules), other = PatchFile.text(of: new, in: modules)
    #expect(text.contains("\"weft\": 1") && other.contains("\"weft\": 2") && !other.contains("compensation"))
    let converted = PatchFile.text(of: old.placed(), in: modules)
    #expect(converted.contains("\"compensation\": false"))
    for (patch, text) in [(old, text), (new, other), (old.placed(), converted)] {
      #expect(try PatchFile.read(Array(text.utf8), in: modules) == patch)
    }
  }
}
