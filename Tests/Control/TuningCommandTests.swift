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

  /// Requests cannot name files outside the root.
  @Test func tuningsStayInTheRoot() throws {
    let rig = SessionRig()
    rig.session.files.root = try FileRoot(Self.tunings)
    #expect(rig.send("/patch/tuning just.scl").last?.address == "/done")
    #expect(rig.send("/patch/tuning \(Self.tunings)/seven.scl white.kbm").last?.address == "/done")
    #expect(rig.failure("/patch/tuning ../drone.json") == "outside-root")
    #expect(rig.failure("/patch/tuning just.scl /etc/passwd") == "outside-root")
    let inside = #"{ "weft": 1, "tuning": { "scale": "nineteen.scl" } }"#
    #expect(rig.send(OSCMessage("/patch/set", [.string(inside)])).last?.address == "/done")
    #expect(rig.session.currentDraft.tuning?.scale == "\(Self.tunings)/nineteen.scl")
    let outside = inside.replacing("nineteen.scl", with: "/etc/passwd")
    let reply = rig.send(OSCMessage("/patch/set", [.string(outside)])).last
    #expect(reply?.address == "/fail" && reply?.arguments[1] == "outside-root")
    #expect(rig.session.currentDraft.tuning?.scale == "\(Self.tunings)/nineteen.scl")
  }

  @Test func unreadableTuningChangesNothing() {
    let rig = SessionRig()
    #expect(rig.failure("/patch/tuning /nowhere/x.scl") == "unreadable")
    #expect(rig.failure("/patch/tuning \(Self.tunings)/white.kbm") == "syntax")
    #expect(rig.session.currentDraft.tuning == nil)
  }
}
