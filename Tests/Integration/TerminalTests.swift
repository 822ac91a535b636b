import Foundation
import Testing

/// Terminals that have few columns, no colours, no UTF-8: `script` gives the program a terminal.
@Suite struct TerminalTests {
  private func run(_ words: String, columns: Int, _ environment: [String: String] = [:]) throws -> String {
    let command = "stty cols \(columns); \(WeftProcess.program.path) \(words)"
    return try WeftProcess.run(
      ["-qec", command, "/dev/null"], environment: environment, program: URL(fileURLWithPath: "/usr/bin/script")
    ).output.replacing("\r\n", with: "\n")
  }

  @Test(arguments: [40, 80]) func helpFitsTheTerminalsColumns(columns: Int) throws {
    for words in ["--help", "play --help", "render --help"] {
      let lines = try run(words, columns: columns).split(separator: "\n")
      #expect(lines.count > 10)
      // Examples are typed as they are; a word is not broken.
      let long = lines.filter { $0.count > columns && $0.contains(" ") && !$0.hasPrefix("  weft ") }
      #expect(long.isEmpty, "\(long)")
    }
  }

  @Test(arguments: [40, 80]) func listingsFitTheTerminalsColumns(columns: Int) throws {
    for words in ["modules", "modules biquad", "modules delay", "devices", "patches"] {
      let lines = try run(words, columns: columns).split(separator: "\n")
      #expect(!lines.isEmpty)
      let long = lines.filter { $0.count > columns && $0.contains(" ") && !$0.contains("/") }
      #expect(long.isEmpty, "\(words): \(long)")
    }
  }

  @Test func textIsASCIIWhereTheLocaleIsNotUTF8() throws {
    let plain = try run("play --help", columns: 80, ["LC_ALL": "C"])
    #expect(plain.utf8.allSatisfy { $0 < 0x80 } && plain.contains("[OPTION...]"))
    #expect(try run("modules biquad", columns: 80, ["LC_ALL": "C"]).contains("20 ... 20000 Hz"))
    #expect(try run("play --help", columns: 80, ["LC_ALL": "C.UTF-8"]).contains("[OPTION…]"))
  }

  @Test func coloursAreLeftOutWhereTheTerminalHasNone() throws {
    #expect(try run("nothing", columns: 80, ["TERM": "xterm", "NO_COLOR": ""]).contains("\u{1b}[31m"))
    #expect(!(try run("nothing", columns: 80, ["TERM": "dumb", "NO_COLOR": ""])).contains("\u{1b}"))
    #expect(!(try run("nothing", columns: 80, ["TERM": "xterm", "NO_COLOR": "1"])).contains("\u{1b}"))
  }
}
