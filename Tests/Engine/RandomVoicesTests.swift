import Engine
import Glibc
import PatchKit
import TestSupport
import Testing

/// Random signals in polyphonic patches: one for each voice where they are behind voices.
@Suite struct RandomVoicesTests {
  /// Noise through an envelope for each note; `edit` changes the patch before it is compiled.
  private func rig(_ edit: (EngineRig) -> Void = { _ in }) throws -> EngineRig {
    let rig = EngineRig()
    try rig.patch.setVoices(16)
    rig.create("keys", "notes")
    rig.create("hiss", "noise", [("gain", .number(0.1))])
    rig.create("env", "adsr", [("attack", .number(0.001)), ("sustain", .number(1))])
    rig.create("vca", "gain", [("gain", .number(1))])
    rig.create("out", "output")
    rig.connect("keys/gate", "env/gate")
    rig.connect("hiss", "vca")
    rig.connect("env", "vca/gain")
    rig.connect("vca", "out")
    edit(rig)
    try rig.commit()
    return rig
  }

  /// The level of eight notes against that of one, dB.
  private func rise(_ edit: (EngineRig) -> Void = { _ in }) throws -> Double {
    func power(_ notes: Int) throws -> Double {
      let rig = try rig(edit)
      for key in 0..<notes { rig.on(Float(60 + key)) }
      return rig.render(48_000)[4_800...].reduce(0) { $0 + Double($1 * $1) }
    }
    return 10 * log10(try power(8) / power(1))
  }

  @Test func noiseBehindVoicesDiffersByVoice() throws {
    #expect(abs(try rise() - 9.03) < 0.5)
    #expect(abs(try rise { _ = try? $0.patch.setParam("hiss", "shared", .bool(true), in: registry) } - 18.06) < 0.1)
  }

  /// Nodes between the noise and the voices have voices, too.
  @Test func noiseDiffersByVoiceBehindAFilterAndASampleAndHold() throws {
    #expect(
      abs(
        try rise {
          $0.disconnect("hiss", "vca")
          $0.create("low", "biquad", [("cutoff", .number(2_000))])
          $0.create("steps", "sample-hold")
          $0.create("time", "clock", [("bpm", .number(1_000)), ("division", .number(96)), ("follow", .text("own"))])
          $0.connect("hiss", "low")
          $0.connect("low", "steps")
          $0.connect("time", "steps/trigger")
          $0.connect("steps", "vca")
        } - 9.03) < 1.5)
  }

  /// Noise that is also heard by itself is one.
  @Test func noiseThatFeedsOneVoiceTooStaysOne() throws {
    #expect(
      abs(
        try rise {
          $0.create("meter", "scope")
          $0.connect("hiss", "meter")
        } - 18.06) < 0.1)
  }

  /// Random shapes are drawn for each voice, others stay one signal.
  @Test(arguments: [("random", true), ("smooth", true), ("sine", false)])
  func randomLfoDiffersByVoice(shape: String, isWide: Bool) throws {
    let rig = try rig {
      $0.create("wander", "lfo", [("shape", .text(shape)), ("rate", .number(10))])
      $0.create("osc", "sine")
      $0.connect("keys/pitch", "osc/frequency")
      $0.connect("wander", "osc/frequency", 0.1)
      $0.connect("osc", "out")
    }
    let isPoly = try widths(of: rig.patch)
    #expect(isPoly["wander"] == isWide && isPoly["hiss"] == true)
  }

  /// The first voice has the sequence that a shared one has.
  @Test func oneNoteSoundsTheSameSharedOrNot() throws {
    func note(_ isShared: Bool) throws -> [Float] {
      let rig = try rig { _ = try? $0.patch.setParam("hiss", "shared", .bool(isShared), in: registry) }
      rig.on(60)
      return rig.render(9_600)
    }
    #expect(peak(zip(try note(false), try note(true)).map { $0 - $1 }) < 1e-6)
  }

  /// Noise of idle voices is not rendered.
  @Test func noiseIsIdleWithItsVoices() throws {
    let rig = try rig()
    rig.on(60)
    let sound = rig.render(4_800)
    #expect(peak(sound) > 0.01)
    rig.off(60)
    rig.render(96_000, period: 1_024)
    #expect(rig.engine.soundingVoices == 0 && peak(rig.render(4_800)) == 0)
    rig.on(62)
    #expect(peak(rig.render(4_800)) > 0.01)
  }
}

/// Of each node, whether it has a voice for each note.
private func widths(of patch: Patch) throws -> [String: Bool] {
  Dictionary(
    try PlanListing(patch, registry: registry).nodes.map { ($0.id, $0.isPoly) }, uniquingKeysWith: { a, _ in a })
}
