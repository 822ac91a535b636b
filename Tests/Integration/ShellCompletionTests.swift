import Foundation
import Testing

/// Words that the shells complete after `weft send`.
@Suite(.serialized) struct ShellCompletionTests {
  private static let folder = WeftProcess.program.deletingLastPathComponent().path

  @Test(arguments: [
    ("/patch/comm", "/patch/commit"), ("/midi/lea", "/midi/learn"), ("/mod/osc/freq", "/mod/osc/frequency"),
    ("/patch/create x sin", "sine"),
  ])
  func bashCompletesAddressesAndLiveNamesAfterSend(words: String, completed: String) throws {
    let weft = try PlayingWeft()
    #expect(try weft.send("/patch/create", "osc", "sine").status == 0)
    let script = try WeftProcess.run("completions", "bash").output
    let typed = "weft send --osc \(weft.port) \(words)", place = typed.split(separator: " ").count - 1
    let drive = """
      PATH=\(Self.folder):$PATH
      \(script)
      COMP_WORDS=(\(typed)); COMP_CWORD=\(place); _weft; echo "${COMPREPLY[@]}"

      """
    let run = try WeftProcess.run(program: URL(fileURLWithPath: "/bin/bash"), input: drive)
    #expect(run.output == completed + "\n", "\(run.errors)")
    #expect(weft.end(SIGTERM).status == 0)
  }

  @Test func addressesAreCompletedWhereNoWeftPlays() throws {
    let run = try WeftProcess.run("send", "--complete", "--osc", "\(freePort())", "/patch/un")
    #expect(run.status == 0 && run.output == "/patch/undo\n" && run.errors.isEmpty, "\(run.output)\(run.errors)")
  }

  @Test(.enabled(if: access("/usr/bin/fish", X_OK) == 0, "fish is not installed"))
  func fishCompletesAddressesAfterSend() throws {
    let script = try WeftProcess.run("completions", "fish").output
    let drive = "set -x PATH \(Self.folder) $PATH\n\(script)\ncomplete -C 'weft send --osc 1 /patch/comm'\n"
    let run = try WeftProcess.run("--no-config", program: URL(fileURLWithPath: "/usr/bin/fish"), input: drive)
    #expect(run.output.hasPrefix("/patch/commit"), "\(run.output)\(run.errors)")
  }

  @Test(.enabled(if: access("/usr/bin/zsh", X_OK) == 0, "zsh is not installed")) func zshAcceptsTheCompletions() throws
  {
    let script = try WeftProcess.run("completions", "zsh").output
    let run = try WeftProcess.run("-fn", program: URL(fileURLWithPath: "/usr/bin/zsh"), input: script)
    #expect(run.status == 0 && run.errors.isEmpty, "\(run.errors)")
  }
}
