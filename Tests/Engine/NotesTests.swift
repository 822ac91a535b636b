import Engine
import Glibc
import PatchKit
import TestSupport
import Testing

extension EngineRig {
  /// An organ: a sine for every voice, with its gate as the envelope.
  static func organ(voices: Int, _ params: [(String, ParamValue)] = []) throws -> EngineRig {
    let rig = EngineRig()
    try rig.patch.setVoices(voices)
    rig.create("keys", "notes", params)
    rig.create("osc", "sine", [("frequency", .number(440)), ("gain", .number(0.5))])
    rig.create("env", "adsr", [("attack", .number(0.001)), ("sustain", .number(1)), ("release", .number(0.05))])
    rig.create("vca", "gain", [("gain", .number(1))])
    rig.create("touch", "gain", [("gain", .number(1))])
    rig.create("out", "output")
    rig.connect("keys/pitch", "osc/frequency")
    rig.connect("keys/gate", "env/gate")
    rig.connect("osc", "vca")
    rig.connect("env", "vca/gain")
    rig.connect("vca", "touch")
    rig.connect("keys/velocity", "touch/gain")
    rig.connect("touch", "out")
    try rig.commit()
    return rig
  }
  func on(_ key: Float, _ velocity: Float = 1, id: Int32 = 0, at frame: Int? = nil) {
    #expect(plans.play(NoteEvent(.on, id: id, key: key, value: velocity), at: frame))
  }
  func off(_ key: Float, at frame: Int? = nil) { #expect(plans.play(NoteEvent(.off, key: key), at: frame)) }
  func off(id: Int32, at frame: Int? = nil) { #expect(plans.play(NoteEvent(.off, id: id), at: frame)) }
  func play(_ kind: NoteEvent.Kind, _ value: Float = 0, at frame: Int? = nil) {
    #expect(plans.play(NoteEvent(kind, value: value), at: frame))
  }
}

/// The magnitude of one partial.
func level(_ x: ArraySlice<Float>, key: Float, rate: Double = 48_000) -> Double {
  let step = 2 * Double.pi * 440 * exp2(Double(key - 69) / 12) / rate
  var re = 0.0, im = 0.0
  for (i, value) in x.enumerated() {
    let window = 1 - cos(2 * Double.pi * Double(i) / Double(x.count))
    re += window * Double(value) * cos(step * Double(i))
    im += window * Double(value) * sin(step * Double(i))
  }
  return 2 * (re * re + im * im).squareRoot() / Double(x.count)
}

@Suite struct NotesTests {
  @Test(arguments: [1, 15, 64, 100, 1_024], [1, 8]) func noteStartIsSampleAccurate(period: Int, voices: Int) throws {
    let rig = try EngineRig.organ(voices: voices)
    rig.on(69, at: 1_001)
    rig.off(69, at: 9_000)
    let sound = rig.render(20_000, period: period)
    let first = try #require(sound.firstIndex { $0 != 0 })
    // The envelope's first frame is silent or the sine starts at 0: within two frames, the same for every period.
    #expect((1_001...1_003).contains(first), "\(first)")
    #expect(abs(level(sound[3_000..<8_000], key: 69) - 0.5) < 0.01)
    #expect(peak(sound[12_000...]) == 0)
  }

  @Test(arguments: [1, 15, 100, 1_024]) func notesAreIndependentOfThePeriod(period: Int) throws {
    func play(_ period: Int) throws -> [Float] {
      let rig = try EngineRig.organ(voices: 4, [("glide", .number(0.03))])
      for i in 0..<40 {
        rig.on(Float(50 + i * 7 % 24), Float(1 + i % 5) / 5, at: 500 + i * 377)
        if i % 3 == 0 { rig.off(Float(50 + (i - 2) * 7 % 24), at: 600 + i * 377) }
      }
      rig.play(.bend, 2, at: 9_001)
      rig.play(.allOff, at: 17_000)
      return rig.render(24_000, period: period)
    }
    let difference = peak(zip(try play(64), try play(period)).map { $0 - $1 })
    #expect(difference <= 1e-6, "\(difference)")
  }

  /// `glides` `overlapping`: a note after a rest begins at its pitch, with one voice or several.
  @Test(arguments: ["poly", "last", "legato"]) func onlyOverlappingNotesGlide(_ mode: String) throws {
    let rig = try EngineRig.probe(
      "pitch", [("glide", .number(0.1)), ("mode", .text(mode)), ("glides", .text("overlapping"))])
    func first(_ key: Float) -> Float {
      rig.on(key)
      return rig.render(64)[32]
    }
    rig.on(69)
    rig.render(9_600)
    rig.off(69)
    rig.render(9_600)
    #expect(first(81) == 1)
    rig.render(9_600)
    let glide = first(69)
    #expect(glide > 0.98 && glide < 1, "\(glide)")
  }

  @Test func playsInTuneWithBendAndGlide() throws {
    let rig = try EngineRig.organ(voices: 8, [("glide", .number(0.1))])
    rig.on(60)
    #expect(abs(level(rig.render(8_192)[2_048...], key: 60) - 0.5) < 0.01)
    #expect(rig.plans.play(NoteEvent(.bend, key: 60, value: 2)))
    #expect(abs(level(rig.render(8_192)[2_048...], key: 62) - 0.5) < 0.01)
    rig.off(60)
    rig.render(8_192)
    rig.on(72)
    let sound = rig.render(16_384)
    #expect(level(sound[0..<2_048], key: 72) < 0.1)
    #expect(abs(level(sound[8_192...], key: 72) - 0.5) < 0.01)
  }

  @Test func voiceAllocationPrefersIdleVoicesThenTheSameKey() throws {
    let rig = try EngineRig.organ(voices: 8)
    for key in 60..<68 { rig.on(Float(key)) }
    rig.render(4_096)
    #expect(rig.engine.soundingVoices == 8)
    rig.on(60)
    let sound = rig.render(8_192)
    #expect(rig.engine.soundingVoices == 8)
    for key in 60..<68 { #expect(level(sound[2_048...], key: Float(key)) > 0.4) }
  }

  @Test func voiceStealingPrefersOldestReleasedThenQuietestThenOldest() throws {
    func heard(_ prepare: (EngineRig) -> Void) throws -> [Bool] {
      let rig = try EngineRig.organ(voices: 4)
      prepare(rig)
      rig.on(90)
      let sound = rig.render(16_384)[4_096...]
      #expect(level(sound, key: 90) > 0.4)
      return [60, 64, 68, 72].map { level(sound, key: $0) > 0.01 }
    }
    let keys: [Float] = [60, 64, 68, 72]
    // Released: 68, then 64.
    #expect(
      try heard { rig in
        keys.forEach { rig.on($0) }
        rig.render(4_096)
        rig.off(68)
        rig.render(64)
        rig.off(64)
        rig.render(64)
        rig.on(91)
        rig.render(512)
      } == [true, false, false, true])
    #expect(
      try heard { rig in
        for key in keys { rig.on(key, key == 68 ? 0.3 : 1) }
        rig.render(4_096)
      } == [true, true, false, true])
    #expect(
      try heard { rig in
        keys.forEach { rig.on($0) }
        rig.render(4_096)
      } == [false, true, true, true])
    // All at once: none has been measured.
    #expect(try heard { rig in keys.forEach { rig.on($0) } } == [false, true, true, true])
  }

  /// However loud it still is, and however soft a held note.
  @Test func voiceStealingPrefersReleasedNotes() throws {
    let rig = try EngineRig.organ(voices: 4)
    try rig.patch.setParam("env", "release", .number(4), in: registry)
    try rig.commit()
    for key in [60, 64, 68] as [Float] { rig.on(key) }
    rig.on(72, 0.1)
    rig.render(9_600)
    rig.off(68)
    rig.render(64)
    rig.off(64)
    rig.render(4_800)
    func heard() -> [Float] {
      let x = rig.render(8_192)[2_048...]; return [60, 64, 68, 72, 90, 91].filter { level(x, key: $0) > 0.02 }
    }
    #expect(heard() == [60, 64, 68, 72])
    rig.on(90)
    #expect(heard() == [60, 64, 72, 90])
    rig.on(91)
    #expect(heard() == [60, 72, 90, 91])
  }

  @Test func stolenVoiceFadesWithoutDelayingTheNewNote() throws {
    let rig = try EngineRig.organ(voices: 2)
    rig.on(45)
    rig.on(52)
    // A quarter of a cycle of the older one beyond some whole ones: cut off there, it would make the largest step.
    let before = rig.render(9_709)
    let loudest = peak(steps(before[4_800...].map { $0 }))
    rig.on(90, 0.5)
    let sound = Array(before[9_609...]) + rig.render(4_800)
    // No step larger than what the sines make of themselves.
    let own = loudest + 0.25 * 2 * Float.pi * 1_480 / 48_000
    #expect(peak(steps(sound)) < own + 0.02, "\(peak(steps(sound))) \(own)")
    #expect(level(sound[(100 + 144)..<(100 + 1_168)], key: 90) > 0.15)
    #expect(rig.engine.soundingVoices == 2)
  }

  @Test func aChordStartsOnOneSample() throws {
    let rig = try EngineRig.organ(voices: 8)
    rig.render(100)
    rig.plans.together { for key in [48, 55, 64, 70] { rig.on(Float(key)) } }
    let chord = rig.render(4_800)
    var sum = [Float](repeating: 0, count: 4_800)
    for key in [48, 55, 64, 70] {
      let alone = try EngineRig.organ(voices: 8)
      alone.render(100)
      alone.on(Float(key))
      for (i, value) in alone.render(4_800).enumerated() { sum[i] += value }
    }
    #expect(peak(zip(chord, sum).map { $0 - $1 }) < 1e-5)
  }

  @Test func monophonicModes() throws {
    func sounding(_ mode: String, voices: Int = 1) throws -> [Float] {
      let rig = try EngineRig.organ(voices: voices, [("mode", .text(mode))])
      var heard: [Float] = []
      func listen() {
        let sound = rig.render(8_192)[2_048...]
        heard.append([57, 60, 64, 67].first { level(sound, key: $0) > 0.4 } ?? 0)
      }
      for key in [60, 57, 67, 64] as [Float] {
        rig.on(key)
        listen()
      }
      for key in [64, 57, 67, 60] as [Float] {
        rig.off(key)
        listen()
      }
      #expect(rig.engine.soundingVoices == 0)
      return heard
    }
    for voices in [1, 4] {
      #expect(try sounding("last", voices: voices) == [60, 57, 67, 64, 67, 67, 60, 0])
      #expect(try sounding("legato", voices: voices) == [60, 57, 67, 64, 67, 67, 60, 0])
      #expect(try sounding("low", voices: voices) == [60, 57, 57, 57, 57, 60, 60, 0])
      #expect(try sounding("high", voices: voices) == [60, 60, 67, 67, 67, 67, 60, 0])
    }
  }

  @Test func pedalsHoldNotes() throws {
    let rig = try EngineRig.organ(voices: 4)
    rig.on(60)
    rig.play(.sostenuto, 1)
    rig.on(64)
    rig.off(60)
    rig.off(64)
    rig.render(9_600)
    #expect(rig.engine.soundingVoices == 1)
    rig.play(.sostenuto, 0)
    rig.render(9_600)
    #expect(rig.engine.soundingVoices == 0)
    rig.play(.sustain, 1)
    rig.on(60)
    rig.off(60)
    rig.on(62)
    rig.render(9_600)
    #expect(rig.engine.soundingVoices == 2)
    rig.play(.sustain, 0)
    rig.render(9_600)
    #expect(rig.engine.soundingVoices == 1)
    rig.play(.sustain, 1)
    rig.play(.allOff)
    rig.render(9_600)
    #expect(rig.engine.soundingVoices == 0)
  }

  @Test func notesOutsideKeyRangeOrChannelAreIgnored() throws {
    let rig = try EngineRig.organ(voices: 4, [("low", .number(50)), ("high", .number(60)), ("channel", .number(3))])
    rig.on(49)
    rig.on(61)
    #expect(rig.plans.play(NoteEvent(.on, key: 55, value: 1, channel: 2)))
    rig.render(64)
    #expect(rig.engine.soundingVoices == 0)
    #expect(rig.plans.play(NoteEvent(.on, key: 55, value: 1, channel: 3)))
    rig.on(50)
    rig.render(64)
    #expect(rig.engine.soundingVoices == 2)
  }

  @Test(arguments: [1, 8]) func panicSilencesWithoutAClick(voices: Int) throws {
    let rig = try EngineRig.organ(voices: voices)
    rig.on(57)
    let before = rig.render(9_601)
    let own = peak(steps(Array(before[4_800...])))
    rig.play(.panic)
    let after = rig.render(9_600)
    #expect(peak(after[150...]) == 0)
    #expect(peak(steps([before.last!] + after)) < own + 0.01)
    #expect(rig.engine.soundingVoices == 0)
    rig.on(57)
    #expect(abs(level(rig.render(8_192)[2_048...], key: 57) - 0.5) < 0.01)
  }

  @Test func deletingTheSourceLeavesNoNoteBehind() throws {
    let rig = try EngineRig.organ(voices: 8)
    for key in 60..<66 { rig.on(Float(key)) }
    rig.render(4_800)
    rig.delete("keys")
    try rig.commit()
    let sound = rig.render(24_000)
    #expect(peak(sound[12_000...]) == 0)
    #expect(rig.engine.soundingVoices == 0)
  }

  @Test func notesAreRealtimeSafe() throws {
    let rig = try EngineRig.organ(voices: 5)
    let out = UnsafeMutablePointer<Float>.allocate(capacity: 1_024)
    defer { out.deallocate() }
    let channels: [UnsafeMutablePointer<Float>?] = [out, out + 512]
    var random = SystemRandomNumberGenerator()
    for _ in 0..<300 {
      for _ in 0..<4 { rig.plans.playRandom(&random) }
      let violations = channels.withUnsafeBufferPointer { channels in
        realtimeViolations { rig.engine.render(inputs: nil, outputs: channels.baseAddress!, frames: 300) }
      }
      #expect(violations == 0)
      rig.plans.tick()
    }
  }
}

extension PlanPublisher {
  /// Sends any note event, sensible or not.
  func playRandom(_ random: inout some RandomNumberGenerator, at frame: Int? = nil) {
    let key = Float(Int.random(in: 40..<80, using: &random)), channel = UInt8.random(in: 0...2, using: &random)
    let id = Bool.random(using: &random) ? 0 : Int32.random(in: 1_000..<1_100, using: &random)
    let value = Float.random(in: 0...1, using: &random)
    let kinds: [NoteEvent.Kind] = [.on, .on, .on, .on, .off, .off, .off, .off, .bend, .pressure, .sustain, .sostenuto]
    let rare = Int.random(in: 0..<500, using: &random)
    let kind = rare == 0 ? .allOff : rare == 1 ? .panic : kinds.randomElement(using: &random)!
    _ = play(NoteEvent(kind, id: id, key: key, value: value, channel: channel), at: frame)
  }
}
