import Control
import PatchKit
import Testing

@Suite struct NoteCommandTests {
  private func organ(voices: Int = 8) -> SessionRig {
    let rig = SessionRig()
    for line in [
      "/patch/create keys notes", "/patch/create osc sine", "/patch/create env adsr release 0.02",
      "/patch/create vca gain", "/patch/connect keys/pitch osc/frequency", "/patch/connect keys/gate env/gate",
      "/patch/connect osc vca", "/patch/connect env vca/gain", "/patch/voices \(voices)", "/patch/commit",
    ] { #expect(rig.send(line).last?.address == "/done", "\(line)") }
    rig.render(4_800)
    return rig
  }
  private func sounding(_ rig: SessionRig) -> Int {
    let status = rig.send("/status")[0].arguments
    return Int(status[status.firstIndex(of: "sounding")! + 1].number!)
  }
  private func peak(_ x: some Sequence<Float>) -> Float { x.map(\.magnitude).max() ?? 0 }

  @Test func noteCommandsReturnNoteIDs() {
    let rig = organ()
    #expect(rig.send("/note/on 60 0.8") == [OSCMessage("/done", ["/note/on", 1_000])])
    #expect(rig.send("/note/on 64.5 1 keys") == [OSCMessage("/done", ["/note/on", 1_001])])
    #expect(peak(rig.render(4_800)) > 0.1)
    #expect(sounding(rig) == 2)
    #expect(rig.send("/note/bend 1000 2") == [OSCMessage("/done", ["/note/bend"])])
    #expect(rig.send("/note/pressure 64.5 0.5") == [OSCMessage("/done", ["/note/pressure"])])
    #expect(rig.send("/note/timbre 1000 0.75") == [OSCMessage("/done", ["/note/timbre"])])
    rig.send("/note/off 1000")
    rig.render(9_600)
    #expect(sounding(rig) == 1)
    rig.send("/note/off 64.5")
    rig.render(9_600)
    #expect(sounding(rig) == 0)
    // The release of an ended note is no error and has no effect.
    #expect(rig.send("/note/off 1000").last?.address == "/done")
  }

  @Test(arguments: [
    ("/note/on 128 1", "range"), ("/note/on -1 1", "range"), ("/note/on 60 1.1", "range"),
    ("/note/on 60", "argument-count"),
    ("/note/on sixty 1", "range"), ("/note/on 60 loud", "argument-type"), ("/note/on 60 1 kyes", "no-such-node"),
    ("/note/on 60 1 osc", "no-such-node"),
    ("/note/off 500", "range"), ("/note/off 1000.5", "range"), ("/note/off 4000", "no-such-note"),
    ("/note/bend 60", "argument-count"), ("/note/bend 60 1000", "range"), ("/note/pressure 60 2", "range"),
    ("/note/timbre 60 -1", "range"),
    ("/note/param 60 osc/gain", "argument-count"), ("/note/param 60 osc/gain 2", "range"),
    ("/note/param 60 osc/gian 1", "no-such-param"), ("/note/param 60 ocs/gain 1", "no-such-node"),
    ("/note/param 60 gain 1", "bad-name"), ("/note/param 128 osc/gain 1", "range"),
    ("/note/param 4000 osc/gain 1", "no-such-note"), ("/note/param 60 osc/gain 1 osc", "no-such-node"),
    ("/note/param 60 osc/gain loud", "argument-type"), ("/note/param 60 keys/glide 1", "not-patchable"),
    ("/note/param 60 env/curve exponential", "not-patchable"),
    ("/note/alloff osc", "no-such-node"), ("/note/panic nobody", "no-such-node"),
  ])
  func wrongNotesAreRefused(line: String, code: String) { #expect(organ().failure(line) == code) }

  @Test(arguments: [1, 8]) func noteParameterChangesOneNoteOnly(voices: Int) {
    let rig = organ(voices: voices)
    rig.send("/note/on 69 1")
    rig.render(4_800)
    #expect(rig.send("/note/param 1000 osc/gain 0.1") == [OSCMessage("/done", ["/note/param", 0.1])])
    rig.render(4_800)
    // Through `vca`, which the envelope opens to 0.7.
    #expect(abs(peak(rig.render(4_800)) - 0.07) < 0.007)
    // The patch is unchanged.
    #expect(rig.send("/mod/osc/gain").last?.arguments.last == 0.5)
    rig.send("/note/off 69")
    rig.render(24_000)
    rig.send("/note/on 69 1")
    rig.render(4_800)
    #expect(abs(peak(rig.render(4_800)) - 0.35) < 0.035)
  }

  @Test func noteParameterOfASharedNodeIsRefused() {
    let rig = organ()
    for line in ["/patch/create room reverb", "/patch/connect vca room", "/patch/create hum sine", "/patch/commit"] {
      rig.send(line)
    }
    rig.render(4_800)
    #expect(rig.failure("/note/param 60 room/mix 1") == "not-patchable")
    #expect(rig.failure("/note/param 60 hum/gain 1") == "not-patchable")
  }

  @Test func notesNeedANotesNodeAndPanicDoesNot() {
    let rig = SessionRig()
    #expect(rig.failure("/note/on 60 1") == "no-such-node")
    rig.send("/patch/create osc sine")
    rig.send("/patch/commit")
    rig.render(4_800)
    #expect(rig.send("/note/panic").last?.address == "/done")
    #expect(peak(rig.render(200)[119..<121]) < 0.05)
    #expect(peak(rig.render(4_800)) > 0.1)
  }

  @Test func noteInTheBundleOfItsCommitPlays() {
    let rig = organ()
    // Two commits: the second plan waits until the first has faded in.
    rig.send("/patch/create lfo lfo")
    rig.session.perform(OSCMessage("/patch/commit"), from: rig.requester)
    rig.send("/patch/clear")
    for line in [
      "/patch/create other notes", "/patch/create o sine", "/patch/create e adsr", "/patch/create v gain",
      "/patch/connect other/pitch o/frequency", "/patch/connect other/gate e/gate", "/patch/connect o v",
      "/patch/connect e v/gain", "/patch/voices 4",
    ] { rig.send(line) }
    rig.session.perform(OSCMessage("/patch/commit"), from: rig.requester)
    rig.session.perform(OSCMessage("/note/on", [60, 1]), from: rig.requester)
    #expect(peak(rig.render(9_600)) > 0.1)
    #expect(sounding(rig) == 1)
  }

  @Test func allOffAndPanic() {
    let rig = organ()
    for key in 50..<58 { rig.send("/note/on \(key) 1") }
    rig.render(4_800)
    #expect(sounding(rig) == 8)
    rig.send("/note/alloff")
    rig.render(9_600)
    #expect(sounding(rig) == 0)
    rig.send("/note/on 60 1")
    rig.render(4_800)
    rig.send("/note/panic keys")
    #expect(peak(rig.render(9_600)[200...]) == 0)
    #expect(sounding(rig) == 0)
  }
}
