import Control
import Engine
import Foundation
import PatchKit
import Testing
import Tracks

/// Tracks in a session: played, sought, paused, replaced.
@Suite struct TrackServiceTests {
  private static let text = track([("binaural_beat", 2), ("isochronic_tone", 2)])

  private static func track(_ steps: [(String, Int)]) -> String {
    let voices = steps.map {
      "{\"duration\": \($0.1), \"voices\": [{\"synth_function_name\": \"\($0.0)\", \"params\": {\"ampL\": 0.3}}]}"
    }
    return "{\"global_settings\": {\"crossfade_duration\": 0.5}, \"steps\": [\(voices.joined(separator: ","))]}"
  }

  @Test func playedTrackIsTheRenderedOne() throws {
    let rig = TrackSession()
    rig.send("/track/load", .string(Self.text))
    let start = rig.engine.frame + 960
    rig.send("/track/play")
    rig.render(200_000)
    let track = try TrackFile.read(Array(Self.text.utf8)).track
    let rendered = try TrackRig.render(TrackCompiler(track, rate: 48_000).score())
    #expect(rendered[0].count > 100_000)
    for side in 0..<2 {
      #expect(Array(rig.sides[side][start..<start + rendered[side].count]) == rendered[side])
      #expect(rig.sides[side][(start + rendered[side].count)...].allSatisfy { $0 == 0 })
    }
    #expect(rig.status["state"]?.text == "stopped")
  }

  @Test func seekInATrackHasNoJump() throws {
    let rig = TrackSession()
    rig.send("/track/load", .string(Self.text))
    rig.send("/track/play")
    rig.render(30_000)
    rig.send("/track/seek", .float(2.5))
    rig.render(30_000)
    let elapsed = try #require(rig.status["elapsed"]?.number)
    #expect((elapsed - 3.1).magnitude < 0.05)
    let jump = zip(rig.sides[0], rig.sides[0].dropFirst()).map { abs($0 - $1) }.max()!
    // A sine of 200 Hz and level 0.5 rises by 0.013 a frame; a pulse by less than 0.02.
    #expect(jump < 0.035)
  }

  /// An hour of twenty steps: after a seek to any second the sound is that of its step.
  @Test func seekReachesEverySecondOfAnHour() throws {
    let rig = TrackSession()
    let steps = (0..<20).map { step in
      let voices = (0..<4).map { voice in
        "{\"synth_function_name\": \"\(["binaural_beat", "isochronic_tone_transition"][voice % 2])\", \"params\": "
          + "{\"ampL\": \(0.01 * Double(step + 1)), \"ampR\": 0.1, \"baseFreq\": \(200 + 30 * voice)}}"
      }
      return "{\"duration\": 182, \"voices\": [\(voices.joined(separator: ","))]}"
    }
    rig.send(
      "/track/load",
      .string("{\"global\": {\"crossfade_duration\": 2}, \"progression\": [\(steps.joined(separator: ","))]}"))
    rig.send("/track/play")
    let total = try #require(rig.status["total"]?.number)
    #expect(total > 3_590)
    var slowest = 0.0
    // Every 97 s, with the ends and the crossfades of steps among them.
    for second in stride(from: 0.5, to: total - 1, by: 97) + [0, 179.9, 180, 181, 182, total - 0.5] {
      let start = Date()
      #expect(rig.send("/track/seek", .float(Float(second)))?.address == "/done")
      slowest = max(slowest, -start.timeIntervalSinceNow)
      rig.render(9_600)
      let elapsed = try #require(rig.status["elapsed"]?.number), step = rig.status["step"]?.number ?? 0
      #expect((elapsed - second).magnitude < 0.3, "\(elapsed) for \(second)")
      let level = rig.sides[0].suffix(4_800).map(\.magnitude).max()!
      // Two steady voices, and two that pulse.
      let amp = 0.01 * Float(step)
      #expect(level > 1.5 * amp && level < 4.2 * amp, "\(level) at \(second), step \(step)")
    }
    #expect(slowest < 3, "\(slowest) s")
  }

  /// A loop that is played many times: the nodes of earlier rounds are gone.
  @Test func loopedTrackDoesNotGrow() throws {
    let rig = TrackSession()
    let text = Self.track([("isochronic_tone", 1)]).replacing("\"duration\": 1", with: "\"duration\": 0.05")
    #expect(rig.send("/track/load", .string(text))?.address == "/done")
    rig.send("/track/loop", .int32(1))
    rig.send("/track/play")
    func nodes() -> Double { rig.engineStatus["nodes"]?.number ?? -1 }
    rig.render(12_000)
    let few = nodes()
    rig.render(60_000)
    #expect(rig.status["state"]?.text == "playing")
    #expect(nodes() <= few + 8, "\(few), then \(nodes()) nodes")
  }

  @Test func pausedTrackKeepsItsPlace() throws {
    let rig = TrackSession()
    rig.send("/track/load", .string(Self.text))
    rig.send("/track/play")
    rig.render(48_000)
    rig.send("/track/pause")
    rig.render(48_000)
    #expect(rig.sides[0].suffix(20_000).allSatisfy { $0 == 0 })
    #expect(rig.status["state"]?.text == "paused")
    let elapsed = try #require(rig.status["elapsed"]?.number)
    #expect((elapsed - 0.98).magnitude < 0.05)
    rig.send("/track/resume")
    rig.render(24_000)
    #expect(rig.sides[0].suffix(10_000).contains { $0 != 0 })
  }

  @Test func brokenUpdateKeepsTheTrackPlaying() throws {
    let rig = TrackSession()
    rig.send("/track/load", .string(Self.text))
    rig.send("/track/play")
    rig.render(20_000)
    #expect(rig.send("/track/update", .string("{\"steps\": [{\"duration\": \"x\"}]}"))?.address == "/fail")
    rig.render(20_000)
    #expect(rig.status["state"]?.text == "playing")
    #expect(rig.sides[0].suffix(10_000).contains { $0 != 0 })
    #expect(rig.send("/track/update", .string(Self.track([("isochronic_tone", 3)])))?.address == "/done")
    rig.render(20_000)
    #expect(rig.status["total"]?.number == 3)
    #expect(rig.status["state"]?.text == "playing")
  }

  /// A patch without an `output` keeps its implied one, though the track brings its own.
  @Test func patchWithoutAnOutputSoundsOnBesideATrack() throws {
    let rig = TrackSession(), plain = TrackSession()
    for rig in [rig, plain] {
      rig.send("/patch/create", .string("osc"), .string("sine"))
      rig.send("/patch/commit")
      rig.render(20_000)
    }
    let silent = Self.text.replacing("0.3", with: "0, \"ampR\": 0")
    #expect(rig.send("/track/load", .string(silent))?.address == "/done")
    rig.send("/track/play")
    rig.render(40_000)
    #expect(rig.status["state"]?.text == "playing")
    plain.render(rig.sides[0].count - plain.sides[0].count)
    #expect(plain.sides[0].suffix(10_000).contains { $0 > 0.1 })
    #expect(rig.sides == plain.sides)
  }

  /// Parts that an update does not change sound as without it.
  @Test func updateKeepsUnchangedVoicesToTheBit() throws {
    let rig = TrackSession(), plain = TrackSession()
    for rig in [rig, plain] {
      rig.send("/track/load", .string(Self.text))
      rig.send("/track/play")
      rig.render(20_000)
    }
    let later = Self.track([("binaural_beat", 2), ("monaural_beat_stereo_amps", 3)])
    #expect(rig.send("/track/update", .string(later))?.address == "/done")
    rig.render(40_000)
    plain.render(rig.sides[0].count - plain.sides[0].count)
    #expect(rig.sides[0].count == plain.sides[0].count && rig.sides[0].count < 72_000)
    #expect(rig.sides == plain.sides)
    rig.render(60_000)
    plain.render(rig.sides[0].count - plain.sides[0].count)
    #expect(rig.sides[0].suffix(10_000) != plain.sides[0].suffix(10_000))
  }

  @Test func loopRepeatsATrackWithoutAGap() throws {
    let rig = TrackSession()
    rig.send("/track/load", .string(Self.track([("isochronic_tone", 1)])))
    rig.send("/track/loop", .int32(1))
    rig.send("/track/play")
    let start = 960
    rig.render(150_000)
    let once = Array(rig.sides[0][start..<start + 48_000])
    #expect(Array(rig.sides[0][(start + 48_000)..<(start + 96_000)]) == once)
    #expect(rig.status["state"]?.text == "playing")
  }

  /// The nodes of a track are not part of the patch.
  @Test func trackLeavesThePatchAlone() throws {
    let rig = TrackSession(), plain = TrackSession()
    for rig in [rig, plain] {
      rig.send("/patch/create", .string("osc1"), .string("sine"))
      rig.send("/patch/create", .string("out"), .string("output"))
      rig.send("/patch/connect", .string("osc1"), .string("out"))
      rig.send("/patch/commit")
      rig.render(9_600)
    }
    rig.send("/track/load", .string(Self.text))
    rig.send("/track/play")
    rig.render(9_600)
    #expect(rig.session.currentDraft == plain.session.currentDraft)
    rig.send("/track/stop")
    rig.render(9_600)
    plain.render(rig.sides[0].count - plain.sides[0].count)
    // Once it has faded out, the patch sounds as without it.
    #expect(rig.sides[0].suffix(4_000) == plain.sides[0].suffix(4_000))
  }

  @Test func trackFollowsTheTransport() throws {
    let rig = TrackSession()
    var isRolling = false, place = 0, at = 0
    rig.send("/track/load", .string(Self.text))
    #expect(rig.send("/track/transport", .int32(1))?.address == "/fail")
    rig.session.transport = {
      Transport(isRolling: isRolling, frame: at, beat: 0, beatsPerMinute: 120, beatsPerBar: 4, place: place)
    }
    #expect(rig.send("/track/transport", .int32(1))?.address == "/done")
    rig.render(9_600)
    #expect(rig.status["state"]?.text == "stopped")
    (isRolling, place, at) = (true, 48_000, rig.engine.frame)
    let start = at
    rig.render(24_000)
    #expect(rig.status["state"]?.text == "playing")
    // To the frame: as long after the first second as the transport.
    let elapsed = try #require(rig.status["elapsed"]?.number)
    #expect((elapsed - 1 - Double(rig.engine.frame - start) / 48_000).magnitude < 0.001)
    (place, at) = (120_000, rig.engine.frame)
    rig.render(9_600)
    #expect(try #require(rig.status["elapsed"]?.number) > 2.5)
    isRolling = false
    rig.render(9_600)
    #expect(rig.status["state"]?.text == "paused")
    rig.send("/track/transport", .int32(0))
    isRolling = true
    rig.render(9_600)
    #expect(rig.status["state"]?.text == "paused")
  }

  @Test func trackCommandsNeedATrack() {
    let rig = TrackSession()
    for address in ["/track/play", "/track/pause", "/track/resume"] { #expect(rig.send(address)?.address == "/fail") }
    #expect(rig.status["state"]?.text == "empty")
  }
}

/// A session whose output is kept.
private final class TrackSession {
  let engine = Engine(sampleRate: 48_000, inputChannels: 0, outputChannels: 2)
  let session: Session
  private(set) var sides: [[Float]] = [[], []]
  private var last: OSCMessage?

  init() { session = Session(engine: engine, registry: registry) }

  @discardableResult
  func send(_ address: String, _ arguments: OSCArgument...) -> OSCMessage? {
    last = nil
    session.perform(OSCMessage(address, arguments), from: Requester { [unowned self] in last = $0 })
    for _ in 0..<100 where last == nil { render(64) }
    return last
  }

  var status: [String: OSCArgument] { pairs(of: "/track/status") }
  var engineStatus: [String: OSCArgument] { pairs(of: "/status") }

  private func pairs(of address: String) -> [String: OSCArgument] {
    let arguments = send(address)?.arguments.dropFirst() ?? []
    var pairs: [String: OSCArgument] = [:]
    for i in stride(from: arguments.startIndex, to: arguments.endIndex - 1, by: 2) {
      pairs[arguments[i].text ?? ""] = arguments[i + 1]
    }
    return pairs
  }

  func render(_ frames: Int) {
    let period = 256, samples = UnsafeMutablePointer<Float>.allocate(capacity: 2 * period)
    defer { samples.deallocate() }
    var done = 0
    while done < frames {
      session.tick()
      let count = min(period, frames - done)
      engine.render(inputs: [], outputs: [samples, samples + period], frames: count)
      for side in 0..<2 { sides[side] += UnsafeBufferPointer(start: samples + side * period, count: count) }
      done += count
    }
    session.tick()
  }
}
