import Control
import Engine
import ModuleKit
import PatchKit
import TestSupport
import Testing

/// Resolved edits are sufficient to follow the patch store.
@Suite struct EditStreamTests {
  private func text(_ patch: Patch) -> String { PatchFile.text(of: patch, in: registry) }

  /// A copy that applies the wire form of every edit equals the draft and the committed patch at every step.
  @Test(arguments: 1...8) func aCopyThatAppliesEveryEditEqualsThePatch(seed: Int) throws {
    let rig = SessionRig()
    var copy = PatchCopy(), last = 0
    rig.session.onEdit = { seq, client, edit in
      #expect(seq == last + 1 && client == 1)
      last = seq
      do {
        let wire = edit.message(in: registry)
        try copy.apply(ResolvedEdit(wire, in: registry))
      } catch { Issue.record("\(edit): \(error)") }
    }
    var edits = RandomEdits(seed: UInt64(seed)), loads = 0
    for i in 0..<1_500 {
      let line = edits.next()
      if i % 100 == 99 {
        // Another patch as a whole: the same nodes, some of another module.
        let other = text(copy.draft).replacing("\"sine\"", with: "\"saw\"").replacing("\"n1\"", with: "\"m1\"")
        loads += rig.send(OSCMessage("/patch/set", [.string(other)])).last?.address == "/done" ? 1 : 0
      } else {
        rig.send(line)
      }
      #expect(text(copy.draft) == text(rig.session.currentDraft), "after \(i): \(line)")
      #expect(text(copy.committed) == text(rig.session.soundingPatch), "after \(i): \(line)")
    }
    #expect(last > 500 && loads > 3)
  }

  /// The wire form holds everything: the edit read back is the same edit.
  @Test func theWireFormOfAnEditReadsBack() throws {
    var patch = Patch()
    try patch.create("osc", type: "sine", params: [("frequency", .number(33.3))], in: registry)
    try patch.create("f", type: "biquad", params: [("mode", .text("notch"))], in: registry)
    try patch.connect("osc", "f/cutoff", amount: 0.1, in: registry)
    try patch.keepSnapshot("here", in: registry)
    patch.about = "Zwei \"Wörter\"\n"
    let cable = patch.cables.keys.first!, port = PortAddress("f", "cutoff")
    let edits: [PatchEdit] = [
      .create("osc", patch.nodes["osc"]!),
      .create("x", PatchNode(type: "absent", params: ["on": .bool(true)], isPlaceholder: true)),
      .delete("osc"), .rename("a", to: "b"), .connect(cable, amount: 0.1),
      .disconnect(Cable(PortAddress("x", ""), port)), .param(port, .number(1e-7)), .param(port, nil),
      .param(port, .text("notch")), .param(port, .bool(false)), .voices(7), .tuning(nil), .name("A b"), .about("c\nd"),
      .control(port, MidiControl(channel: 2, controller: 7, isFine: true, from: nil, to: 300)), .control(port, nil),
      .snapshot("here", patch.snapshots["here"]), .snapshot("here", nil), .replace(patch),
      .place("f", NodePosition(-1.5, 2)), .place("f", nil), .label("f", "Low \"pass\""), .macroValue("m", 0.1),
      .macros([Macro(name: "m", label: "M", value: 0.3, targets: [MacroTarget(port, from: 20, to: 0.1)])]), .macros([]),
      .frames([Frame(label: "x", rect: [0, 1, 2.5, 3], isCollapsed: true)]), .control(.macro("m"), nil),
      .extra(node: nil, key: "x-a", value: "[1, 2]"), .extra(node: "f", key: "x-a", value: nil),
      .snapshot("here", Snapshot(nodes: patch.nodes, macros: ["m": 0.5, "n": 1])),
    ]
    for edit in edits {
      for resolved in [ResolvedEdit.draft(edit), .committed(edit), .both(edit)] {
        // Edits that always apply to both patches have no prefixed form for both.
        let read = try ResolvedEdit(resolved.message(in: registry), in: registry)
        switch (resolved, edit) {
        case (.both, .param), (.both, .control), (.both, .snapshot), (.draft, _), (.committed, _), (.both, .place),
          (.both, .label), (.both, .macros), (.both, .macroValue), (.both, .frames):
          #expect(read == resolved)
        default: #expect(read == .draft(edit))
        }
      }
    }
    #expect(try ResolvedEdit(OSCMessage("/patch/commit", [7]), in: registry) == .commit(revision: 7))
  }

  @Test(
    arguments: [
      ("/patch/commit", []), ("/patch/delete", [1]), ("/patch/rename", ["a"]), ("/patch/voices", [1.5]),
      ("/patch/delete", ["a", "b"]), ("/note/on", [60]), ("/mod/a", [1]), ("/committed/patch/nodes", []),
      ("/patch/set", ["{"]), ("/patch/create", ["a", "sine", "gain"]),
    ] as [(String, [OSCArgument])])
  func whatIsNoResolvedEditIsRefused(address: String, arguments: [OSCArgument]) {
    #expect(throws: PatchError.self) { try ResolvedEdit(OSCMessage(address, arguments), in: registry) }
  }

  /// An edit made for another patch changes nothing.
  @Test func anEditThatDoesNotFitChangesNothing() throws {
    var copy = PatchCopy()
    try copy.apply(.draft(.create("a", PatchNode(type: "sine"))))
    let before = copy
    let edits: [ResolvedEdit] = [
      .draft(.create("a", PatchNode(type: "saw"))), .draft(.delete("b")), .draft(.rename("b", to: "c")),
      .both(.param(PortAddress("a", "gain"), .number(1))), .committed(.delete("a")),
      .draft(.disconnect(Cable(PortAddress("a", "out"), PortAddress("a", "fm")))),
    ]
    for edit in edits {
      #expect(throws: PatchError.self) { try copy.apply(edit) }
      #expect(copy == before)
    }
  }
}
