import Control
import Engine
import ModuleKit
import PatchKit
import Testing

/// Macros, places, labels and frames by commands.
@Suite struct MacroTests {
  private func rig() -> SessionRig {
    let rig = SessionRig()
    for line in [
      "/patch/create osc saw", "/patch/create f biquad", "/patch/connect osc f", "/patch/commit",
      "/macro/add bright f/cutoff 100 8000 f/mode lowpass notch",
    ] { rig.send(line) }
    return rig
  }

  private func value(_ rig: SessionRig, _ id: String, _ param: String) -> ParamValue? {
    rig.session.soundingPatch.nodes[id]?.params[param]
  }

  @Test func macroDrivesItsTargetsInTheDraftAndInWhatSounds() throws {
    let rig = rig()
    #expect(rig.send("/macro/bright 1").last == OSCMessage("/done", ["/macro/bright", .float(1)]))
    #expect(value(rig, "f", "cutoff") == .number(8_000) && value(rig, "f", "mode") == .text("notch"))
    #expect(rig.session.currentDraft == rig.session.soundingPatch)
    // Evenly in octaves: the middle is the geometric mean.
    rig.send("/macro/bright 0.5")
    guard case .number(let cutoff)? = value(rig, "f", "cutoff") else { return #expect(Bool(false)) }
    #expect(abs(cutoff - 894.4) < 1)
    #expect(rig.send("/macro/bright").last?.arguments.last == .float(0.5))
    // The last writer wins.
    rig.send("/mod/f/cutoff 200")
    #expect(value(rig, "f", "cutoff") == .number(200) && rig.session.currentDraft.macros[0].value == 0.5)
  }

  @Test(arguments: [
    ("/macro/bright 1.5", "range"), ("/macro/brght 1", "no-such-macro"), ("/macro/add list", "bad-name"),
    ("/macro/add m f/cutof 1 2", "no-such-param"), ("/macro/add m f/cutoff 1 2", "range"),
    ("/macro/add m f/cutoff 100", "argument-count"), ("/macro/add m g/cutoff 100 200", "no-such-node"),
    ("/macro/remove m", "no-such-macro"), ("/macro/remove bright osc/frequency", "no-such-param"),
    ("/macro/move bright 1", "range"), ("/macro/set [{]", "syntax"), ("/patch/place x 1 2", "no-such-node"),
    ("/patch/place f 1e9 2", "range"), ("/patch/frames {}", "argument-type"), ("/midi/map /macro/m 7", "no-such-macro"),
    ("/macro/add m /macro/bright 0 1", "no-such-param"),
  ]) func badMacroCommandsFailAndChangeNothing(line: String, code: String) {
    let rig = rig(), before = rig.session.currentDraft
    let reply = rig.send(line).last
    #expect(reply?.address == "/fail" && reply?.arguments[1].text == code, "\(line): \(reply?.description ?? "")")
    #expect(rig.session.currentDraft == before)
  }

  @Test func macrosAreListedMovedLabelledAndRemoved() {
    let rig = rig()
    rig.send("/macro/add loud osc/gain 0 1")
    rig.send("/macro/move loud 0")
    rig.send("/macro/label loud Volume")
    let list = rig.send("/macro/list")
    #expect(list.first?.arguments.prefix(2) == ["loud", "Volume"] && list.count == 3)
    #expect(list.first?.arguments.suffix(3) == ["osc/gain", .float(0), .float(1)])
    // It begins where its parameter is.
    #expect(list.first?.arguments[2] == .float(0.5))
    rig.send("/macro/remove bright f/mode")
    #expect(rig.session.currentDraft.macros[1].targets.count == 1)
    rig.send("/macro/remove bright")
    #expect(rig.session.soundingPatch.macros.map(\.name) == ["loud"])
    rig.send("/patch/undo")
    #expect(rig.session.soundingPatch.macros.map(\.name) == ["loud", "bright"])
  }

  @Test func placesLabelsAndFramesAreUndoneOneByOneWithoutACommit() {
    let rig = rig(), revision = rig.session.currentDraft
    rig.send("/patch/place f 10 20 osc -5 0.5")
    rig.send("/patch/label f Filter")
    rig.send(OSCMessage("/patch/frames", [#"[{ "label": "A", "rect": [0, 0, 1, 1] }]"#]))
    #expect(rig.session.soundingPatch.nodes["f"]?.position == NodePosition(10, 20))
    #expect(rig.session.currentDraft == rig.session.soundingPatch && rig.session.currentDraft.frames.count == 1)
    rig.send("/patch/undo")
    #expect(rig.session.currentDraft.frames.isEmpty && rig.session.currentDraft.nodes["f"]?.label == "Filter")
    rig.send("/patch/undo")
    rig.send("/patch/undo")
    #expect(rig.session.currentDraft == revision)
    rig.send("/patch/redo")
    #expect(rig.session.currentDraft.nodes["osc"]?.position == NodePosition(-5, 0.5))
  }

  @Test func snapshotsKeepTheValuesOfMacros() {
    let rig = rig()
    rig.send("/macro/bright 0.25")
    rig.send("/snap/save a")
    rig.send("/macro/bright 1")
    rig.send("/snap/save b")
    rig.send("/snap/recall a")
    #expect(rig.session.currentDraft.macros[0].value == 0.25)
    rig.send("/snap/morph a b 0.5")
    #expect(rig.session.soundingPatch.macros[0].value == 0.625)
  }

  @Test func macrosOfADraftThatIsNotCommittedLeaveWhatSoundsAlone() {
    let rig = rig()
    rig.send("/patch/create g gain")
    rig.send("/macro/add bright g/gain 0 1")
    #expect(rig.session.currentDraft.macros[0].targets.count == 3)
    #expect(rig.session.soundingPatch.macros[0].targets.count == 2)
    rig.send("/patch/commit")
    #expect(rig.session.soundingPatch.macros[0].targets.count == 3)
  }

  @Test func controllerDrivesAMacroFromWhereItMeetsIt() {
    let rig = rig()
    rig.send("/macro/bright 0.5")
    rig.send("/midi/map /macro/bright 7")
    #expect(rig.session.soundingPatch.controls[.macro("bright")]?.controller == 7)
    func turn(_ value: UInt8) {
      rig.midi(0xb0, 7, value)
      rig.session.tick()
    }
    turn(0)
    #expect(rig.session.currentDraft.macros[0].value == 0.5)
    turn(100)
    #expect(abs(rig.session.currentDraft.macros[0].value - 100 / 127) < 1e-6)
    turn(127)
    #expect(value(rig, "f", "cutoff") == .number(8_000))
    rig.send("/macro/remove bright")
    #expect(rig.session.currentDraft.controls.isEmpty && rig.session.soundingPatch.controls.isEmpty)
  }
}
