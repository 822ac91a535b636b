import Control
import PatchKit
import Testing

@Suite struct SessionTests {
  @Test func theReadmeSessionSounds() {
    let rig = SessionRig()
    #expect(rig.send("/patch/create osc1 sine") == [OSCMessage("/done", ["/patch/create", "osc1"])])
    rig.send("/patch/create filt1 biquad")
    #expect(
      rig.send("/patch/connect osc1 filt1").last == OSCMessage("/done", ["/patch/connect", "osc1/out", "filt1/in"]))
    #expect(rig.send("/mod/osc1/frequency 880").last == OSCMessage("/done", ["/mod/osc1/frequency", 880.0]))
    let reply = rig.send("/patch/commit")
    #expect(reply.count == 1 && reply[0].address == "/done" && reply[0].arguments[1] == 1)
    let sound = rig.render(48_000)
    let crossings = zip(sound.dropFirst(24_000), sound.dropFirst(24_001)).filter { $0 < 0 && $1 >= 0 }.count
    #expect((439...441).contains(crossings))
  }

  @Test(arguments: [
    ("/patch/crate a sine", "no-such-address"), ("/patch/create a sinus", "no-such-type"),
    ("/patch/create 1a sine", "bad-name"), ("/patch/create osc sine", "duplicate"),
    ("/patch/create a", "argument-count"), ("/patch/create a sine frequency", "argument-count"),
    ("/patch/create 5 sine", "argument-type"), ("/patch/create a sine freqency 5", "no-such-param"),
    ("/patch/create a sine frequency 0.0005", "range"), ("/patch/delete oss", "no-such-node"),
    ("/patch/connect osc filt/cutof", "no-such-port"), ("/patch/connect osc filt/mode", "not-patchable"),
    ("/patch/connect filt filt", "cycle"), ("/patch/disconnect filt osc/fm", "no-such-cable"),
    ("/patch/voices 0", "range"), ("/patch/voices 1.5", "argument-type"), ("/patch/voices 1e30", "range"),
    ("/mod/osc/frequncy 5", "no-such-param"), ("/mod/ocs/frequency 5", "no-such-node"),
    ("/mod/filt/mode lowpas", "range"), ("/mod/osc/frequency 1e9", "range"),
    ("/mod/osc/frequency high", "argument-type"),
    ("/mod/filt/in 1", "no-such-param"), ("/patch/load /no/such/file", "unreadable"),
    ("/patch/set {", "syntax"), ("/registry/get sinus", "no-such-type"), ("/engine/volume 99", "range"),
    ("/patch/commit -1", "range"), ("/patch/save /no/such/place.json", "unwritable"),
  ])
  func badInputIsAnsweredAndChangesNothing(line: String, code: String) {
    let rig = SessionRig()
    rig.send("/patch/create osc sine")
    rig.send("/patch/create filt biquad")
    rig.send("/patch/connect osc filt")
    rig.send("/patch/commit")
    let before = text(rig)
    #expect(rig.failure(line) == code)
    #expect(text(rig) == before)
    #expect(rig.send("/patch/commit").last?.address == "/done")
  }

  private func text(_ rig: SessionRig) -> String { rig.send("/patch/get").first!.arguments[2].text! }

  @Test func commitOfACycleFailsAndTheOldPatchPlaysOn() {
    let rig = SessionRig()
    for line in ["/patch/create a gain", "/patch/create b gain", "/patch/create s sine", "/patch/connect s a"] {
      rig.send(line)
    }
    rig.send("/patch/commit")
    rig.send("/patch/connect a b")
    rig.send("/patch/connect b a")
    let reply = rig.send("/patch/commit").last!
    #expect(reply.arguments[1] == "cycle")
    #expect(reply.arguments[2].text!.contains("a -> b -> a"))
    #expect(rig.render(640).contains { $0 != 0 })
    rig.send("/patch/abort")
    #expect(rig.send("/patch/cables").count == 2)
  }

  @Test func requestIDsAreReturned() {
    let rig = SessionRig()
    #expect(rig.send("/patch/create osc sine \"#7\"").last!.arguments.last == "#7")
    #expect(rig.send("/patch/create osc sine \"#8\"").last!.arguments.last == "#8")
    #expect(rig.send("/patch/commit \"#9\"").last!.arguments.last == "#9")
    #expect(rig.send("/sync 5 \"#10\"") == [OSCMessage("/synced", [5, "#10"])])
  }

  @Test func patchOfAThousandNodesRoundTrips() {
    let rig = SessionRig()
    for i in 0..<1_000 {
      rig.send("/patch/create n\(i) sine frequency \(100 + i)")
      if i > 0 { rig.send("/patch/connect n\(i - 1) n\(i)/fm 0.5") }
    }
    rig.replyLimit = 1_200
    let pieces = rig.send("/patch/get").dropLast().map { $0.arguments[2].text! }
    #expect(pieces.count > 10 && pieces.allSatisfy { $0.utf8.count <= 1_200 })
    let whole = pieces.joined()
    rig.send("/patch/clear")
    #expect(
      rig.send(OSCMessage("/patch/set", [.blob(Array(whole.utf8))])).last == OSCMessage("/done", ["/patch/set", 1_000]))
    #expect(rig.send("/patch/get").dropLast().map { $0.arguments[2].text! }.joined() == whole)
    #expect(rig.send("/patch/commit").last!.address == "/done")
  }

  @Test func bundleTimeTagsAreSampleAccurate() {
    let rig = SessionRig()
    rig.send("/patch/create c math b 0.25")
    rig.send("/patch/commit")
    rig.render(4_800)
    // The rig's clock: a nanosecond is a frame.
    let at = rig.engine.frame + 1_000
    let knob = OSCPacket.message(OSCMessage("/mod/c/b", [0.75]))
    let tag = OSCTime.now().tag(at: 1_000_000_000 + 1_000)
    rig.session.frameAtNanoseconds = { _ in at }
    rig.session.perform(.bundle(timeTag: tag, [knob]), from: rig.requester)
    let sound = rig.render(2_000)
    let first = sound.firstIndex { $0 != sound[0] }
    #expect(first == 1_000)
  }

  @Test func renameAndReloadKeepNodeState() {
    func play(_ edits: [String]) -> [Float] {
      let rig = SessionRig()
      rig.send("/patch/create osc sine frequency 333")
      rig.send("/patch/commit")
      rig.render(4_800)
      for edit in edits { rig.send(edit) }
      if edits.isEmpty { rig.render(64) }
      return rig.render(4_800)
    }
    #expect(play([]) == play(["/patch/rename osc other", "/patch/commit"]))
  }

  @Test func subscribersAreNotifiedOfEdits() {
    let rig = SessionRig()
    var heard: [OSCMessage] = []
    rig.session.perform(OSCMessage("/notify", ["on"]), from: Requester(id: 2) { heard.append($0) })
    heard = []
    rig.send("/patch/create osc sine")
    rig.send("/patch/commit")
    rig.send("/mod/osc/gain 0.25")
    rig.send("/nonsense")
    #expect(heard.map(\.address) == ["/notify/commit", "/notify/history", "/notify/param", "/notify/error"])
  }
}
