import Control
import PatchKit
import Testing

import Web

/// JSON of requests, and the commands of guests.
@Suite struct WebJSONTests {
  @Test func argumentsOfACommandKeepTheirTypes() throws {
    let text = #"["a\u00e9\ud83c\udfb5\n", 1, -2.5e1, 3000000000, true, null, {"x": [1, {}]}]"#
    #expect(
      try WebJSON.arguments(Array(text.utf8)) == [
        "aé🎵\n", 1, .double(-25), .double(3_000_000_000), true, .nil, #"{"x": [1, {}]}"#,
      ])
    #expect(try WebJSON.arguments([]).isEmpty)
    #expect(try WebJSON.commands(Array(#"[["/a", 1], ["/b"]]"#.utf8)) == [OSCMessage("/a", [1]), OSCMessage("/b")])
  }

  @Test(arguments: [
    "{}", "[", "[1,]", "[01]", "[1 2]", "[.5]", "[1.]", "[1e]", "[1e999]", "[\"a]", "[\"\\x\"]", "[\"\\ud800\"]",
    "[nul]",
    "[[1]]", "[1] 2", "[\"\u{1}\"]", "[\"\\u0000\"]", "1", "[\"\\u+123\"]", "// []", "[{\"a\" 1}]", "[{a: 1}]", " ",
  ]) func damagedJSONIsRefused(text: String) {
    #expect(throws: PatchError.self) { try WebJSON.arguments(Array(text.utf8)) }
  }

  @Test func deepJSONIsRefusedAndNotFollowed() {
    let deep = [UInt8](repeating: UInt8(ascii: "["), count: 1_000_000)
    #expect(throws: PatchError.self) { try WebJSON.arguments(deep) }
    #expect(throws: PatchError.self) { try WebJSON.arguments([0x5b, 0xff, 0x5d]) }
  }

  @Test(arguments: [
    ("/note/on", true), ("/macro/cutoff", true), ("/patch/get", true), ("/edits", true), ("/mod/osc/gain", true),
    ("/macro/add", false), ("/patch/create", false), ("/patch/save", false), ("/quit", false), ("/record/start", false),
    ("/mod/*/gain", false), ("/at", false), ("/lane/osc/gain", false), ("/patch/undo", false),
    ("/engine/volume", false),
  ]) func guestsReadAndPlayAndNothingElse(address: String, isAllowed: Bool) {
    #expect(GuestRules.allows(OSCMessage(address)) == isAllowed)
  }

  @Test func guestsReadParametersButDoNotSetThem() {
    #expect(GuestRules.allows(OSCMessage("/mod/osc/gain", ["#id"])) && GuestRules.allows(OSCMessage("/clock")))
    #expect(!GuestRules.allows(OSCMessage("/mod/osc/gain", [0.5])) && !GuestRules.allows(OSCMessage("/clock", [120])))
  }
}
