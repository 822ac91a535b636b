import Control
import PatchKit
import Testing

/// `/why` on prepared silent patches: the node and the reason of the cause are among the findings.
@Suite struct TwentySilencesTests {
  struct Silence: CustomStringConvertible, Sendable {
    var description: String
    /// Commands before the commit, and after it.
    var patch: [String], after: [String] = []
    /// Node and reason.
    var cause: String
  }
  private static let voice = [
    "/patch/create keys notes", "/patch/create env adsr", "/patch/create osc saw", "/patch/create amp gain",
    "/patch/create main output", "/patch/connect keys osc", "/patch/connect keys/gate env", "/patch/connect osc amp",
    "/patch/connect env amp/gain", "/patch/connect amp main",
  ]
  private static let tone = ["/patch/create osc sine", "/patch/create main output", "/patch/connect osc main"]

  static let all = [
    Silence(
      description: "output without a cable", patch: ["/patch/create osc sine", "/patch/create main output"],
      cause: "main no-cable"),
    Silence(
      description: "gain of 0",
      patch: tone + [
        "/patch/create amp gain gain 0", "/patch/disconnect osc main", "/patch/connect osc amp",
        "/patch/connect amp main",
      ], cause: "amp level"),
    Silence(
      description: "amount of 0", patch: tone + ["/patch/disconnect osc main", "/patch/connect osc main 0"],
      cause: "osc amount"),
    Silence(description: "no note", patch: voice, cause: "keys no-notes"),
    Silence(
      description: "gate without a cable", patch: voice + ["/patch/disconnect keys/gate env"],
      after: ["/note/on 60 0.8"], cause: "env gate-off"),
    Silence(
      description: "sustain of 0", patch: voice + ["/mod/env/sustain 0"], after: ["/note/on 60 0.8"], cause: "env level"
    ),
    Silence(description: "nothing committed", patch: [], cause: "out not-committed"),
    Silence(description: "master volume", patch: tone, after: ["/engine/volume -120"], cause: "out volume"),
    Silence(description: "oscillator level of 0", patch: tone + ["/mod/osc/gain 0"], cause: "osc level"),
    Silence(description: "output level of 0", patch: tone + ["/mod/main/level 0"], cause: "main level"),
    Silence(
      description: "filter without an input",
      patch: tone + ["/patch/create filt svf", "/patch/disconnect osc main", "/patch/connect filt main"],
      cause: "filt no-cable"),
    Silence(
      description: "channel of a mixer closed",
      patch: tone + [
        "/patch/create desk mix gain2 0", "/patch/disconnect osc main", "/patch/connect osc desk/in2",
        "/patch/connect desk main",
      ], cause: "desk level"),
    Silence(
      description: "compressor with a side chain only",
      patch: tone + [
        "/patch/create duck compressor", "/patch/disconnect osc main", "/patch/connect osc duck/side",
        "/patch/connect duck main",
      ], cause: "duck no-cable"),
    Silence(
      description: "ring modulator without a carrier",
      patch: tone + [
        "/patch/create mod ring", "/patch/disconnect osc main", "/patch/connect osc mod", "/patch/connect mod main",
      ], cause: "mod no-cable"),
    Silence(
      description: "crossfade to a side without a cable",
      patch: tone + [
        "/patch/create blend crossfade fade 1", "/patch/disconnect osc main", "/patch/connect osc blend/a",
        "/patch/connect blend main",
      ], cause: "blend no-cable"),
    Silence(
      description: "sampler without a file",
      patch: [
        "/patch/create time clock", "/patch/create hit sampler", "/patch/create main output",
        "/patch/connect time hit/gate", "/patch/connect hit main",
      ], cause: "hit no-sound"),
    Silence(
      description: "stopped clock",
      patch: [
        "/patch/create time clock run false", "/patch/create env decay", "/patch/create osc saw",
        "/patch/create amp gain", "/patch/create main output", "/patch/connect time env",
        "/patch/connect env amp/gain", "/patch/connect osc amp", "/patch/connect amp main",
      ], cause: "time gate-off"),
    Silence(
      description: "sequencer without a clock",
      patch: [
        "/patch/create line sequencer", "/patch/create env adsr", "/patch/create osc saw",
        "/patch/create amp gain", "/patch/create main output", "/patch/connect line/gate env",
        "/patch/connect env amp/gain", "/patch/connect osc amp", "/patch/connect amp main",
      ], cause: "line gate-off"),
    Silence(
      description: "no signal at the audio input",
      patch: ["/patch/create mic input", "/patch/create main output", "/patch/connect mic main"], cause: "mic no-input"),
    Silence(
      description: "key outside the range of the keyboard", patch: voice + ["/mod/keys/low 72"],
      after: ["/note/on 60 0.8"], cause: "keys no-notes"),
  ]

  private static func findings(_ silence: Silence) -> [String] {
    let rig = SessionRig()
    // No time passes: a measurement cannot time out on a busy machine.
    rig.session.clock = { 1_000_000_000 }
    for line in silence.patch + (silence.patch.isEmpty ? [] : ["/patch/commit"]) {
      let reply = rig.send(line).last
      #expect(reply?.address == "/done", "\(line): \(reply?.description ?? "")")
    }
    rig.render(4_800)
    for line in silence.after { rig.send(line) }
    rig.render(48_000)
    rig.send("/why")
    rig.render(24_000, period: 480)
    return rig.replies.filter { $0.address == "/why" }.map { "\($0.arguments[0].text!) \($0.arguments[1].text!)" }
  }

  @Test func twentySilencesAreDifferent() {
    #expect(Self.all.count == 20 && Set(Self.all.map(\.description)).count == 20)
  }

  @Test(arguments: all) func whyNamesTheCause(_ silence: Silence) {
    let findings = Self.findings(silence)
    #expect(findings.contains(silence.cause), "\(findings)")
    #expect(findings.count <= 3, "\(findings)")
  }
}
