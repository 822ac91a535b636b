import Foundation
import Testing

@Suite struct CommandLineTests {
  static let commands = [
    "play", "render", "check", "convert", "patches", "modules", "module", "plan", "send", "repl", "watch",
    "completions",
    "man",
  ]

  @Test func helpIsQuickAndComplete() throws {
    // The best of several: other programs share the processor.
    let runs = try (0..<8).map { _ in try WeftProcess.run("--help") }
    #expect(runs.allSatisfy { $0.status == 0 && $0.errors.isEmpty })
    for command in Self.commands { #expect(runs[0].output.contains("  \(command) ")) }
    #expect(runs.map(\.seconds).min()! < 1, "\(runs.map(\.seconds)) s")
  }

  @Test(arguments: commands) func everyCommandHasHelp(command: String) throws {
    let run = try WeftProcess.run(command, "--help")
    #expect(run.status == 0)
    #expect(run.output.hasPrefix("Usage: weft \(command)"))
    #expect(try WeftProcess.run("help", command).output == run.output)
  }

  @Test func versionIsData() throws {
    let run = try WeftProcess.run("--version")
    #expect(run.status == 0 && run.output.hasPrefix("weft ") && run.errors.isEmpty)
  }

  @Test(arguments: [
    ([], "COMMAND is missing"), (["rendr"], "did you mean render?"), (["modules", "--jsn"], "did you mean --json?"),
    (["render"], "PATCH is missing"), (["render", "a.json", "--seconds"], "--seconds needs a value"),
    (["render", "a.json", "--seconds=-1"], "takes a number from"),
    (["render", "a.json", "b.json"], "one word too many"),
    (["play", "--server", "non"], "did you mean none?"), (["modules", "--json=1"], "takes no value"),
    (["play", "--osc", "0.0.0.0:0"], "add --allow-remote"), (["play", "--osc", "host:0"], "add --allow-remote"),
    (["completions", "csh"], "bash, zsh or fish"), (["modules", "-x"], "no option -x"),
  ])
  func wrongUsageIsExplained(words: [String], message: String) throws {
    let run = try WeftProcess.run(words)
    #expect(run.status == 2 && run.output.isEmpty)
    #expect(run.errors.contains(message), "\(run.errors)")
  }

  @Test func noColourWithoutATerminal() throws {
    #expect(!(try WeftProcess.run("nothing")).errors.contains("\u{1b}"))
  }
}

@Suite struct ModulesCommandTests {
  @Test func listsAsJSON() throws {
    let run = try WeftProcess.run("modules", "--json")
    let list = try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [[String: Any]]
    let sine = try #require(list?.first { $0["name"] as? String == "sine" })
    let inputs = try #require(sine["inputs"] as? [[String: Any]])
    #expect(inputs.first?["name"] as? String == "frequency")
    #expect(inputs.first?["default"] as? Double == 440)
  }

  @Test func everyListingNamesEveryModule() throws {
    let names = try WeftProcess.run("modules", "--names").output.split(separator: "\n")
    #expect(!names.isEmpty)
    let overview = try WeftProcess.run("modules").output
    let markdown = try WeftProcess.run("modules", "--markdown").output
    for name in names {
      #expect(overview.contains("  \(name) "))
      #expect(markdown.contains("### \(name)\n"))
    }
  }

  @Test func everyLinkedModuleIsAccepted() throws { #expect(try WeftProcess.run("modules").errors.isEmpty) }

  @Test func anUnknownModuleFails() throws {
    let run = try WeftProcess.run("modules", "sime")
    #expect(run.status == 1 && run.errors.contains("did you mean sine?"))
  }
}

@Suite struct CompletionTests {
  @Test func bashAcceptsTheCompletions() throws {
    let script = try WeftProcess.run("completions", "bash").output
    let check = try WeftProcess.run("-n", program: URL(fileURLWithPath: "/bin/bash"), input: script)
    #expect(check.status == 0 && check.errors.isEmpty, "\(check.errors)")
  }

  @Test(arguments: [
    ("weft ren", 1, "render"), ("weft render --sec", 2, "--seconds"), ("weft play --server d", 3, "dummy"),
  ])
  func bashCompletes(words: String, place: Int, completed: String) throws {
    let script = try WeftProcess.run("completions", "bash").output
    let drive = script + "\nCOMP_WORDS=(\(words)); COMP_CWORD=\(place); _weft; echo \"${COMPREPLY[@]}\"\n"
    let run = try WeftProcess.run(program: URL(fileURLWithPath: "/bin/bash"), input: drive)
    #expect(run.output == completed + "\n", "\(run.errors)")
  }

  @Test func completionsOfEveryShellHaveEveryOption() throws {
    for shell in ["bash", "zsh", "fish"] {
      let script = try WeftProcess.run("completions", shell).output
      for name in ["no-connect", "seconds", "markdown", "dot", "timeout"] { #expect(script.contains(name)) }
    }
  }

  @Test func theManualHasEveryCommand() throws {
    let page = try WeftProcess.run("man").output
    for command in CommandLineTests.commands { #expect(page.contains(".It Cm \(command)")) }
  }
}
