import Glibc
import PatchKit
import Testing

/// Format 2 of the patch file: places, labels, macros, frames and foreign keys.
@Suite struct FormatTwoTests {
  private let text = """
    {
      "weft": 2,
      "voices": 1,
      "nodes": {
        "filt": { "type": "filt", "at": [-20.5, 40], "label": "Low \\"pass\\"", "x-colour": "red" },
        "osc": { "type": "tone", "params": { "gain": 0.5 } }
      },
      "macros": [
        { "name": "bright", "label": "Bright", "value": 0.25, "targets": [ { "param": "filt/cutoff", "from": 100, "to": 8000, "points": [[0, 100], [0.5, 900], [1, 8000]] }, { "param": "osc/shape" } ], "x-note": 1.50 },
        { "name": "empty", "value": 0, "targets": [] }
      ],
      "frames": [
        { "label": "Voice", "rect": [0, -1, 100, 50], "collapsed": true },
        { "label": "", "rect": [0, 0, 0, 0] }
      ],
      "cables": [],
      "midi": {
        "/macro/bright": { "controller": 7 }
      },
      "snapshots": {
        "a": {
          "/macros": { "bright": 0.5 },
          "filt": { "type": "filt" }
        }
      },
      "x-page": { "zoom": 12345678901, "list": [null, true, "a"] }
    }

    """

  private func read(_ text: String) throws -> Patch { try PatchFile.read(Array(text.utf8), in: testRegistry) }

  @Test func formatTwoRoundTripsWithPlacesLabelsMacrosFramesAndForeignKeys() throws {
    let patch = try read(text)
    #expect(PatchFile.text(of: patch, in: testRegistry) == text)
    #expect(patch.nodes["filt"]?.position == NodePosition(-20.5, 40) && patch.nodes["filt"]?.label == "Low \"pass\"")
    #expect(patch.macros.map(\.name) == ["bright", "empty"] && patch.macros[0].targets.count == 2)
    #expect(patch.controls[.macro("bright")]?.controller == 7)
    #expect(patch.snapshots["a"]?.macros == ["bright": 0.5])
    #expect(patch.problems(in: testRegistry).isEmpty)
  }

  @Test func formatOneIsWrittenWhileItsKeysSuffice() throws {
    var patch = try read(text)
    (patch.macros, patch.frames, patch.extras, patch.snapshots, patch.controls) = ([], [], [:], [:], [:])
    #expect(PatchFile.text(of: patch, in: testRegistry).contains("\"weft\": 2"))
    patch.nodes["filt"] = patch.nodes["filt"]!.undrawn
    #expect(PatchFile.text(of: patch, in: testRegistry).contains("\"weft\": 1"))
  }

  @Test(arguments: [
    // One place for each: line, column, rule, nearest name.
    ("{ \"weft\": 1, \"nodes\": { \"a\": { \"type\": \"tone\", \"at\": [1, 2] } } }", "belongs to format 2"),
    ("{ \"weft\": 2, \"nodes\": { \"a.b\": { \"type\": \"tone\" } } }", "a dot is reserved"),
    ("{ \"weft\": 2, \"nodes\": { \"a\": { \"type\": \"tone\", \"at\": [1] } } }", "error: a: at is [x, y]"),
    ("{ \"weft\": 2, \"nodes\": { \"a\": { \"type\": \"tone\", \"at\": [1, 1e9] } } }", "outside"),
    ("{ \"weft\": 2, \"nodes\": { \"a\": { \"type\": \"tone\", \"lable\": \"x\" } } }", "did you mean label?"),
    ("{ \"weft\": 2, \"macro\": [] }", "did you mean macros?"),
    ("{ \"weft\": 2, \"frames\": [{ \"label\": \"a\" }] }", "a frame has a rect"),
    ("{ \"weft\": 2, \"frames\": [{ \"rect\": [0, 0, -1, 0] }] }", "not negative"),
    ("{ \"weft\": 3, \"parts\": [] }", "this program reads up to 2"),
  ]) func errorsOfFormatTwoNamePlaceAndRule(text: String, expected: String) {
    let errors = fileErrors(text)
    #expect(errors.contains(expected) && errors.hasPrefix("p:1:") && !errors.contains("\n"), "\(errors)")
  }

  @Test(arguments: [
    ("{ \"name\": \"m\", \"targets\": [{ \"param\": \"a/gian\", \"from\": 0, \"to\": 1 }] }", "did you mean gain?"),
    ("{ \"name\": \"m\", \"targets\": [{ \"param\": \"b/gain\" }] }", "there is no node \"b\""),
    ("{ \"name\": \"m\", \"targets\": [{ \"param\": \"a/gain\", \"from\": 7 }] }", "7 is outside"),
    ("{ \"name\": \"m\", \"targets\": [{ \"param\": \"a/gain\" }, { \"param\": \"a/gain\" }] }", "drives it already"),
    ("{ \"name\": \"m\", \"targets\": [{ \"param\": \"a/gain\", \"points\": [[0, 0]] }] }", "2 to 64 points"),
    ("{ \"name\": \"m\", \"targets\": [{ \"param\": \"a/gain\", \"points\": [[0, 0], [0, 1]] }] }", "ascending order"),
    ("{ \"name\": \"m\", \"targets\": [{ \"param\": \"a/gain\", \"points\": [[0, 0], [2, 1]] }] }", "0 to 1, not 2"),
    ("{ \"name\": \"m\", \"targets\": [{ \"param\": \"a/gain\", \"points\": [[0, 0], [1]] }] }", "[position, value]"),
    ("{ \"name\": \"m\", \"targets\": [{ \"param\": \"/macro/m\" }] }", "a macro drives no macro"),
    ("{ \"name\": \"m\", \"targets\": [{ \"from\": 1 }] }", "a target names its parameter"),
    ("{ \"name\": \"m\", \"value\": 1.5 }", "1.5 is outside 0 to 1"),
    ("{ \"name\": \"list\" }", "/macro/list is a command"),
    ("{ \"name\": \"1\" }", "is not a name"),
    ("{ \"value\": 1 }", "a macro has a name"),
    ("{ \"name\": \"m\", \"vlaue\": 1 }", "did you mean value?"),
    ("{ \"name\": \"m\" }, { \"name\": \"m\" }", "there is a macro m already"),
  ]) func errorsOfMacrosNamePlaceAndRule(macro: String, expected: String) {
    let text = "{ \"weft\": 2, \"nodes\": { \"a\": { \"type\": \"tone\" } },\n \"macros\": [\(macro)] }"
    let errors = fileErrors(text)
    #expect(errors.contains(expected) && errors.hasPrefix("p:2:") && !errors.contains("\n"), "\(errors)")
  }

  @Test func macroValuesFollowTheCurveThePointsAndTheChoices() throws {
    let patch = try read(text), macro = patch.macros[0]
    func values(_ x: Float) -> [ParamValue] { patch.values(of: macro, at: x, in: testRegistry).map(\.value) }
    #expect(values(0) == [.number(100), .text("sine")])
    #expect(values(0.5) == [.number(900), .text("saw")])
    #expect(values(1) == [.number(8_000), .text("square")])
    // Frequencies run evenly in octaves: half way from 100 to 900 is 300.
    guard case .number(let cutoff) = values(0.25)[0] else { return #expect(Bool(false)) }
    #expect(abs(cutoff - 300) < 0.1)
  }

  @Test func deletedAndRenamedNodesKeepTheTargetsOfMacrosRight() throws {
    var patch = try read(text)
    try patch.rename("osc", to: "tone")
    #expect(patch.macros[0].targets.map(\.param.description) == ["filt/cutoff", "tone/shape"])
    try patch.delete("filt")
    #expect(patch.macros[0].targets.map(\.param.description) == ["tone/shape"])
    #expect(patch.problems(in: testRegistry).isEmpty)
  }

  @Test func editsLeadFromAnyPatchToFormatTwoAndBack() throws {
    let patch = try read(text)
    var other = patch
    other.macros[0].value = 0.75
    other.nodes["osc"]!.position = NodePosition(1, 2)
    var emptied = patch
    try emptied.delete("filt")
    (emptied.frames, emptied.extras) = ([], ["x-b": "1"])
    for (from, to) in [(Patch(), patch), (patch, Patch()), (patch, other), (other, emptied), (emptied, patch)] {
      var copy = from
      for edit in from.edits(to: to) { try copy.apply(edit) }
      #expect(copy == to)
    }
    #expect(patch.edits(to: other).contains(.macroValue("bright", 0.75)))
  }
}
