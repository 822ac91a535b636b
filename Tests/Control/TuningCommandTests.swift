import Control
import Foundation
import PatchKit
import Testing

@Suite struct TuningCommandTests {
  private static let tunings = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Patches/tunings").path

  @Test func aTuningIsCommittedUndoneAndSaved() throws {
    let rig = SessionRig()
    rig.send("/patch/create keys notes")
    rig.send("/patch/create osc sine")
    rig.send("/patch/connect keys/pitch osc/frequency")
    rig.send("/patch/commit")
    #expect(
      rig.send("/patch/tuning \(Self.tunings)/just.scl")
        == [OSCMessage("/done", ["/patch/tuning", .string("\(Self.tunings)/just.scl")])])
    rig.send("/patch/commit")
    #expect(rig.session.soundingPatch.tuning?.pitches[61] != -8.0 / 12)
    rig.send("/patch/undo")
    #expect(rig.session.soundingPatch.tuning == nil)
    rig.send("/patch/redo")
    #expect(rig.session.soundingPatch.tuning != nil)
    #expect(rig.send("/patch/tuning") == [OSCMessage("/done", ["/patch/tuning"])])
    rig.send("/patch/commit")
    #expect(rig.session.soundingPatch.tuning == nil)
  }

  @Test func whatCannotBeReadChangesNothing() {
    let rig = SessionRig()
    #expect(rig.failure("/patch/tuning /nowhere/x.scl") == "unreadable")
    #expect(rig.failure("/patch/tuning \(Self.tunings)/white.kbm") == "syntax")
    #expect(rig.session.currentDraft.tuning == nil)
  }
}
