import Control
import Testing

/// A commit that makes everything silent reports the reason in its reply.
@Suite struct SilentCommitTests {
  @Test func silentCommitIsReported() {
    let rig = SessionRig()
    for line in ["/patch/create osc sine", "/patch/create out output", "/patch/connect osc out"] { rig.send(line) }
    #expect(rig.send("/patch/commit").last?.arguments.count == 3)
    rig.send("/patch/disconnect osc out")
    #expect(rig.send("/patch/commit").last?.arguments.last?.text?.hasPrefix("silent: no cable leads to out") == true)
    rig.send("/patch/delete out")
    #expect(rig.send("/patch/commit").last?.arguments.count == 3)
    rig.send("/patch/create d delay")
    rig.send("/patch/connect osc d")
    rig.send("/patch/connect d d")
    let answer = rig.send("/patch/commit").last
    #expect(answer?.arguments.last?.text?.hasPrefix("silent: every node feeds another") == true, "\(answer!)")
    rig.send("/patch/create o output")
    rig.send("/patch/connect d o")
    #expect(rig.send("/patch/commit").last?.arguments.count == 3)
    rig.send("/patch/clear")
    #expect(rig.send("/patch/commit").last?.arguments.last == "silent: the patch has no nodes")
  }

  /// A level of 0 or a cable with an amount of 0 on every path to the output.
  @Test func commitThatClosesEveryPathIsReported() {
    let rig = SessionRig()
    func warning(_ lines: String...) -> String? {
      for line in lines { #expect(rig.send(line).last?.address == "/done", "\(line)") }
      let text = rig.send("/patch/commit").last?.arguments.last?.text
      return text?.hasPrefix("silent: ") == true ? text : nil
    }
    #expect(
      warning(
        "/patch/create osc saw", "/patch/create amp gain", "/patch/create desk mix", "/patch/create out output",
        "/patch/connect osc amp", "/patch/connect amp desk/in2", "/patch/connect desk out",
        "/patch/connect desk out/right"
      ) == nil)
    #expect(warning("/mod/amp/gain 0")?.hasPrefix("silent: amp/gain closes the path") == true)
    // Another path is open.
    #expect(warning("/patch/create noise noise", "/patch/connect noise desk/in3") == nil)
    #expect(warning("/mod/desk/gain3 0")?.hasPrefix("silent: ") == true)
    #expect(warning("/mod/amp/gain 1") == nil)
    #expect(warning("/mod/desk/gain2 0")?.contains("/mod/desk/gain2 1 opens it") == true)
    #expect(warning("/mod/desk/gain2 1", "/patch/delete noise", "/mod/osc/gain 0")?.contains("osc/gain closes") == true)
    // An envelope cannot open a gain that it scales by 0.
    #expect(
      warning("/mod/osc/gain 1", "/mod/amp/gain 0", "/patch/create env adsr", "/patch/connect env amp/gain")?
        .contains("amp/gain closes") == true)
    #expect(warning("/mod/amp/gain 1", "/mod/out/level 0")?.contains("/mod/out/level 1 opens it") == true)
    #expect(
      warning("/mod/out/level 1", "/patch/disconnect amp desk/in2", "/patch/connect amp desk/in2 0")?
        .contains("amp/out -> desk/in2 has an amount of 0") == true)
    // Without an output node each node that feeds no other is heard.
    #expect(warning("/patch/clear", "/patch/create osc sine gain 0")?.contains("osc/gain closes") == true)
  }

  @Test func silentPatchIsReportedWhenItIsLoadedOrSet() {
    let rig = SessionRig()
    let loop = """
      {"weft":1,"nodes":{"a":{"type":"delay"},"b":{"type":"delay"}},"cables":[["a","b"],["b","a"]]}
      """
    let answer = rig.send(OSCMessage("/patch/set", [.string(loop)])).last
    #expect(answer?.arguments.last?.text?.hasPrefix("silent: every node feeds another") == true, "\(answer!)")
    let heard = rig.send(OSCMessage("/patch/set", [.string(loop.replacing(",[\"b\",\"a\"]", with: ""))])).last
    #expect(heard?.address == "/done" && heard?.arguments.count == 2, "\(heard!)")
  }
}
