import Foundation
import TestSupport
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

  /// In an interactive zsh, by the key Tab.
  @Test(.enabled(if: access("/usr/bin/zsh", X_OK) == 0, "zsh is not installed"))
  func zshCompletesAddressesAndLiveNamesAfterSend() throws {
    let weft = try PlayingWeft(), folder = try TemporaryFolder()
    #expect(try weft.send("/patch/create", "osc", "sine").status == 0)
    let script = try WeftProcess.run("completions", "zsh").output
    try Data(script.utf8).write(to: URL(fileURLWithPath: folder.path + "/_weft"))
    // Each line ends in a tab; then all is printed that zsh has shown, until a shown line is complete.
    let drive = """
      zmodload zsh/zpty
      zpty z "env PATH=\(Self.folder):$PATH HOME=\(folder.path) zsh -f -i"
      zpty -w z 'fpath=(\(folder.path) $fpath); autoload -U compinit; compinit -u -D; echo re''ady'
      shown() {
        local out= piece
        repeat 200; do
          while zpty -rt z piece; do out+=$piece; done
          [[ $out == *$1* ]] && { echo "$1"; return }
          sleep 0.1
        done
        print -r -- "not shown: $1 in $out"
      }
      shown ready
      complete() { zpty -w -n z "weft send --osc \(weft.port) $1"$'\\t'; shown "$2"; zpty -w -n z $'\\x15'; }
      complete /patch/conn /patch/connect
      complete /mod/osc/freq /mod/osc/frequency
      zpty -d z

      """
    let run = try WeftProcess.run("-f", program: URL(fileURLWithPath: "/usr/bin/zsh"), input: drive)
    #expect(run.output == "ready\n/patch/connect\n/mod/osc/frequency\n", "\(run.output)\(run.errors)")
    #expect(weft.end(SIGTERM).status == 0)
  }
}
