import Foundation
import TestSupport
import Testing

/// Commands that ask a running weft, and what it prints of others.
@Suite struct RunningCommandTests {
  private let files: ExampleFiles
  private let weft: PlayingWeft

  init() throws {
    files = try ExampleFiles()
    weft = try PlayingWeft(files.sine, root: nil)
  }

  private func run(_ words: String...) throws -> WeftProcess {
    try WeftProcess.run(words + ["--osc", "\(weft.port)"])
  }

  @Test func patchOfARunningWeftIsPrintedAndReadAgain() throws {
    #expect(try weft.send("/patch/create", "more", "saw").status == 0)
    let text = try run("patch")
    #expect(text.status == 0 && text.output.contains("\"more\""), "\(text.output)")
    try files.write(text.output, to: "copy.json")
    #expect(try WeftProcess.run("check", files["copy.json"]).status == 0)
    let plan = try run("plan", "--running", "--dot")
    #expect(plan.status == 0 && plan.output.contains("digraph") && plan.output.contains("\"more\""), "\(plan.errors)")
    #expect(try WeftProcess.run("plan").status == 2)
  }

  @Test func whyExplainsSilenceOfARunningWeft() throws {
    #expect(try weft.send("/patch/disconnect", "osc", "out").status == 0)
    #expect(try weft.send("/patch/commit").status == 0)
    let why = try run("why")
    #expect(why.status == 0 && why.output.contains("out"), "\(why.output)\(why.errors)")
    let nobody = try WeftProcess.run("why", "--osc", "\(try freePort())")
    #expect(nobody.status == 1 && nobody.errors.contains("weft play"), "\(nobody.errors)")
  }

  @Test func watchMeterSubscribesAndShowsDecibels() throws {
    let shell = "timeout 5 \(WeftProcess.program.path) watch meter out osc --osc \(weft.port) | head -n 4"
    let run = try WeftProcess.run("-c", shell, program: URL(fileURLWithPath: "/bin/sh"))
    #expect(run.output.contains("out: peak -") && run.output.contains("osc: peak -"), "\(run.output)\(run.errors)")
  }

  @Test func refusedRequestsOfOthersAreReportedWithTheirSender() throws {
    for _ in 0..<40 { _ = try? LibloClient(port: weft.port).call("/patch/create", "x", "nonsense") }
    #expect(eventually { weft.messages.contains("/patch/create") && weft.messages.contains("nonsense") })
    #expect(weft.messages.split(separator: "nonsense").count < 40)
    #expect(eventually { weft.messages.contains("more refused requests") }, "\(weft.messages)")
    _ = try weft.send("/patch/create", "x", "rubbish")
    #expect(
      eventually { weft.messages.contains(/tcp 127\.0\.0\.1:\d+: \/patch\/create: .*rubbish/) }, "\(weft.messages)")
  }

  @Test func portInUseNamesTheOtherWeftAndTheOption() throws {
    let other = try WeftProcess.run("play", "--server", "none", "--osc", "\(weft.port)")
    #expect(
      other.status != 0 && other.errors.contains("--osc")
        && other.errors.contains(/by another weft \(version [0-9.]+\)/),
      "\(other.errors)")
  }

  @Test func watchOfAProbeNeedsAParameter() throws {
    let probe = try run("watch", "probe")
    #expect(probe.status == 2 && probe.errors.contains("ID/PARAM"), "\(probe.errors)")
    for words in [["send", "/status"], ["repl"], ["watch"], ["patch"]] {
      let silent = try WeftProcess.run(words + ["--osc", "\(try freePort())"])
      #expect(silent.status == 1 && silent.errors.contains("start weft play"), "\(words): \(silent.errors)")
    }
  }

  /// Nothing can be made below /proc, by root either.
  @Test func foldersThatCannotBeWrittenAreNamedWithTheRemedy() throws {
    let home = ["HOME": "/proc", "XDG_STATE_HOME": "", "XDG_DATA_HOME": ""]
    let other = try PlayingWeft(root: nil, ["bass"], environment: home)
    for text in ["nothing can be saved", "edits are not kept", "XDG_DATA_HOME", "XDG_STATE_HOME"] {
      #expect(other.messages.contains(text), "\(text): \(other.messages)")
    }
    for words in [["/patch/save", "x.json"], ["/record/start", "x.wav"], ["/preset/save", "out", "x"]] {
      let reply = try WeftProcess.run(["send", "--osc", "\(other.port)"] + words)
      #expect(reply.status == 1 && reply.output.contains("/proc/.local/share/weft"), "\(words): \(reply.output)")
    }
    let missing = try other.send("/patch/load", "nosuch.json")
    #expect(missing.output.contains("nosuch.json: "), "\(missing.output)")
    let web = try WeftProcess.run(
      ["play", "--server", "none", "--osc", "0", "--web", "127.0.0.1:\(try freePort())"], environment: home)
    #expect(web.status != 0 && web.errors.contains("XDG_STATE_HOME"), "\(web.errors)")
  }

  @Test func failuresOfAScoreArePrintedWithTheirLines() throws {
    try files.write("0 /mod/nobody/gain 1\n\n0.1 /patch/create x nonsense\n", to: "bad.score")
    let other = try PlayingWeft(files.sine, root: nil, ["--score", files["bad.score"]])
    for text in ["score line 1: ", "score line 3: "] {
      #expect(eventually { other.messages.contains(text) }, "\(other.messages)")
    }
    #expect(other.messages.split(separator: "score line").count == 3, "\(other.messages)")
  }

  @Test func placesThatCannotBeListenedOnSaySo() throws {
    // 192.0.2.0/24 is for documentation: no machine has it.
    let foreign = try WeftProcess.run("play", "--server", "none", "--allow-remote", "--osc", "192.0.2.1:17499")
    #expect(foreign.status != 0 && foreign.errors.contains("no such address"), "\(foreign.errors)")
    #expect(!foreign.errors.contains("another port"), "\(foreign.errors)")
  }

  @Test func foldersAreRefusedWithTheirPath() throws {
    for words in [["check", "/tmp"], ["render", "/tmp", "-o", "-"], ["play", "/tmp"]] {
      let run = try WeftProcess.run(words)
      #expect(run.status == 3 && run.errors.contains("/tmp: error: this is a folder"), "\(words): \(run.errors)")
    }
    let device = try WeftProcess.run("play", "--server", "dummy", "--device", "PCH")
    #expect(device.status == 2 && device.errors.contains("--device"), "\(device.errors)")
  }

  @Test func notesHaveNames() throws {
    let keys = try files.write(
      """
      { "weft": 1, "nodes": { "keys": { "type": "notes" }, "out": { "type": "output" } },
        "cables": [ ["keys/gate", "out"] ] }
      """, to: "keys.json")
    let other = try PlayingWeft(keys, root: nil)
    #expect(try other.send("/note/on", "C#4", "0.8").status == 0)
    #expect(try other.send("/note/off", "C#4").status == 0)
    let refused = try other.send("/note/on", "H4", "0.8")
    #expect(refused.status == 1 && refused.output.contains("C4"), "\(refused.output)")
  }
}
