import Glibc
import ModuleKit
import PatchKit
import Testing

/// The errors that reading `text` gives, one a line; "" for none.
func fileErrors(_ text: String, allowMissing: Bool = false) -> String {
  do {
    _ = try PatchFile.read(Array(text.utf8), file: "p", in: testRegistry, allowMissing: allowMissing)
    return ""
  } catch {
    return error.description
  }
}

let exampleText = """
  {
    "weft": 1,
    "name": "Two tones \\"and\\" a filter",
    "about": "Ünïcode\\n\\u0001 and a tab\\t",
    "voices": 8,
    "nodes": {
      "filt": { "type": "filt", "params": { "cutoff": 400, "hard": true, "q": 0.1 } },
      "osc": { "type": "tone", "params": { "shape": "saw" } },
      "osc2": { "type": "tone" }
    },
    "cables": [
      ["filt", "osc/phase", -1e-05],
      ["osc", "filt"],
      ["osc/side", "filt/cutoff", 0.25],
      ["osc2", "osc"]
    ]
  }

  """

@Suite struct PatchFileTests {
  let r = testRegistry

  @Test func patchFileLayoutRoundTrips() throws {
    let patch = try PatchFile.read(Array(exampleText.utf8), in: r)
    #expect(patch.voices == 8 && patch.nodes.count == 3 && patch.cables.count == 4)
    #expect(patch.about == "Ünïcode\n\u{1} and a tab\t")
    #expect(patch.nodes["osc"]?.params == ["shape": .text("saw")])
    #expect(patch.cables[Cable(PortAddress("osc", "out"), PortAddress("filt", "in"))] == 1)
    #expect(patch.problems(in: r).isEmpty)
    #expect(PatchFile.text(of: patch, in: r) == exampleText)
    #expect(
      PatchFile.text(of: Patch(), in: r)
        == "{\n  \"weft\": 1,\n  \"voices\": 1,\n  \"nodes\": {},\n  \"cables\": []\n}\n")
  }

  @Test func readerAcceptsCommentsAndTrailingCommas() throws {
    let text = """
      \u{feff}// a comment
      { /* several
           lines */ "cables": [["a", "b",],], // before its nodes
        "nodes": { "b": {"params": {"hard": 1, "q": 2.50}, "type": "filt",},
          "a": {"type": "tone", "params": {"shape": 1, "gain": 0.5, "sync": 0}}, },
        "name": "\\u00e9\\ud83c\\udfb5\\/", "weft": 1.0, }\r
      // the end
      """
    let patch = try PatchFile.read(Array(text.utf8), in: r)
    #expect(patch.name == "é🎵/")
    #expect(patch.voices == 1)
    #expect(patch.nodes["a"]?.params == ["shape": .text("saw"), "gain": .number(0.5), "sync": .bool(false)])
    #expect(patch.nodes["b"]?.params == ["hard": .bool(true), "q": .number(2.5)])
  }

  @Test func allErrorsAreReportedAtOnce() {
    let text = """
      {
        "weft": 1,
        "voice": 4,
        "voices": 0.5,
        "name": 3,
        "nodes": {
          "osc": { "type": "tone", "params": { "frequncy": 3, "gain": 7, "shape": "sow", "steps": null } },
          "osc": { "type": "tone" },
          "2x": { "type": "filt" },
          "f": { "type": "flit", "param": {} },
          "g": { "params": {} },
          "h": ["filt"],
          "s": { "type": "sink" }
        },
        "cables": [
          ["osc", "f/anything"],
          ["ocs", "s"],
          ["osc", "s/inn"],
          ["s", "osc"],
          ["osc", "osc/shape"],
          ["osc", "s", "loud"],
          ["osc", "osc"],
          ["osc", "s"], ["osc/out", "s/in", 2],
          ["osc"],
          "osc -> s"
        ]
      }
      """
    #expect(
      fileErrors(text) == """
        p:3:3: error: a patch has no key "voice", only weft, name, about, voices, tuning, nodes, cables, midi, snapshots, macros, frames, compensation; did you mean voices?
        p:4:13: error: voices: 0.5 is not a whole number from 1 to 512
        p:5:11: error: the name is a text, not a number
        p:7:42: error: osc/frequncy: tone has no parameter "frequncy"; did you mean frequency?
        p:7:65: error: osc/gain: 7 is outside 0 to 1
        p:7:77: error: osc/shape: "sow" is not one of sine, saw, square; did you mean saw?
        p:7:93: error: osc/steps: a parameter is a number, a text, true or false, not null
        p:8:5: error: duplicate key "osc" (first defined on line 7)
        p:9:5: error: 2x: "2x" is not an id: a letter, then at most 31 letters, digits, _ or -
        p:10:20: error: f: there is no module "flit"; did you mean filt?
        p:10:28: error: f: a node has no key "param", only type, params, at, label; did you mean params?
        p:11:10: error: g: a node names its module: "type": "..."
        p:12:10: error: h: a node is an object { ... }, not a list of 1
        p:17:6: error: ocs: there is no node "ocs"; did you mean osc?
        p:18:13: error: s/inn: sink has no input "inn"; did you mean s/in?
        p:19:6: error: s: sink has no output for a cable
        p:20:13: error: osc/shape: shape of tone is a setting: no cable can end there
        p:21:18: error: cables: the amount of a cable is a number, not a text
        p:22:5: error: osc/out -> osc/frequency: tone has no delay, so it cannot feed itself: \
        put a delay or a feedback into the loop
        p:23:19: error: osc/out -> s/in: duplicate cable
        p:24:5: error: cables: a cable is ["source", "destination"] or ["source", "destination", amount], \
        not a list of 1
        p:25:5: error: cables: a cable is ["source", "destination"] or ["source", "destination", amount], not a text
        """)
  }

  @Test(arguments: [
    ("", "p:1:1: error: the file is empty: a patch is { \"weft\": 1, ... }"),
    (" // nothing\n", "p:2:1: error: the file is empty: a patch is { \"weft\": 1, ... }"),
    ("[]", "p:1:1: error: a patch is an object { ... }, not a list of 0"),
    ("{}", "p:1:1: error: a patch begins with its format: \"weft\": 1"),
    ("{\"weft\": 3, \"noodles\": 1}", "p:1:10: error: weft: the file has format 3; this program reads up to 2"),
    ("{\"weft\": 0}", "p:1:10: error: weft: there is no format 0; formats begin with 1"),
    ("{\"weft\": 1} x", "p:1:13: error: the patch has ended: nothing but comments may follow"),
    ("{\"weft\": 1 \"voices\": 2}", "p:1:12: error: a comma is expected here, not \"\"\""),
    ("{weft: 1}", "p:1:2: error: a key is written in quotes: \"weft\""),
    ("{\"weft\" 1}", "p:1:9: error: a colon is expected after the key\np:1:1: error: "),
    ("{\"weft\": 1,, \"voices\": 2}", "p:1:12: error: a value is missing before this comma"),
    ("{\"weft\": 01}", "p:1:10: error: \"01\" is not a number"),
    ("{\"weft\": 1, \"voices\": NaN}", "p:1:23: error: \"NaN\" is not a value: a text is written in quotes"),
    ("{\"weft\": 1, \"voices\": 1e99}", "p:1:23: error: the number \"1e99\" is too large"),
    ("{\"weft\": 1, \"voices\": 3e38}", "p:1:23: error: voices: 3e+38 is not a whole number from 1 to 512"),
    ("{\"weft\": 1, \"voices\": }", "p:1:23: error: a value is expected here, not \"}\""),
    (
      "{\"weft\": 1, \"name\": \"a\\q\\ud800\"}",
      "p:1:23: error: no such escape: \\ is followed by one of \" \\ / b f n r t u"
    ),
    ("{\"weft\": 1, \"name\": \"a\u{1}\"}", "p:1:23: error: a control character in a text is written \\u0001"),
    ("{\"weft\": 1, \"nodes\": [}", "p:1:23: error: ] is expected here: it closes the list that line 1 begins"),
    ("{\"weft\": 1,\n\"nodes\": {", "p:2:11: error: the file ends inside the object that line 2 begins"),
    ("{\"weft\": 1} /* ", "p:1:13: error: the comment is not closed by */"),
    ("{\"weft\": 1, \"name\": \"ab", "p:1:21: error: the file ends inside a text"),
    ("{\"weft\": 1}\0", "p:1:12: error: the file is not text: it has a zero byte"),
  ])
  func syntax(_ text: String, _ error: String) {
    let found = fileErrors(text).split(separator: "\n")
    // Some texts have a second error; only the first expected line is checked.
    #expect(found.contains(error.split(separator: "\n")[0]), "\(found)")
  }

  @Test func readerRecoversFromSyntaxErrors() {
    let text = """
      {
        "weft": 1,
        "name": "not closed,
        "voices": 900,
        "nodes": {
          "a": { "type" "tone" },
          "b": { "type": "tone", "params": { "gain": 2 } }
          "c": { "type": tone }
        },
        "cables": [["a", "b"], ["lost", "b"], ["b", "c"] ["c", "b/ou"]]
      }
      """
    #expect(
      fileErrors(text) == """
        p:3:11: error: the text is not closed by " on its line
        p:4:13: error: voices: 900 voices are outside 1 to 512
        p:6:19: error: a colon is expected after the key
        p:7:48: error: b/gain: 2 is outside 0 to 1
        p:8:5: error: a comma is expected here, not \"\"\"
        p:8:20: error: "tone" is not a value: a text is written in quotes
        p:10:27: error: lost: there is no node "lost"
        p:10:52: error: a comma is expected here, not "["
        p:10:58: error: b/ou: tone has no input "ou"
        """)
  }

  @Test func filesThatAreNotTextAreRefused() {
    func first(_ bytes: [UInt8]) -> String {
      do {
        _ = try PatchFile.read(bytes, file: "p", in: r)
        return ""
      } catch {
        return error.description
      }
    }
    #expect(first([0xff, 0xfe, 0x7b, 0]) == "p:1:1: error: the file is UTF-16: save it as UTF-8")
    #expect(
      first(Array("{\"weft\": 1,\n\"name\": \"".utf8) + [0xc3, 0x28]) == "p:2:10: error: this byte is not UTF-8 text")
    #expect(first((0..<200).map { UInt8($0) }).hasPrefix("p:3:115: error: this byte is not UTF-8 text"))
  }

  @Test func placeholdersOfMissingModulesAreKept() throws {
    let text = """
      {
        "weft": 1,
        "voices": 1,
        "nodes": {
          "far": { "type": "wormhole", "params": { "depth": 2.5, "kind": "deep", "open": true } },
          "osc": { "type": "tone" }
        },
        "cables": [
          ["far", "osc/gain"],
          ["far/left", "osc"],
          ["osc", "far", 0.5],
          ["osc", "far/mass"]
        ]
      }

      """
    #expect(fileErrors(text) == "p:5:22: error: far: there is no module \"wormhole\"")
    var patch = try PatchFile.read(Array(text.utf8), in: r, allowMissing: true)
    #expect(patch.nodes["far"]?.isMissing(in: r) == true)
    #expect(patch.problems(in: r).isEmpty)
    #expect(PatchFile.text(of: patch, in: r) == text)
    try patch.setParam("far", "depth", .number(3), in: r)
    try patch.connect("osc/side", "far/anything", in: r)
    try patch.disconnect("far", "osc/gain", in: r)
    try patch.rename("far", to: "near")
    #expect(patch.problems(in: r).isEmpty)
    #expect(refusal(patch) { try $0.setParam("near", "depth", .number(.nan), in: r) }.hasPrefix("range"))
    patch.nodes["near"]?.isPlaceholder = false
    #expect(patch.problems(in: r).map(\.description) == ["near: there is no module \"wormhole\""])
  }
}
