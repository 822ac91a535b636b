import ModuleKit
import PatchKit
import Testing

/// Controllers in patches and their files.
@Suite struct MidiControlTests {
  let r = testRegistry
  private let text = """
    {
      "weft": 1,
      "voices": 1,
      "nodes": {
        "filt": { "type": "filt" },
        "osc": { "type": "tone" }
      },
      "cables": [],
      "midi": {
        "filt/cutoff": { "channel": 3, "controller": 74, "from": 2000, "to": 200 },
        "filt/q": { "controller": 1, "fine": true },
        "osc/gain": { "controller": 7 }
      }
    }

    """

  @Test func midiMappingsAreReadAndWritten() throws {
    let patch = try PatchFile.read(Array(text.utf8), in: r)
    #expect(patch.controls.count == 3 && patch.problems(in: r).isEmpty)
    #expect(
      patch.controls[PortAddress("filt", "cutoff")] == MidiControl(channel: 3, controller: 74, from: 2_000, to: 200))
    #expect(patch.controls[PortAddress("filt", "q")] == MidiControl(controller: 1, isFine: true))
    #expect(PatchFile.text(of: patch, in: r) == text)
  }

  /// The range of a pitch is wider than the travel of its knob.
  @Test func mappingAndMacroWithoutEndsSpanTheTravelOfAKnob() throws {
    let spec = r["tone"]!.inputs[0]
    #expect(spec.name == "frequency" && spec.range == 0.001...20_000 && spec.travel == 20...20_000)
    #expect(MidiControl(controller: 7).range(of: spec) == (from: 20, to: 20_000))
    #expect(MidiControl(controller: 7, from: 1, to: 2).range(of: spec) == (from: 1, to: 2))
    let target = MacroTarget(PortAddress("osc", "frequency"))
    #expect(target.value(at: 0, of: spec) == 20 && target.value(at: 1, of: spec) == 20_000)
  }

  @Test func midiMappingErrorsNameTheirPlace() {
    func errors(_ midi: String) -> String {
      fileErrors(#"{ "weft": 1, "nodes": { "osc": { "type": "tone" } }, "midi": { \#(midi) } }"#)
    }
    #expect(errors(#""osc/gain": { "controller": 7 }"#) == "")
    #expect(errors(#""osc/gian": { "controller": 7 }"#).contains("did you mean gain?"))
    #expect(errors(#""ocs/gain": { "controller": 7 }"#).contains("did you mean osc?"))
    #expect(errors(#""osc": { "controller": 7 }"#).contains("node/parameter"))
    #expect(errors(#""osc/gain": { "controller": 120 }"#).contains("0 to 119"))
    #expect(errors(#""osc/gain": { "controller": 7.5 }"#).contains("whole number"))
    #expect(errors(#""osc/gain": { "controller": 40, "fine": true }"#).contains("14 bits"))
    #expect(errors(#""osc/gain": { "controller": 4, "fine": 1 }"#).contains("true or false"))
    #expect(errors(#""osc/gain": { "controller": 4, "channel": 17 }"#).contains("1 to 16"))
    #expect(errors(#""osc/gain": { "controler": 4 }"#).contains("did you mean controller?"))
    #expect(errors(#""osc/gain": { "channel": 4 }"#).contains("names its number"))
    #expect(errors(#""osc/gain": { "controller": 4, "to": 1e9 }"#).contains("osc/gain"))
  }

  @Test func midiMappingsFollowTheirNodes() throws {
    var patch = try PatchFile.read(Array(text.utf8), in: r)
    let before = patch
    try patch.rename("filt", to: "f")
    #expect(patch.controls[PortAddress("f", "q")] != nil && patch.controls[PortAddress("filt", "q")] == nil)
    try patch.delete("f")
    #expect(patch.controls.count == 1)
    let changes = before.changes(to: patch).map(\.description)
    #expect(changes.contains("filt/q: controller 1, 14 bits -> no controller"), "\(changes)")
    try patch.setControl(nil, of: "osc/gain", in: r)
    #expect(throws: PatchError.self) { try patch.setControl(nil, of: "osc/gain", in: r) }
  }
}
