import Control
import PatchKit
import Testing

/// The module `clock` follows the session: one tempo for sequencers and scheduled commands.
@Suite struct SessionClockTests {
  /// The pulses of a clock with one step a beat on the left.
  private func rig(_ params: String = "") -> SessionRig {
    .committed(
      "/patch/create t clock division 1\(params)", "/patch/create out output", "/patch/connect t/pulse out/left",
      "/clock 120", "/clock/start")
  }
  private func rises(_ sound: [Float]) -> [Int] {
    sound.indices.dropFirst().filter { sound[$0] > 0.5 && sound[$0 - 1] < 0.5 }
  }
  private func distances(_ rises: [Int]) -> [Int] { zip(rises.dropFirst(), rises).map { $0 - $1 } }

  @Test func clockModuleFollowsTheTempoOfTheSession() {
    let rig = rig()
    #expect(distances(rises(rig.render(150_000))) == [24_000, 24_000, 24_000, 24_000, 24_000])
    rig.send("/clock 90")
    let slow = distances(rises(rig.render(200_000)).dropFirst().map { $0 })
    #expect(slow.count >= 4 && slow.allSatisfy { $0 == 32_000 }, "\(slow)")
  }

  /// Its own tempo is its own.
  @Test func clockModuleOfItsOwnIgnoresTheSession() {
    let rig = rig(" follow own bpm 60")
    rig.send("/clock 200")
    #expect(distances(rises(rig.render(150_000))) == [48_000, 48_000])
  }

  /// A command of `/at beat` comes with the pulse of that beat, whatever the tempo.
  @Test(arguments: [120, 133.7, 71]) func scheduledCommandsAndPulsesFallOnOneFrame(tempo: Double) throws {
    let rig = SessionRig.committed(
      "/patch/create t clock division 1", "/patch/create c math b 0", "/patch/create out output",
      "/patch/connect t/pulse out/left", "/patch/connect c out/left -4", "/clock \(tempo)", "/clock/start")
    rig.send("/at bar /mod/c/b 1")
    let sound = rig.render(200_000)
    // The pulse is 0 or 1; the parameter moves the sum away from that.
    let beats = rises(sound), command = try #require(sound.firstIndex { abs($0 - $0.rounded()) > 1e-6 })
    #expect(beats.contains { abs($0 - command) <= 1 }, "\(command) in \(beats)")
  }

  @Test func clockModuleFollowsTheTransportOfTheHost() {
    let rig = rig()
    var transport = Transport(
      isRolling: false, frame: rig.engine.frame, beat: 0, beatsPerMinute: 60, beatsPerBar: 3)
    rig.session.transport = { transport }
    #expect(rig.send("/clock/source host").last?.address == "/done")
    rig.render(4_800)
    #expect(rises(rig.render(96_000)).isEmpty)
    transport = Transport(isRolling: true, frame: rig.engine.frame, beat: 2.5, beatsPerMinute: 60, beatsPerBar: 3)
    rig.render(64)
    let beats = rises(rig.render(144_000))
    #expect(distances(beats) == [48_000, 48_000] && abs((beats.first ?? 0) + 64 - 24_000) <= 1, "\(beats)")
    // A jump of the transport moves it at the next turn.
    transport = Transport(isRolling: true, frame: rig.engine.frame, beat: 7.75, beatsPerMinute: 120, beatsPerBar: 3)
    rig.render(64)
    #expect(abs((rises(rig.render(48_000)).first ?? 0) + 64 - 6_000) <= 1)
  }

  /// The MIDI clock as the session's: 24 ticks a beat drive the module, and `/at`.
  @Test func sessionFollowsTheMidiClock() throws {
    let rig = SessionRig.committed(
      "/patch/create t clock division 1", "/patch/create c math b 0", "/patch/create out output",
      "/patch/connect t/pulse out/left", "/patch/connect c out/left -4")
    #expect(rig.send("/clock/source midi").last == OSCMessage("/done", ["/clock/source", "midi"]))
    func ticks(_ count: Int, from status: UInt8? = nil) -> [Float] {
      var sound: [Float] = []
      for i in 0..<count {
        if i == 0, let status { withUnsafePointer(to: status) { rig.engine.receive(midi: $0, count: 1, after: 0) } }
        withUnsafePointer(to: UInt8(0xf8)) { rig.engine.receive(midi: $0, count: 1, after: 0) }
        sound += rig.render(960)
      }
      return sound
    }
    _ = ticks(24)
    let sound = ticks(120, from: 0xfa), beats = rises(sound)
    #expect(
      distances(beats) == [23_040, 23_040, 23_040, 23_040].prefix(beats.count - 1).map { $0 } && beats.count >= 4)
    let values = rig.send("/clock").last?.arguments ?? []
    #expect(values.contains("midi") && values.count == 7)
    #expect(abs((values[1].number ?? 0) - 125) < 0.5)
    rig.send("/at beat /mod/c/b 1")
    let after = ticks(48), command = try #require(after.firstIndex { abs($0 - $0.rounded()) > 1e-6 })
    #expect(abs(command % 23_040 - 0) <= 64 || abs(command % 23_040 - 23_040) <= 64, "\(command)")
  }

  @Test func unknownClockSourceIsRefused() {
    #expect(SessionRig().failure("/clock/source midy") == "range")
  }
}
