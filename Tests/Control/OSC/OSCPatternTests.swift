import Control
import PatchKit
import TestSupport
import Testing

@Suite struct OSCPatternTests {
  private static let table: [(String, match: [String], not: [String])] = [
    ("/mod/osc1/cutoff", ["/mod/osc1/cutoff"], ["/mod/osc1", "/mod/osc1/cutoff2", "/mod/osc2/cutoff"]),
    ("/mod/*/cutoff", ["/mod/osc1/cutoff", "/mod//cutoff"], ["/mod/a/b/cutoff", "/mod/cutoff"]),
    ("/mod/osc?/gain", ["/mod/osc1/gain"], ["/mod/osc/gain", "/mod/osc12/gain", "/mod/osc//gain"]),
    ("/mod/osc[1-3]/gain", ["/mod/osc1/gain", "/mod/osc3/gain"], ["/mod/osc4/gain", "/mod/osc/gain"]),
    ("/mod/osc[3-1]/gain", ["/mod/osc2/gain"], ["/mod/osc0/gain"]),
    ("/mod/osc[!1-3]/gain", ["/mod/osc4/gain"], ["/mod/osc1/gain", "/mod/osc//gain"]),
    ("/a[b-]c", ["/abc", "/a-c"], ["/acc"]),
    ("/a[a!]", ["/a!", "/aa"], ["/ab"]),
    ("/{osc,filt}1/x", ["/osc1/x", "/filt1/x"], ["/1/x", "/oscfilt1/x", "/env1/x"]),
    ("/{a,}b", ["/ab", "/b"], ["/aab"]),
    ("/{a,ab}{bc,c}", ["/abc", "/abbc", "/ac"], ["/a", "/abbcc"]),
    ("//cutoff", ["/cutoff", "/mod/cutoff", "/mod/a/cutoff"], ["/mod/acutoff", "/cutoff/a"]),
    ("/mod//gain", ["/mod/gain", "/mod/a/gain", "/mod/a/b/gain"], ["/mode/gain", "/mod/again"]),
    ("/mod//*", ["/mod/a", "/mod/a/b"], ["/mod"]),
    ("/*", ["/", "/status"], ["/note/on"]),
    ("/*a*b*", ["/ab", "/xaxbx"], ["/ba"]),
  ]

  @Test(arguments: table) func addressPatternsMatchAsSpecified(pattern: String, match: [String], not: [String]) throws {
    let pattern = try OSCPattern(pattern)
    for address in match { #expect(pattern.matches(address), "\(address)") }
    for address in not { #expect(!pattern.matches(address), "\(address)") }
  }

  @Test func wildcardsMakeAPattern() throws {
    for text in ["/a*", "/a?", "/[a]", "/{a}", "//a", "/a//b"] { #expect(OSCPattern.isPattern(text)) }
    for text in ["/", "/a", "/a/b-c_d"] { #expect(!OSCPattern.isPattern(text)) }
  }

  @Test(arguments: ["/[a", "/{a,b", "/a]", "/a}", "/[]", "/[!]", "/" + String(repeating: "*", count: 1_024)])
  func brokenPatternsAreRefused(text: String) { #expect(throws: PatchError.self) { try OSCPattern(text) } }

  /// A backtracking matcher takes seconds to years for these patterns.
  @Test func exponentialPatternsMatchQuickly() throws {
    let address = "/" + String(repeating: "a", count: 64)
    let bombs = [
      "/" + String(repeating: "*a", count: 15) + "b", "/" + String(repeating: "*", count: 1_000) + "b",
      String(repeating: "//a", count: 300), "/" + String(repeating: "{a,a}", count: 200) + "b",
    ]
    for bomb in bombs {
      let pattern = try OSCPattern(bomb)
      let time = processorTime { #expect(!pattern.matches(address)) }
      #expect(time < .milliseconds(500), "\(bomb.prefix(20)): \(time)")
    }
  }
}
