import Control
import PatchKit
import TestSupport
import Testing

@Suite struct PresetTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func rig() -> SessionRig {
    let rig = SessionRig()
    rig.session.presets.folder = folder.path + "/presets"
    for line in ["/patch/create a saw frequency 50", "/patch/create b sine", "/patch/create c saw", "/patch/commit"] {
      rig.send(line)
    }
    return rig
  }
  private func knob(_ rig: SessionRig, _ name: String) -> OSCArgument? { rig.send("/mod/\(name)").last?.arguments[1] }

  @Test func modulePresetLoadsIntoEveryNodeOfItsType() {
    let rig = rig()
    #expect(rig.send("/preset/save a deep").last?.address == "/done")
    #expect(rig.send("/preset/list c").map { $0.arguments[0] } == ["deep", "/preset/list"])
    #expect(rig.send("/preset/load c deep").last == OSCMessage("/done", ["/preset/load", "c", 1]))
    #expect(knob(rig, "c/frequency") == 50.0)
    #expect(rig.failure("/preset/load b deep") == "unreadable")
    #expect(rig.send("/preset/load c dep").last?.arguments.last == "deep")
    #expect(rig.failure("/preset/load c \"../x y\"") == "unreadable")
    #expect(rig.failure("/preset/save nobody deep") == "no-such-node")
  }

  @Test func patchPresetSetsEveryMatchingParameter() {
    let rig = rig()
    rig.send("/preset/save * calm")
    for line in ["/mod/a/frequency 500", "/mod/b/gain 0.25"] { rig.send(line) }
    #expect(rig.send("/preset/load * calm").last == OSCMessage("/done", ["/preset/load", "*", 2]))
    #expect(knob(rig, "a/frequency") == 50.0)
  }

  @Test func presetPathIsUsedUnchanged() {
    let rig = rig(), path = folder.path + "/a.json"
    #expect(rig.send("/preset/save a \(path)").last == OSCMessage("/done", ["/preset/save", "a", .string(path)]))
    rig.send("/mod/a/frequency 70")
    #expect(rig.send("/preset/load a \(path)").last?.arguments[2] == 1)
  }
}
