import Engine
import PatchKit
import TestSupport
import Testing

/// Channel messages, sample-accurate.
@Suite struct MidiInputTests {
  @Test(arguments: [1, 64, 100, 1_024], [1, 8]) func aNoteStartsAndEndsOnItsFrame(period: Int, voices: Int) throws {
    let rig = EngineRig()
    try rig.patch.setVoices(voices)
    rig.create("keys", "notes")
    rig.create("out", "output")
    rig.connect("keys/gate", "out/left")
    try rig.commit()
    rig.render(128)
    rig.midi(0x92, 60, 100, after: 7)
    rig.midi(0x82, 60, 0, after: 1_003)
    let gate = rig.render(2_048, period: period)
    #expect(gate.firstIndex { $0 != 0 } == 7)
    // Several voices are measured until their sound has faded, which a gate alone does not show.
    if voices == 1 { #expect(gate.lastIndex { $0 != 0 } == 1_002) }
  }

  @Test func runningStatusWithInterleavedRealTimeMessages() throws {
    let rig = try EngineRig.organ(voices: 8)
    rig.render(64)
    rig.midi([0x90, 60, 100, 64, 0xf8, 100, 67, 0xfe, 100])
    rig.render(64)
    #expect(rig.engine.soundingVoices == 3)
    // The next packet continues with the same status; velocity 0 is a note-off.
    rig.midi(60, 0, 64, 0)
    rig.midi(67, 0)
    rig.render(9_600)
    #expect(rig.engine.soundingVoices == 0)
  }

  @Test func damagedMidiMessagesAreSkipped() throws {
    let rig = try EngineRig.organ(voices: 8)
    rig.render(64)
    rig.midi(0x90, 60)
    rig.midi(0x90)
    rig.midi(0xf0, 0x90)
    rig.midi(61, 100)
    rig.midi(0xf0, 1, 2, 3)
    rig.midi(62, 100, 0xf7, 63, 100)
    rig.midi(0xf6, 63, 100)
    rig.render(64)
    // 0x90 within the exclusive message ended it, and 61 continues with it.
    #expect(rig.engine.soundingVoices == 1)
    #expect(rig.engine.droppedCount == 0)
  }

  @Test func pedalsHoldNotesOfTheirChannel() throws {
    let rig = try EngineRig.organ(voices: 8)
    func sounding() -> Int {
      rig.render(9_600)
      return rig.engine.soundingVoices
    }
    rig.render(64)
    rig.control(64, 127, channel: 1)
    for channel: UInt8 in 0..<2 {
      rig.midi(0x90 | channel, 60 + channel, 100)
      rig.midi(0x80 | channel, 60 + channel, 0)
    }
    #expect(sounding() == 1)
    rig.control(64, 0, channel: 2)
    #expect(sounding() == 1)
    rig.control(64, 63, channel: 1)
    #expect(sounding() == 0)
    rig.midi(0x90, 60, 100, 0x91, 61, 100)
    rig.control(66, 127, channel: 2)
    rig.midi(0x91, 62, 100)
    rig.midi(0x80, 60, 0, 0x81, 61, 0, 62, 0)
    #expect(sounding() == 1)
    rig.control(66, 0, channel: 1)
    #expect(sounding() == 1)
    rig.control(66, 0, channel: 2)
    #expect(sounding() == 0)
  }

  @Test func channelModeMessagesEndNotesOfTheirChannel() throws {
    for (number, fade) in [(UInt8(120), 400), (123, 4_800), (126, 4_800)] {
      let rig = try EngineRig.organ(voices: 8)
      rig.render(64)
      rig.midi(0x90, 57, 100, 0x91, 69, 100)
      rig.render(9_600)
      rig.control(number, 0)
      let sound = rig.render(16_384)
      #expect(level(sound[fade..<16_384], key: 57) < 0.001, "controller \(number)")
      #expect(level(sound[4_096...], key: 69) > 0.3, "controller \(number)")
      rig.midi(0x81, 69, 0)
      rig.render(9_600)
      #expect(rig.engine.soundingVoices == 0)
    }
  }

  /// MIDI 1.0: All Notes Off (and what implies it) leaves notes to a held pedal, All Sound Off does not.
  @Test func allNotesOffRespectsAHeldPedal() throws {
    for number: UInt8 in [123, 124, 127] {
      let rig = try EngineRig.organ(voices: 4)
      rig.render(64)
      for pedal: UInt8 in [64, 66] {
        rig.midi(0x90, 57, 100)
        rig.control(pedal, 127)
        // Struck after the sostenuto pedal, which does not catch it.
        if pedal == 66 { rig.midi(0x90, 62, 100) }
        rig.render(9_600)
        rig.control(number, 0)
        let sound = rig.render(16_384)
        #expect(level(sound[8_192...], key: 57) > 0.3, "controller \(number), pedal \(pedal)")
        #expect(rig.engine.soundingVoices == 1, "controller \(number), pedal \(pedal)")
        rig.control(pedal, 0)
        rig.render(9_600)
        #expect(rig.engine.soundingVoices == 0, "controller \(number), pedal \(pedal)")
      }
      rig.midi(0x90, 57, 100)
      rig.control(64, 127)
      rig.render(4_800)
      rig.control(120, 0)
      rig.render(4_800)
      #expect(rig.engine.soundingVoices == 0)
    }
  }

  @Test(arguments: [1, 8]) func allSoundOffSilencesTailsBehindVoices(voices: Int) throws {
    let rig = EngineRig()
    try rig.patch.setVoices(voices)
    rig.create("keys", "notes")
    rig.create("osc", "sine", [("frequency", .number(440)), ("gain", .number(0.5))])
    rig.create("amp", "gain")
    rig.create("echo", "delay", [("time", .number(0.1)), ("feedback", .number(0.95)), ("damping", .number(0))])
    rig.create("out", "output")
    for (from, to) in [
      ("keys/pitch", "osc/frequency"), ("osc", "amp"), ("keys/gate", "amp/gain"), ("amp", "echo"), ("echo", "out"),
    ] { rig.connect(from, to) }
    try rig.commit()
    rig.render(64)
    rig.midi(0x90, 69, 100)
    rig.render(9_600)
    rig.midi(0x80, 69, 0)
    #expect(rig.render(9_600).map(\.magnitude).max()! > 0.1)
    // While notes of another channel sound, the echo belongs to them, too.
    rig.midi(0x91, 81, 100)
    rig.render(4_800)
    rig.control(120, 0)
    #expect(rig.render(9_600)[4_800...].map(\.magnitude).max()! > 0.1)
    rig.midi(0x81, 81, 0)
    rig.render(9_600)
    rig.control(120, 0, channel: 2)
    #expect(rig.render(19_200)[480...].map(\.magnitude).max()! < 1e-6)
    rig.midi(0x90, 69, 100)
    #expect(rig.render(9_600).map(\.magnitude).max()! > 0.1)
  }

  /// A sender that has sent active sensing and falls silent for 300 ms has been unplugged.
  @Test func notesEndWhereActiveSensingStops() throws {
    let rig = try EngineRig.organ(voices: 4)
    rig.render(64)
    rig.midi(0x90, 57, 100)
    rig.render(48_000)
    #expect(rig.engine.soundingVoices == 1)
    for _ in 0..<8 {
      rig.midi(0xfe)
      rig.render(12_000)
    }
    #expect(rig.engine.soundingVoices == 1)
    rig.control(64, 127)
    rig.render(9_600)
    #expect(rig.engine.soundingVoices == 1)
    rig.render(28_800)
    #expect(rig.engine.soundingVoices == 0)
    // Not expected until it is announced again.
    rig.midi(0x90, 57, 100)
    rig.render(48_000)
    #expect(rig.engine.soundingVoices == 1)
  }

  @Test func resetAllControllersReleasesPedalsWheelAndPressure() throws {
    let rig = try EngineRig.probe("bend")
    rig.midi(0xe0, 0x7f, 0x7f)
    rig.midi(0x90, 60, 100)
    #expect(rig.settled() == Float(2) / 12)
    rig.control(121, 0)
    #expect(rig.settled() == 0)
    let organ = try EngineRig.organ(voices: 4)
    organ.render(64)
    organ.control(64, 127)
    organ.midi(0x90, 60, 100, 60, 0)
    organ.render(9_600)
    #expect(organ.engine.soundingVoices == 1)
    organ.control(121, 0)
    organ.render(9_600)
    #expect(organ.engine.soundingVoices == 0)
  }

  @Test func pitchWheelUsesTheNodesOrTheSendersBendRange() throws {
    let rig = try EngineRig.probe("bend", [("bend", .number(12))])
    rig.midi(0x90, 60, 100)
    rig.midi(0xe0, 0x7f, 0x7f)
    #expect(rig.settled() == 1)
    rig.midi(0xe0, 0, 0)
    #expect(rig.settled() == -1)
    rig.midi(0xe0, 0, 0x40)
    #expect(rig.settled() == 0)
    // Registered parameter 0: semitones and cents; other numbers, registered or not, are ignored.
    rig.midi(0xe0, 0, 0)
    rig.register(0, 7)
    rig.control(38, 50)
    #expect(abs(rig.settled() + 7.5 / 12) < 1e-6)
    rig.register(5, 3)
    rig.control(99, 0)
    rig.control(98, 0)
    rig.control(6, 3)
    #expect(abs(rig.settled() + 7.5 / 12) < 1e-6)
    rig.midi(0xe1, 0x7f, 0x7f)
    #expect(abs(rig.settled() + 7.5 / 12) < 1e-6, "another channel's wheel")
    // The next note is bent as its channel is.
    rig.midi(0x80, 60, 0)
    rig.midi(0x91, 62, 100)
    #expect(rig.settled() == 1)
  }

  @Test func polyphonicAndChannelPressure() throws {
    let rig = try EngineRig.probe("pressure")
    rig.midi(0x90, 60, 100)
    rig.midi(0xa0, 60, 127)
    #expect(rig.settled() == 1)
    rig.midi(0xa0, 61, 0)
    #expect(rig.settled() == 1)
    rig.midi(0xa0, 60, 0)
    #expect(rig.settled() == 0)
    rig.midi(0xd0, 127)
    #expect(rig.settled() == 1)
    rig.midi(0xd1, 0)
    #expect(rig.settled() == 1)
  }

  @Test func noteExpressionMovesWithItsNote() throws {
    let rig = try EngineRig.organ(voices: 16)
    rig.render(64)
    for key: UInt8 in 40..<56 { rig.midi(0x90, key, 100) }
    rig.render(640)
    #expect(rig.plans.play(NoteEvent(.bend, key: 55, value: 7)))
    for key: UInt8 in 40..<55 { rig.midi(0x80, key, 0) }
    rig.render(9_600)
    // Its voice is removed; the note moves to another one.
    try rig.patch.setVoices(2)
    try rig.commit()
    rig.render(2_048)
    #expect(level(rig.render(8_192)[...], key: 62) > 0.3)
    // In a monophonic mode, a resumed note keeps its bend.
    let solo = try EngineRig.probe("bend", [("mode", .text("last"))])
    solo.midi(0x90, 60, 100)
    solo.render(64)
    #expect(solo.plans.play(NoteEvent(.bend, key: 60, value: 6)))
    #expect(solo.settled() == 0.5)
    solo.midi(0x90, 64, 100)
    #expect(solo.settled() == 0)
    solo.midi(0x80, 64, 0)
    #expect(solo.settled() == 0.5)
  }

  @Test func noteNodePlaysOnlyItsChannel() throws {
    let rig = try EngineRig.organ(voices: 4, [("channel", .number(3))])
    rig.render(64)
    rig.midi(0x91, 60, 100)
    rig.midi(0x92, 61, 100)
    rig.render(64)
    #expect(rig.engine.soundingVoices == 1)
    // A playing note ends, whatever channel the node listens to by then.
    rig.set("keys", "channel", 5)
    rig.midi(0x82, 61, 0)
    rig.render(9_600)
    #expect(rig.engine.soundingVoices == 0)
  }

  @Test func addedNoteNodeKnowsTheChannelState() throws {
    let rig = EngineRig()
    rig.create("out", "output")
    try rig.commit()
    rig.render(64)
    rig.midi(0xe0, 0x7f, 0x7f)
    rig.register(0, 12)
    rig.render(64)
    rig.create("keys", "notes")
    rig.connect("keys/bend", "out/left")
    try rig.commit()
    rig.render(640)
    rig.midi(0x90, 60, 100)
    #expect(rig.settled() == 1)
  }

  @Test func controllerNodeStartsAtTheControllerValue() throws {
    let rig = EngineRig()
    rig.create("wheel", "cc", [("controller", .number(1)), ("smoothing", .number(0)), ("channel", .number(2))])
    rig.create("fine", "cc", [("controller", .number(2)), ("smoothing", .number(0)), ("fine", .bool(true))])
    rig.create("out", "output")
    rig.connect("wheel", "out/left")
    rig.connect("fine", "out/right")
    try rig.commit()
    rig.render(640)
    rig.midi(0xb1, 1, 127, after: 33)
    rig.midi(0xb0, 1, 5, after: 34)
    rig.midi(0xb4, 2, 127, after: 40)
    rig.midi(0xb4, 34, 127, after: 50)
    let (wheel, fine) = rig.renderStereo(64)
    #expect(wheel[32] == 0 && wheel[33] == 1 && wheel[63] == 1)
    #expect(fine[39] == 0 && fine[40] == Float(127 * 128) / 16_383 && fine[50] == 1)
    rig.set("wheel", "smoothing", 0.01)
    rig.control(1, 0, channel: 2)
    let slope = rig.render(4_800)
    // 63.2 % after the time constant.
    #expect(abs(slope[479] - 0.368) < 0.002)
    #expect(slope.last! < 1e-4)
  }

  @Test func midiInputIsRealtimeSafe() throws {
    #expect(realtimeIsChecked)
    let rig = try EngineRig.organ(voices: 8)
    rig.create("c", "cc")
    rig.create("t", "clock", [("follow", .text("midi"))])
    try rig.commit()
    let out = UnsafeMutablePointer<Float>.allocate(capacity: 1_024)
    defer { out.deallocate() }
    let channels: [UnsafeMutablePointer<Float>?] = [out, out + 512]
    var random = SplitMix(seed: 5)
    for _ in 0..<300 {
      let bytes = (0..<60).map { _ in UInt8.random(in: 0...255, using: &random) }
      let violations = channels.withUnsafeBufferPointer { channels in
        bytes.withUnsafeBufferPointer { bytes in
          realtimeViolations {
            rig.engine.receive(midi: bytes.baseAddress!, count: bytes.count, after: 17)
            rig.engine.render(inputs: nil, outputs: channels.baseAddress!, frames: 300)
          }
        }
      }
      #expect(violations == 0)
      rig.plans.tick()
    }
  }
}
