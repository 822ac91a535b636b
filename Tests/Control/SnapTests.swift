import Control
import Glibc
import PatchKit
import TestSupport
import Testing

@Suite struct SnapTests {
  private func rig() -> SessionRig {
    let rig = SessionRig()
    for line in [
      "/patch/create osc sine frequency 100", "/patch/create f biquad mode lowpass cutoff 200", "/patch/commit",
      "/snap/save low", "/mod/osc/frequency 400", "/mod/osc/gain 0.25", "/mod/f/mode highpass", "/mod/f/cutoff 800",
      "/snap/save high",
    ] { #expect(rig.send(line).last?.address == "/done", "\(line)") }
    return rig
  }
  private func knob(_ rig: SessionRig, _ name: String) -> OSCArgument? { rig.send("/mod/\(name)").last?.arguments[1] }

  @Test func snapshotRecallRestoresEveryParameter() {
    let rig = rig()
    #expect(rig.send("/snap/recall low").last == OSCMessage("/done", ["/snap/recall", "low", 4]))
    #expect(knob(rig, "osc/frequency") == 100.0 && knob(rig, "f/mode") == "lowpass")
    #expect(rig.send("/snap/recall low").last?.arguments[2] == 0)
    #expect(rig.send("/snap/list").map { $0.arguments[0] } == ["high", "low", "/snap/list"])
  }

  @Test func snapshotMorphIsEvenInOctaves() {
    let rig = rig()
    rig.send("/snap/morph low high 0.5")
    #expect(abs(knob(rig, "osc/frequency")!.number! - 200) < 0.01)
    #expect(knob(rig, "f/mode") == "highpass")
    rig.send("/snap/morph low high 0.25")
    #expect(knob(rig, "f/mode") == "lowpass")
    rig.send("/snap/morph low high 1")
    #expect(knob(rig, "osc/frequency") == 400.0 && knob(rig, "f/cutoff") == 800.0)
  }

  @Test func snapshotRecallSkipsDeletedNodes() {
    let rig = rig()
    for line in ["/patch/delete osc", "/patch/create osc saw", "/patch/commit"] { rig.send(line) }
    #expect(rig.send("/snap/recall low").last?.arguments[2] == 2)
    #expect(knob(rig, "osc/frequency") == 440.0)
  }

  @Test func snapshotsAreLoadedWithTheirPatch() throws {
    let folder = try TemporaryFolder()
    let rig = rig(), path = folder.path + "/snap.json"
    defer { withExtendedLifetime(folder) {} }
    rig.send("/patch/save \(path)")
    for line in ["/patch/clear", "/patch/commit"] { rig.send(line) }
    #expect(rig.failure("/snap/recall low") == "no-such-snapshot")
    for line in ["/patch/load \(path)", "/patch/commit"] { rig.send(line) }
    #expect(rig.send("/snap/recall low").last == OSCMessage("/done", ["/snap/recall", "low", 4]))
    rig.send("/patch/undo")
    #expect(rig.send("/snap/list").last?.arguments[1] == 2)
  }

  @Test func undoKeepsSnapshots() {
    let rig = rig()
    rig.send("/patch/create x sine")
    rig.send("/patch/commit")
    rig.send("/snap/save last")
    rig.send("/patch/undo")
    #expect(rig.send("/snap/list").last?.arguments[1] == 3)
  }

  @Test func invalidSnapshotRequestsFail() {
    let rig = rig()
    #expect(rig.failure("/snap/recall lo") == "no-such-snapshot")
    #expect(rig.send("/snap/recall lo").last?.arguments.last == "low")
    #expect(rig.failure("/snap/morph low high 1.5") == "range")
    #expect(rig.failure("/snap/save \"a b\"") == "bad-name")
    #expect(rig.failure("/snap/recall low -1") == "range")
    rig.send("/snap/delete low")
    #expect(rig.failure("/snap/recall low") == "no-such-snapshot")
  }

  @Test(arguments: [1, 64, 1_024])
  func parameterRampIsLinear(period: Int) {
    let rig = SessionRig()
    rig.send("/patch/create c math b 0")
    rig.send("/patch/commit")
    rig.render(4_800)
    #expect(rig.send("/mod/c/b 1 0.1").last == OSCMessage("/done", ["/mod/c/b", 1.0]))
    let sound = rig.render(9_600, period: period)
    for i in [0, 1_000, 2_400, 4_000] { #expect(abs(sound[i] - Float(i + 1) / 4_800) < 1e-4, "frame \(i)") }
    #expect(sound[4_799...].allSatisfy { $0 == 1 })
    #expect(rig.failure("/mod/c/b 1 -1") == "range")
  }

  @Test func undoAndRedoDuringASnapshotRamp() {
    let rig = SessionRig()
    rig.send("/patch/create c math b 0")
    rig.send("/patch/commit")
    rig.render(4_800)
    rig.send("/mod/c/b 1 1")
    let half = rig.render(24_000).last!
    #expect(abs(half - 0.5) < 1e-3)
    rig.send("/mod/c/b 0.25")
    let sound = rig.render(24_000)
    #expect(sound.last == 0.25)
    #expect(zip(sound, sound.dropFirst()).allSatisfy { abs($0 - $1) < 0.01 })
  }
}
