import Engine
import ModuleKit
import PatchKit
import Testing

@Suite struct LeavingNotesTests {
  /// Found by fuzzing: the removed node was searched for voices that it does not have.
  @Test func removingANoteNodeWhileAddingVoices() throws {
    let rig = EngineRig()
    try rig.patch.setVoices(4)
    rig.create("keys", "notes")
    rig.create("osc", "sine")
    rig.connect("keys/pitch", "osc/frequency")
    try rig.commit()
    rig.render(4_800)
    _ = rig.plans.play(NoteEvent(.on, key: 57, value: 0.8))
    #expect(peak(rig.render(4_800)) > 0.01)
    rig.delete("keys")
    try rig.patch.setVoices(200)
    try rig.commit()
    #expect(rig.render(9_600).allSatisfy { $0.isFinite })
  }
}
