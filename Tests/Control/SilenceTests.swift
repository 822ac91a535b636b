import Control
import Engine
import PatchKit
import Testing

/// `/why`: the place where a signal ends.
@Suite struct SilenceTests {
  /// Node and reason of each finding.
  private func why(_ rig: SessionRig, _ line: String = "/why") -> [String] {
    findings(rig, line).map { "\($0[0].text!) \($0[1].text!)" }
  }
  private func findings(_ rig: SessionRig, _ line: String = "/why") -> [[OSCArgument]] {
    rig.send(line)
    rig.render(24_000, period: 480)
    let rows = rig.replies.filter { $0.address == "/why" }.map(\.arguments)
    #expect(rig.replies.last { $0.address == "/done" }?.arguments == ["/why", .int32(Int32(rows.count))])
    return rows
  }

  @Test func whyReportsAnAudiblePatch() {
    let rig = SessionRig.committed("/patch/create osc sine", "/patch/create out output", "/patch/connect osc out")
    #expect(why(rig) == ["out heard"])
    #expect(why(rig, "/why osc") == ["osc heard"])
  }

  @Test func whyFindsAnUnconnectedOutput() {
    let rig = SessionRig.committed("/patch/create osc sine", "/patch/create main output")
    #expect(why(rig) == ["main no-cable", "osc not-heard"])
    #expect(why(rig, "/why osc") == ["osc not-heard"])
    #expect(findings(rig, "/why osc")[0][3] == "/patch/connect osc main")
  }

  @Test func whyFindsLevelsAndAmountsOfZero() {
    let rig = SessionRig.committed(
      "/patch/create osc sine", "/patch/create amp gain gain 0", "/patch/create main output", "/patch/connect osc amp",
      "/patch/connect amp main")
    #expect(why(rig) == ["amp level"])
    #expect(why(rig, "/why osc") == ["amp level"])
    #expect(findings(rig)[0][3] == "/mod/amp/gain 1")
    rig.send("/mod/amp/gain 1")
    rig.send("/patch/disconnect osc amp")
    rig.send("/patch/connect osc amp 0")
    rig.send("/patch/commit")
    rig.render(9_600)
    #expect(why(rig) == ["osc amount"])
  }

  @Test func whyFindsMissingNotesAndClosedGates() {
    let rig = SessionRig.committed(
      "/patch/create keys notes", "/patch/create env adsr", "/patch/create osc saw", "/patch/create amp gain",
      "/patch/create main output", "/patch/connect keys/gate env/gate", "/patch/connect osc amp",
      "/patch/connect env amp/gain", "/patch/connect amp main")
    #expect(why(rig) == ["keys no-notes"])
    rig.send("/note/on 60 0.8")
    rig.render(9_600)
    #expect(why(rig) == ["out heard"])
    rig.send("/note/alloff")
    rig.send("/patch/disconnect keys/gate env/gate")
    rig.send("/patch/commit")
    rig.render(96_000)
    #expect(why(rig) == ["env gate-off"])
    #expect(findings(rig)[0][3] == "/mod/env/gate on")
  }

  @Test func whyFindsUncommittedNodesAndMasterVolume() {
    let rig = SessionRig.committed("/patch/create osc sine", "/patch/create main output", "/patch/connect osc main")
    rig.send("/patch/create more saw")
    #expect(why(rig, "/why more") == ["more not-committed"])
    rig.send("/engine/volume -120")
    rig.render(4_800)
    #expect(why(rig) == ["out volume"])
    rig.session.hostStatus = {
      var status = HostStatus()
      status.connectedOutputs = 0
      return status
    }
    #expect(why(rig) == ["out volume", "out not-connected"])
    #expect(why(SessionRig()) == ["out not-committed"])
  }

  @Test func whyReportsMissingAudio() {
    let rig = SessionRig.committed("/patch/create osc sine")
    var seconds: UInt64 = 1
    rig.session.clock = { seconds * 1_000_000_000 }
    rig.session.perform(OSCMessage("/why", []), from: rig.requester)
    rig.session.perform(OSCMessage("/level", []), from: rig.requester)
    seconds += 3
    rig.session.tick()
    #expect(rig.replies.contains { $0.address == "/why" && $0.arguments[1] == "no-audio" })
    #expect(rig.replies.contains { $0.address == "/fail" && $0.arguments.prefix(2) == ["/level", "no-audio"] })
  }
}
