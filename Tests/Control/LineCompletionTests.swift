import Control
import PatchKit
import Testing

@Suite struct LineCompletionTests {
  private func tree() throws -> LiveTree {
    let rig = SessionRig()
    for line in ["/patch/create osc1 sine frequency 220", "/patch/create filt1 biquad", "/snap/save verse"] {
      rig.send(line)
    }
    var tree = LiveTree()
    try tree.refresh { (request) throws(PatchError) in rig.send(request) }
    try tree.learn("delay") { (request) throws(PatchError) in rig.send(request) }
    return tree
  }

  @Test(arguments: [
    ("/patch/con", ["/patch/connect"]), ("/mo", ["/mod/"]), ("/mod/", ["/mod/filt1/", "/mod/osc1/"]),
    ("/mod/osc1/fr", ["/mod/osc1/frequency"]), ("/patch/delete ", ["filt1", "osc1"]),
    ("/patch/create echo delay-", ["delay-gate"]), ("/patch/create echo delay fee", ["feedback"]),
    ("/patch/connect osc1/", ["osc1/out"]), ("/patch/connect osc1 filt1/cu", ["filt1/cutoff"]),
    ("/mod/filt1/mode high", ["highpass", "highshelf"]), ("/snap/recall ", ["verse"]),
    ("/meter out o", ["off", "on"]), ("/at bar /patch/comm", ["/patch/commit"]),
    ("/mod/osc1/frequency 1 2 sm", ["smooth"]),
    ("/notify on transp", ["transport"]), ("/patch/delete osc1 r", ["ring"]), ("/nonsense ", []),
  ])
  func completionOffersExistingNames(line: String, words: [String]) throws {
    #expect(LineCompletion(of: line, in: try tree()).words == words)
  }

  @Test func completionOfAValueShowsTheParameter() throws {
    let hint = LineCompletion(of: "/mod/osc1/frequency ", in: try tree()).hint
    #expect(hint?.hasPrefix("frequency: 220 Hz (") == true && hint?.contains(" to ") == true, "\(hint ?? "")")
    #expect(LineCompletion(of: "/patch/create echo delay time ", in: try tree()).hint?.contains(" s (") == true)
  }

  @Test func completionLeavesFilesToTheLineEditor() throws {
    #expect(LineCompletion(of: "/patch/load ", in: try tree()).wantsFile)
  }
}
