import ModuleKit
import PatchKit
import Testing

/// Random edits: the patch stays valid, and a saved patch is loaded unchanged.
@Suite struct PatchPropertyTests {
  let r = testRegistry

  /// One random edit, legal or not.
  func edit(_ patch: inout Patch, _ random: inout SeededRandom) throws {
    func id() -> String { "n\(Int.random(in: 0..<12, using: &random))" }
    func end(_ ports: [String]) -> String { id() + (ports.randomElement(using: &random)!) }
    switch Int.random(in: 0..<10, using: &random) {
    case 0...1:
      try patch.create(id(), type: ["tone", "filt", "loop", "sink", "none"].randomElement(using: &random)!, in: r)
    case 2: try patch.delete(id())
    case 3: try patch.rename(id(), to: id())
    case 4: try patch.setVoices(Int.random(in: -10...600, using: &random))
    case 5: try patch.disconnect(end(["", "/out", "/side"]), end(["", "/cutoff", "/in", "/gain"]), in: r)
    case 6...7:
      let amount = Float(bitPattern: UInt32.random(in: 0 ... .max, using: &random))
      try patch.connect(
        end(["", "/out", "/side", "/nix"]), end(["", "/cutoff", "/in", "/gain", "/hard", "/q"]), amount: amount, in: r)
    default:
      let values: [ParamValue] = [
        .number(.random(in: -2...20_001, using: &random)), .number(.random(in: 0...1, using: &random)), .number(1),
        .number(.nan), .bool(true), .text("saw"), .text("x"),
      ]
      let params = ["frequency", "gain", "phase", "shape", "steps", "sync", "cutoff", "q", "hard", "in", "out"]
      try patch.setParam(
        id(), params.randomElement(using: &random)!, values.randomElement(using: &random)!, in: r)
    }
  }

  @Test(arguments: 0..<20) func randomEditsKeepThePatchValid(_ seed: UInt64) throws {
    var random = SeededRandom(state: seed)
    var patch = Patch(), refused = 0
    for _ in 0..<2_000 {
      let before = patch
      do {
        try edit(&patch, &random)
      } catch {
        refused += 1
        #expect(patch == before)
      }
      #expect(patch.problems(in: r).isEmpty)
      let changes = before.changes(to: patch)
      #expect(changes.isEmpty == (before == patch))
    }
    #expect(refused > 200 && refused < 1_900)
    let text = PatchFile.text(of: patch, in: r)
    let again = try PatchFile.read(Array(text.utf8), in: r)
    #expect(again == patch)
    #expect(PatchFile.text(of: again, in: r) == text)
  }

  @Test func everyFloatRoundTrips() throws {
    var random = SeededRandom(state: 5)
    var patch = try smallPatch()
    let cable = patch.cables.keys.sorted()[0]
    for _ in 0..<5_000 {
      let amount = Float(bitPattern: UInt32.random(in: 0 ... .max, using: &random))
      if !amount.isFinite { continue }
      patch.cables[cable] = amount
      let again = try PatchFile.read(Array(PatchFile.text(of: patch, in: r).utf8), in: r)
      #expect(again.cables[cable]?.bitPattern == amount.bitPattern)
    }
  }

  @Test func diffIsReadable() throws {
    let old = try smallPatch()
    var new = old
    new.name = "Second"
    try new.setVoices(4)
    try new.delete("osc2")
    try new.create("loop", type: "loop", in: r)
    try new.setParam("osc1", "frequency", .number(880), in: r)
    try new.setParam("filt1", "hard", .bool(true), in: r)
    try new.connect("osc1", "filt1", amount: 0.5, in: r)
    try new.connect("osc1", "filt1/q", amount: 2, in: r)
    #expect(
      old.changes(to: new).map(\.description) == [
        "name: \"\" -> \"Second\"", "voices: 1 -> 4", "filt1/hard: default -> true", "+ loop (loop)",
        "osc1/frequency: 220 -> 880", "- osc2 (tone)", "osc1/out -> filt1/in: 1 -> 0.5", "+ osc1/out -> filt1/q 2",
        "- osc2/side -> filt1/cutoff 0.5",
      ])
    #expect(old.changes(to: old).isEmpty)
  }
}
