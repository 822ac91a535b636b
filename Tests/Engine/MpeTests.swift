import Engine
import PatchKit
import Testing

/// MPE zones: one channel per note.
@Suite struct MpeTests {
  /// Semitones of a full wheel up on a channel, for a note on channel 2.
  private func bend(_ rig: EngineRig, wheelOn channel: UInt8) -> Float {
    rig.midi(0x91, 60, 100)
    rig.midi(0xe0 | (channel - 1), 0x7f, 0x7f)
    defer {
      rig.midi(0xe0 | (channel - 1), 0, 0x40)
      rig.midi(0x81, 60, 0)
    }
    return (rig.settled() * 12).rounded()
  }

  @Test func mpeZoneAnnouncement() throws {
    let rig = try EngineRig.probe("bend")
    #expect(bend(rig, wheelOn: 2) == 2 && bend(rig, wheelOn: 1) == 0)
    rig.register(6, 15)
    #expect(bend(rig, wheelOn: 2) == 48, "a note's own wheel")
    #expect(bend(rig, wheelOn: 1) == 2, "the wheel for all of them")
    #expect(bend(rig, wheelOn: 3) == 0)
    // A range for one of them applies to all.
    rig.register(0, 24, channel: 9)
    #expect(bend(rig, wheelOn: 2) == 24)
    rig.register(0, 12, channel: 1)
    #expect(bend(rig, wheelOn: 1) == 12)
    rig.register(6, 0)
    #expect(bend(rig, wheelOn: 2) == 2 && bend(rig, wheelOn: 1) == 0)
  }

  @Test func upperMpeZoneGetsTheRemainingChannels() throws {
    let rig = try EngineRig.probe("bend")
    rig.register(6, 15)
    rig.register(6, 14, channel: 16)
    #expect(bend(rig, wheelOn: 2) == 48 && bend(rig, wheelOn: 16) == 2 && bend(rig, wheelOn: 1) == 0)
    // Channels 2 to 8 for the lower, 9 to 15 for the upper.
    rig.register(6, 7)
    #expect(bend(rig, wheelOn: 1) == 2 && bend(rig, wheelOn: 16) == 0)
    rig.midi(0x98, 60, 100)
    rig.midi(0xef, 0x7f, 0x7f)
    #expect((rig.settled() * 12).rounded() == 2)
  }

  @Test func mpeModeSettingOfANode() throws {
    let lower = try EngineRig.probe("bend", [("mpe", .text("lower"))])
    #expect(bend(lower, wheelOn: 2) == 48 && bend(lower, wheelOn: 1) == 2)
    let upper = try EngineRig.probe("bend", [("mpe", .text("upper"))])
    #expect(bend(upper, wheelOn: 2) == 48 && bend(upper, wheelOn: 16) == 2)
    let off = try EngineRig.probe("bend", [("mpe", .text("off"))])
    off.register(6, 15)
    #expect(bend(off, wheelOn: 2) == 2 && bend(off, wheelOn: 1) == 0)
  }

  @Test func mpePressureAndTimbrePerNote() throws {
    for (output, rest) in [("pressure", Float(0)), ("timbre", 0.5)] {
      let rig = try EngineRig.probe(output, [("mpe", .text("lower"))])
      func say(_ channel: UInt8, _ value: UInt8) {
        if output == "timbre" {
          rig.control(74, value, channel: channel)
        } else {
          rig.midi(0xd0 | (channel - 1), value)
        }
      }
      // A channel message before its note begins counts.
      say(2, 127)
      rig.midi(0x91, 60, 100)
      #expect(rig.settled() == 1)
      say(3, 127)
      say(2, output == "timbre" ? 64 : 0)
      #expect(rig.settled() == rest)
      say(1, 127)
      #expect(rig.settled() == 1, "the master channel's \(output)")
    }
  }

  @Test func mpeTwoNotesOnOneKey() throws {
    let rig = try EngineRig.organ(voices: 4, [("mpe", .text("lower")), ("channel", .number(1))])
    rig.render(64)
    rig.midi(0x91, 60, 100, 0x92, 60, 100)
    rig.render(640)
    #expect(rig.engine.soundingVoices == 2, "channel 1 speaks for the others")
    rig.midi(0x91, 60, 0)
    rig.render(9_600)
    #expect(rig.engine.soundingVoices == 1)
    // The pedal of the master channel applies to all.
    rig.control(64, 127)
    rig.midi(0x92, 60, 0)
    rig.render(9_600)
    #expect(rig.engine.soundingVoices == 1)
    rig.control(64, 0)
    rig.render(9_600)
    #expect(rig.engine.soundingVoices == 0)
  }
}
