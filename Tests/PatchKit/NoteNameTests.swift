import ModuleKit
import Modules
import PatchKit
import Testing

/// Names of keys as values of pitches.
@Suite struct NoteNameTests {
  private let registry = Registry.linked()

  @Test func pitchesTakeNoteNames() throws {
    let text = """
      { "weft": 1, "nodes": {
          "seq": { "type": "sequencer", "params": { "pitch1": "C4", "pitch2": "E4", "pitch3": "G4", "pitch4": "Bb2" } },
          "osc": { "type": "saw", "params": { "frequency": "A2" } } } }
      """
    let patch = try PatchFile.read(Array(text.utf8), in: registry)
    let seq = patch.nodes["seq"]!.params, osc = patch.nodes["osc"]!.params
    #expect(seq["pitch1"] == .number(-0.75) && seq["pitch3"] == .number(Float(-2) / 12))
    #expect(seq["pitch4"] == .number(Float(46 - 69) / 12) && osc["frequency"] == .number(110))
  }

  @Test func otherParametersRefuseNoteNames() {
    for (type, param) in [("sine", "gain"), ("sequencer", "steps"), ("lfo", "phase")] {
      var patch = Patch()
      #expect(throws: PatchError.self) {
        try patch.create("a", type: type, in: registry)
        try patch.setParam("a", param, .text("C4"), in: registry)
      }
    }
    var patch = Patch()
    do {
      try patch.create("a", type: "sine", in: registry)
      try patch.setParam("a", "frequency", .text("H4"), in: registry)
      Issue.record("H4 is no key")
    } catch { #expect("\(error)".contains("a key such as C#4"), "\(error)") }
  }
}
