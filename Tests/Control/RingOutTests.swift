import Control
import PatchKit
import Testing

@Suite struct RingOutTests {
  /// A short note into an echo of 0.1 s.
  private func rig(_ last: [String] = []) -> SessionRig {
    let rig = SessionRig()
    for line in [
      "/patch/create osc sine frequency 500", "/patch/create echo delay time 0.1 feedback 0.5 mix 1",
      "/patch/create out output", "/patch/connect osc echo", "/patch/connect echo out",
    ] + last + ["/patch/commit"] { #expect(rig.send(line).last?.address == "/done", "\(line)") }
    rig.render(9_600)
    return rig
  }

  @Test func ringOutOfADelayFadesAndEnds() {
    let rig = rig()
    #expect(rig.send("/patch/delete echo ring").last?.address == "/done")
    rig.send("/patch/commit")
    #expect(rig.send("/patch/nodes").count == 3)
    let tail = rig.render(4_800 * 4)
    // After the content of the delay line, the level halves every tenth of a second, without a discontinuity.
    let levels = (0..<4).map { part in tail[(part * 4_800)..<((part + 1) * 4_800)].reduce(0) { max($0, $1.magnitude) } }
    for part in 2..<4 {
      let expected: Float = levels[part - 1] / 2
      #expect((levels[part] - expected).magnitude < 0.1, "\(levels)")
    }
    let steps = zip(tail.dropFirst(), tail).map { ($0 - $1).magnitude }
    #expect(steps.max()! < 0.2)
    #expect(rig.session.ringingCount == 1)
    rig.render(48_000 * 3)
    #expect(rig.session.ringingCount == 0 && rig.session.plans.isSettled)
    #expect(rig.render(4_800).allSatisfy { $0.magnitude < 1e-5 })
  }

  @Test func deleteWithoutRingOutFades() {
    let rig = rig()
    rig.send("/patch/delete echo")
    rig.send("/patch/commit")
    rig.render(480)
    #expect(rig.render(4_800).allSatisfy { $0 == 0 })
  }

  @Test func undoRestoresARingingNode() {
    let rig = rig()
    rig.send("/patch/delete echo ring")
    rig.send("/patch/commit")
    rig.render(2_400)
    #expect(rig.session.ringingCount == 1)
    rig.send("/patch/undo")
    #expect(rig.session.ringingCount == 0)
    #expect(rig.render(9_600).map(\.magnitude).max()! > 0.5)
  }

  @Test func ringOutOfASourceIsAFade() {
    let rig = rig(["/patch/connect osc out"])
    rig.send("/patch/delete osc ring")
    rig.send("/patch/commit")
    #expect(rig.session.ringingCount == 0)
    #expect(rig.failure("/patch/delete echo rings") == "argument-type")
  }

  /// Edits elsewhere, and of the number of voices, while released voices die away.
  @Test func releasedVoicesAreNotCutByAnEdit() {
    func rendered(_ edits: [String]) -> [Float] {
      let rig = SessionRig()
      for line in [
        "/patch/voices 8", "/patch/create keys notes", "/patch/create osc sine", "/patch/create env adsr release 1",
        "/patch/create vca gain", "/patch/create out output", "/patch/connect keys/pitch osc/frequency",
        "/patch/connect keys/gate env/gate", "/patch/connect osc vca", "/patch/connect env vca/gain",
        "/patch/connect vca out", "/patch/commit", "/note/on 57 0.5", "/note/on 64 0.5",
      ] { #expect(rig.send(line).last?.address == "/done", "\(line)") }
      rig.render(9_600)
      rig.send("/note/alloff")
      rig.render(4_800)
      var sound: [Float] = []
      for line in edits {
        let words = line.split(separator: " ").map(String.init)
        rig.session.perform(OSCMessage(words[0], words.dropFirst().map { .string($0) }), from: rig.requester)
      }
      sound += rig.render(24_000)
      return sound
    }
    let untouched = rendered([])
    #expect(untouched.map(\.magnitude).max()! > 0.05)
    let edited = rendered(["/patch/create x sine", "/patch/create y gain", "/patch/connect x y", "/patch/commit"])
    #expect(edited == untouched)
  }
}
