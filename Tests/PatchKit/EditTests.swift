import ModuleKit
import PatchKit
import Testing

/// The error that refuses `edit`, as printed with its code in front; "" if it succeeds. Also requires that a refused
/// edit changes nothing.
func refusal(_ patch: Patch, _ edit: (inout Patch) throws -> Void) -> String {
  var edited = patch
  do {
    try edit(&edited)
    return ""
  } catch {
    #expect(edited == patch)
    guard let error = error as? PatchError else { return "\(error)" }
    return "\(error.code.rawValue) | \(error)"
  }
}

/// Two tones into a filter.
func smallPatch() throws -> Patch {
  var patch = Patch()
  try patch.create("osc1", type: "tone", params: [("frequency", .number(220))], in: testRegistry)
  try patch.create("osc2", type: "tone", in: testRegistry)
  try patch.create("filt1", type: "filt", in: testRegistry)
  try patch.connect("osc1", "filt1", in: testRegistry)
  try patch.connect("osc2/side", "filt1/cutoff", amount: 0.5, in: testRegistry)
  return patch
}

@Suite struct EditTests {
  let r = testRegistry

  @Test func mainPortsAreTheFirstOutputAndTheFirstAudioInput() throws {
    var patch = try smallPatch()
    let cable = try patch.connect("osc1", "filt1", amount: 0.25, in: r)
    #expect(cable.description == "osc1/out -> filt1/in")
    #expect(patch.cables[cable] == 0.25 && patch.cables.count == 2)
    #expect(try patch.connect("osc1", "osc2", in: r).description == "osc1/out -> osc2/frequency")
  }

  @Test func deleteRemovesTheCables() throws {
    var patch = try smallPatch()
    try patch.delete("osc1")
    #expect(patch.cables.keys.map(\.description) == ["osc2/side -> filt1/cutoff"])
  }

  @Test func renameKeepsTheCables() throws {
    var patch = try smallPatch()
    try patch.connect("filt1", "osc1/phase", in: r)
    try patch.rename("filt1", to: "low")
    try patch.rename("low", to: "low")
    #expect(
      patch.cables.keys.sorted().map(\.description)
        == ["low/out -> osc1/phase", "osc1/out -> low/in", "osc2/side -> low/cutoff"])
    #expect(patch.problems(in: r).isEmpty)
  }

  @Test func parametersAcceptEveryKindOfValue() throws {
    var patch = try smallPatch()
    #expect(try patch.setParam("osc1", "shape", .text("square"), in: r) == 2)
    // A former name is stored as the present one.
    #expect(try patch.setParam("osc1", "shape", .text("pulse"), in: r) == 2)
    #expect(patch.nodes["osc1"]?.params["shape"] == .text("square"))
    #expect(try patch.setParam("osc2", "shape", .number(1), in: r) == 1)
    #expect(try patch.setParam("osc1", "sync", .number(1), in: r) == 1)
    #expect(try patch.setParam("osc2", "sync", .text("true"), in: r) == 1)
    #expect(try patch.setParam("osc1", "steps", .number(16), in: r) == 16)
    #expect(patch.nodes["osc2"]?.params == ["shape": .text("saw"), "sync": .bool(true)])
    let tone = try #require(r["tone"])
    #expect(patch.nodes["osc2"]?.value(of: tone.inputs[tone.input(named: "shape")!]) == 1)
    #expect(patch.nodes["osc2"]?.value(of: tone.inputs[tone.input(named: "steps")!]) == 4)
  }

  @Test func invalidNodesAreRefused() throws {
    let patch = try smallPatch()
    #expect(
      refusal(patch) { try $0.create("1x", type: "tone", in: r) }
        == "bad-name | 1x: \"1x\" is not an id: a letter, then at most 31 letters, digits, _ or -")
    #expect(
      refusal(patch) { try $0.create("osc1", type: "tone", in: r) }
        == "duplicate | osc1: there is a node osc1 already")
    #expect(
      refusal(patch) { try $0.create("x", type: "tnoe", in: r) }
        == "no-such-type | x: there is no module \"tnoe\"; did you mean tone?")
    #expect(
      refusal(patch) {
        try $0.create("x", type: "tone", params: [("gain", .number(1)), ("fequency", .number(1))], in: r)
      }
        == "no-such-param | x/fequency: tone has no parameter \"fequency\"; did you mean frequency?")
    #expect(
      refusal(patch) { try $0.delete("osc3") }
        == "no-such-node | osc3: there is no node \"osc3\"; did you mean osc1 or osc2?")
    #expect(refusal(patch) { try $0.rename("osc1", to: "osc2") } == "duplicate | osc2: there is a node osc2 already")
    #expect(refusal(patch) { try $0.rename("osc1", to: "a b") }.hasPrefix("bad-name | \"a b\": "))
    #expect(refusal(patch) { try $0.setVoices(0) } == "range | voices: 0 voices are outside 1 to 512")
    #expect(refusal(patch) { try $0.setVoices(513) } == "range | voices: 513 voices are outside 1 to 512")
  }

  @Test func invalidCablesAreRefused() throws {
    let patch = try smallPatch()
    func connect(_ a: String, _ b: String, _ amount: Float = 1) -> String {
      refusal(patch) { try $0.connect(a, b, amount: amount, in: r) }
    }
    #expect(connect("osc1", "filt2") == "no-such-node | filt2: there is no node \"filt2\"; did you mean filt1?")
    #expect(
      connect("osc1", "filt1/cutof")
        == "no-such-port | filt1/cutof: filt has no input \"cutof\"; did you mean filt1/cutoff?")
    #expect(connect("osc1/gain", "filt1") == "no-such-port | osc1/gain: gain of tone is an input, not an output")
    #expect(connect("osc1", "filt1/out") == "no-such-port | filt1/out: out of filt is an output, not an input")
    #expect(
      connect("osc1", "filt1/hard")
        == "not-patchable | filt1/hard: hard of filt is a setting: no cable can end there")
    #expect(
      connect("osc1", "osc2/shape").hasPrefix("not-patchable | osc2/shape: shape of tone is a setting"))
    #expect(connect("osc1/", "filt1").hasPrefix("bad-name | osc1/: a port is written node or node/port"))
    #expect(connect("", "filt1").hasPrefix("bad-name"))
    #expect(connect("a/b/c", "filt1").hasPrefix("bad-name"))
    #expect(
      connect("osc1", "filt1", .nan) == "range | osc1/out -> filt1/in: the amount nan is not a finite number")
    #expect(connect("osc1", "filt1", .infinity).hasPrefix("range"))
    #expect(
      connect("filt1", "filt1")
        == "cycle | filt1/out -> filt1/in: filt has no delay, so it cannot feed itself: "
        + "put a delay or a feedback into the loop")
    #expect(
      refusal(patch) { try $0.disconnect("osc2", "filt1", in: r) }
        == "no-such-cable | osc2/out -> filt1/in: there is no such cable; did you mean osc2/side -> filt1/cutoff?")
    #expect(
      refusal(patch) { try $0.disconnect("osc1", "osc2", in: r) }
        == "no-such-cable | osc1/out -> osc2/frequency: there is no such cable")
    var looped = patch
    try looped.create("loop1", type: "loop", in: r)
    try looped.connect("loop1", "loop1", in: r)
    try looped.create("sink1", type: "sink", in: r)
    #expect(looped.problems(in: r).isEmpty)
    #expect(
      refusal(looped) { try $0.connect("sink1", "loop1", in: r) }
        == "no-such-port | sink1: sink has no output for a cable")
  }

  @Test func invalidValuesAreRefused() throws {
    let patch = try smallPatch()
    func set(_ path: String, _ value: ParamValue) -> String {
      let parts = path.split(separator: "/").map(String.init)
      return refusal(patch) { try $0.setParam(parts[0], parts[1], value, in: r) }
    }
    #expect(set("osc1/frequency", .number(30_000)) == "range | osc1/frequency: 30000 is outside 0.001 to 20000 Hz")
    #expect(set("osc1/frequency", .number(.nan)) == "range | osc1/frequency: nan is outside 0.001 to 20000 Hz")
    #expect(set("osc1/frequency", .number(-.infinity)) == "range | osc1/frequency: -inf is outside 0.001 to 20000 Hz")
    #expect(
      set("osc1/frequency", .text("high"))
        == "argument-type | osc1/frequency: a number from 0.001 to 20000 Hz, or a key such as C#4, is expected, not \"high\""
    )
    #expect(set("osc1/steps", .number(1.5)) == "range | osc1/steps: 1.5 is not whole: whole numbers from 1 to 16")
    #expect(
      set("osc1/shape", .text("sqare"))
        == "range | osc1/shape: \"sqare\" is not one of sine, saw, square; did you mean square?")
    #expect(
      set("osc1/shape", .number(3))
        == "range | osc1/shape: 3 is not the number of a choice, 0 to 2 (sine, saw, square)")
    #expect(set("osc1/shape", .number(.nan)).hasPrefix("range"))
    #expect(set("osc1/sync", .number(0.5)) == "range | osc1/sync: 0.5 is neither 0 nor 1 (false or true)")
    #expect(
      set("filt1/in", .number(0))
        == "no-such-param | filt1/in: in is an audio input, which has no value: connect a cable to it")
    #expect(
      set("osc1/out", .number(0)) == "no-such-param | osc1/out: out is an output of tone, not a parameter")
    #expect(set("nobody/gain", .number(0)) == "no-such-node | nobody: there is no node \"nobody\"")
  }

  @Test func errorMessagesEscapeControlCharactersAndAreShort() throws {
    let text = refusal(Patch()) { try $0.delete(String(repeating: "x\n", count: 1_000)) }
    #expect(!text.contains("\n") && text.count < 200)
  }

  @Test func patchLimitsAreEnforced() throws {
    var patch = Patch()
    for i in 0..<Patch.Limits.nodes { try patch.create("n\(i)", type: "filt", in: r) }
    #expect(
      refusal(patch) { try $0.create("more", type: "filt", in: r) }
        == "limit | more: a patch has at most 4096 nodes")
    outer: for i in 0..<Patch.Limits.nodes {
      for j in 1...16 { try patch.connect("n\(i)", "n\((i + j) % Patch.Limits.nodes)", in: r) }
    }
    #expect(patch.cables.count == Patch.Limits.cables)
    #expect(
      refusal(patch) { try $0.connect("n0", "n2000", in: r) }.hasPrefix("limit | n0/out -> n2000/in: a patch has"))
    #expect(refusal(patch) { try $0.connect("n0", "n1", amount: 2, in: r) } == "")
    #expect(patch.problems(in: r).isEmpty)
  }
}
