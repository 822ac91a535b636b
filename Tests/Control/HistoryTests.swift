import Control
import PatchKit
import Testing

@Suite struct HistoryTests {
  private func patch(_ rig: SessionRig) -> String { rig.send("/patch/get").first!.arguments[2].text! }

  private func rig(_ lines: [String]) -> SessionRig {
    let rig = SessionRig()
    for line in lines { rig.send(line) }
    return rig
  }

  @Test func undoAndRedoOfThreeHundredCommits() {
    let rig = SessionRig()
    var states = [patch(rig)]
    for i in 0..<300 {
      rig.send(i % 3 == 2 ? "/patch/delete n\(i - 2)" : "/patch/create n\(i) sine frequency \(100 + i)")
      #expect(rig.send("/patch/commit").last?.address == "/done")
      states.append(patch(rig))
    }
    for i in (0..<300).reversed() {
      #expect(rig.send("/patch/undo").last?.arguments.first == "/patch/undo")
      #expect(patch(rig) == states[i])
    }
    #expect(rig.failure("/patch/undo") == "nothing-to-do")
    for i in 1...300 {
      rig.send("/patch/redo")
      #expect(patch(rig) == states[i])
    }
    #expect(rig.failure("/patch/redo") == "nothing-to-do")
  }

  @Test func historyKeepsAThousandSteps() {
    let rig = rig(["/patch/create osc sine", "/patch/commit"])
    for i in 1...1_010 {
      rig.send("/patch/voices \(1 + i % 2)")
      rig.send("/patch/commit")
    }
    #expect(rig.send("/patch/history").last?.arguments[1] == 1_000)
    #expect(rig.send("/patch/history 3").count == 4)
  }

  @Test func undoKeepsThePhaseOfANodeThatStays() {
    func play(_ edits: [[String]]) -> [Float] {
      let rig = rig(["/patch/create osc sine frequency 333", "/patch/create out output", "/patch/connect osc out"])
      rig.send("/patch/commit")
      rig.render(4_800)
      for edit in edits {
        let start = rig.engine.frame
        for line in edit { rig.send(line) }
        rig.render(640 - (rig.engine.frame - start))
      }
      return rig.render(4_800)
    }
    let edited = play([["/patch/create x saw", "/patch/commit"], ["/patch/undo"], ["/patch/redo"], ["/patch/undo"]])
    #expect(edited == play([[], [], [], []]))
    #expect(edited == play([["/patch/rename osc other", "/patch/commit"], ["/patch/undo"], [], []]))
  }

  @Test func liveParameterChangesAreAnUndoStep() {
    let rig = rig(["/patch/create osc sine frequency 220", "/patch/commit"])
    for hertz in [300, 400, 500] { rig.send("/mod/osc/frequency \(hertz)") }
    rig.send("/patch/delete osc")
    rig.send("/patch/commit")
    rig.send("/patch/undo")
    #expect(rig.send("/mod/osc/frequency").last?.arguments.last == 500.0)
    rig.send("/patch/undo")
    #expect(rig.send("/mod/osc/frequency").last?.arguments.last == 220.0)
    rig.send("/patch/redo")
    #expect(rig.send("/mod/osc/frequency").last?.arguments.last == 500.0)
    // Set without a commit: undo reverts it, redo sets it again.
    rig.send("/mod/osc/frequency 700")
    rig.send("/patch/undo")
    #expect(rig.send("/mod/osc/frequency").last?.arguments.last == 500.0)
    rig.send("/patch/redo")
    #expect(rig.send("/mod/osc/frequency").last?.arguments.last == 700.0)
  }

  @Test func undoOfAParameterIsAudible() {
    let rig = rig(["/patch/create c math b 0.25", "/patch/commit"])
    rig.send("/mod/c/b 0.75")
    #expect(rig.render(48_000).last == 0.75)
    rig.send("/patch/undo")
    #expect(rig.render(48_000).last == 0.25)
  }

  @Test func newCommitClearsTheRedoList() {
    let rig = rig(["/patch/create a sine", "/patch/commit", "/patch/create b sine", "/patch/commit", "/patch/undo"])
    rig.send("/patch/create c sine")
    rig.send("/patch/commit")
    #expect(rig.failure("/patch/redo") == "nothing-to-do")
    // A commit that changes nothing is no step.
    rig.send("/patch/commit")
    #expect(rig.send("/patch/history").last?.arguments[1] == 2)
  }

  @Test func historyListsItsSteps() {
    let rig = rig([
      "/patch/create osc sine frequency 880", "/patch/create f biquad", "/patch/connect osc f 0.5", "/patch/commit",
      "/patch/rename osc lead", "/patch/commit", "/mod/lead/gain 0.5", "/patch/voices 4", "/patch/commit",
      "/patch/undo",
    ])
    let items = rig.send("/patch/history").dropLast()
    #expect(
      items.map { $0.arguments.map(\.description).joined(separator: " ") } == [
        "1 done + f (biquad); + osc (sine, frequency 880); + osc/out -> f/in 0.5", "2 done osc -> lead",
        "0 done lead/gain: default -> 0.5", "3 undone voices: 1 -> 4",
      ])
  }

  @Test func diffListsWhatACommitWouldChange() {
    let rig = rig(["/patch/create osc sine", "/patch/commit"])
    #expect(rig.send("/patch/diff") == [OSCMessage("/done", ["/patch/diff", 0])])
    rig.send("/patch/create f biquad")
    rig.send("/patch/connect osc f/cutoff 2")
    rig.send("/mod/osc/gain 0.5")
    #expect(rig.send("/patch/diff").dropLast().map { $0.arguments[0] } == ["+ f (biquad)", "+ osc/out -> f/cutoff 2"])
  }
}
