import ModuleKit
import PatchKit
import Testing

/// The reference that `weft modules --markdown` prints.
@Suite struct ReferenceTests {
  /// The help of a module says where a cable adds to a default that is not 0.
  @Test func helpShowsWhatACableAddsTo() throws {
    let fade = try WeftProcess.run("modules", "crossfade"), gain = try WeftProcess.run("modules", "gain")
    #expect(fade.output.contains("adds to 0.5") && fade.output.contains("fade is 0.5 + cable"))
    #expect(!gain.output.contains("adds to"))
    let all = try WeftProcess.run("modules", "--markdown").output, registry = PatchPlayer.registry
    for name in registry.names {
      for input in registry[name]!.inputs where input.modulation == .add && input.isParameter && input.defaultValue != 0
      {
        #expect(all.contains("\(input.name) is \(input.defaultValue.shortText)"), "\(name)/\(input.name)")
      }
    }
  }

  /// Inputs that are read on the grid say so.
  @Test func helpShowsInputsThatAreReadOnTheGrid() throws {
    let reverb = try WeftProcess.run("modules", "reverb"), filter = try WeftProcess.run("modules", "svf")
    #expect(reverb.output.contains(/size .*every 16 frames/) && !reverb.output.contains(/mix .*every 16 frames/))
    #expect(
      filter.output.contains(/resonance .*every 16 frames/) && !filter.output.contains(/cutoff .*every 16 frames/))
  }

  /// Every patchable input has an example cable, and every example can be connected.
  @Test func everyPatchableInputHasAnExampleCable() throws {
    let run = try WeftProcess.run("modules", "--markdown")
    #expect(run.status == 0)
    let registry = PatchPlayer.registry
    var patch = Patch()
    // "`keys` is a node of type `notes`"
    for match in run.output.matches(of: /`(\w+)` is a node of type `(\w+)`/) {
      try patch.create(String(match.1), type: String(match.2), in: registry)
    }
    #expect(patch.nodes.count >= 4)
    for name in registry.names where !patch.nodes.keys.contains(name) {
      try patch.create(name, type: name, in: registry)
    }
    var fed: Set<String> = []
    for match in run.output.matches(of: /`\["([\w\/-]+)", "([\w\/-]+)"(?:, ([-+.e\d]+))?\]`/) {
      let amount = try match.3.map { try #require(Float(String($0))) } ?? 1
      #expect(amount != 0 && amount.isFinite)
      if String(match.1).split(separator: "/").first != String(match.2).split(separator: "/").first {
        let cable = try patch.connect(String(match.1), String(match.2), amount: amount, in: registry)
        fed.insert(cable.destination.description)
      } else {
        fed.insert(String(match.2))
      }
    }
    for name in registry.names {
      for input in registry[name]!.inputs where input.isPatchable {
        #expect(fed.contains("\(name)/\(input.name)"), "\(name)/\(input.name) has no example")
      }
    }
  }
}
