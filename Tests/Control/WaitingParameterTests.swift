import Control
import Engine
import PatchKit
import Testing

/// Parameters of nodes whose commit still waits behind another.
@Suite struct WaitingParameterTests {
  private static let start = """
    0 /patch/create main output
    0 /patch/commit
    """
  private static let commits = """
    1.00 /patch/create a constant value 0.25
    1.00 /patch/connect a main
    1.00 /patch/commit
    1.02 /patch/create b constant value 0
    1.02 /patch/connect b main
    1.02 /patch/commit

    """

  /// Plays a score like `weft play`: ahead of time, each line stamped with its frame.
  private func live(_ score: String, period: Int, seconds: Double) throws -> [Float] {
    let rig = SessionRig()
    var player = ScorePlayer(try Score.read(Array(score.utf8)), sampleRate: 48_000), sound: [Float] = []
    while Double(sound.count) < seconds * 48_000 {
      player.perform(upTo: rig.engine.frame + 4_800, on: rig.session, start: 0)
      rig.session.tick()
      sound += rig.render(period, period: period)
    }
    #expect(player.failures.isEmpty, "\(player.failures)")
    return sound
  }

  /// Plays a score like `weft render`: each line at its frame.
  private func offline(_ score: String, seconds: Double) throws -> [Float] {
    let rig = SessionRig()
    var player = ScorePlayer(try Score.read(Array(score.utf8)), sampleRate: 48_000), sound: [Float] = []
    while Double(sound.count) < seconds * 48_000 {
      rig.session.tick()
      player.perform(upTo: rig.engine.frame, on: rig.session)
      let next = [player.nextFrame, rig.session.nextDueFrame].compactMap { $0 }.min() ?? .max
      let count = max(1, min(64, next - rig.engine.frame))
      sound += rig.render(count, period: count)
    }
    return sound
  }

  /// The value at a time in seconds.
  private func value(_ sound: [Float], _ seconds: Double) -> Float { sound[Int((seconds * 48_000).rounded())] }

  @Test(arguments: [64, 256, 1_024]) func timedParameterWaitsForItsNode(period: Int) throws {
    let score =
      WaitingParameterTests.start + "\n" + WaitingParameterTests.commits + """
        1.10 /mod/b/value 0.5
        1.20 /mod/b/value 0 0.1 linear
        """
    let live = try live(score, period: period, seconds: 1.4), offline = try offline(score, seconds: 1.4)
    for (seconds, expected) in [(1.09, 0.25), (1.15, 0.75), (1.25, 0.5), (1.35, 0.25)] as [(Double, Float)] {
      #expect(abs(value(live, seconds) - expected) < 0.003, "live at \(seconds): \(value(live, seconds))")
      #expect(abs(value(offline, seconds) - expected) < 0.003, "offline at \(seconds): \(value(offline, seconds))")
    }
    // Equal from the time when both commits are audible.
    let from = Int(1.08 * 48_000)
    #expect(live[from..<67_000].elementsEqual(offline[from..<67_000]) { abs($0 - $1) < 1e-5 })
  }

  @Test func parameterRampInTheBundleOfItsCommit() throws {
    let rig = SessionRig()
    for line in ["/patch/create main output", "/patch/commit"] { rig.send(line) }
    rig.render(4_800)
    let at = rig.engine.frame + 9_600
    rig.session.frameAtNanoseconds = { _ in at }
    let lines = [
      "/patch/create a constant value 0.25", "/patch/connect a main", "/patch/commit",
      "/patch/create b constant value 0", "/patch/connect b main", "/patch/commit", "/mod/b/value 0.5 1.0 linear",
    ]
    let messages = try lines.map { line in
      let score = try Score.read(Array("0 \(line)\n".utf8))
      return OSCPacket.message(OSCMessage(score[0].address, score[0].arguments.map(\.osc)))
    }
    rig.session.perform(.bundle(timeTag: OSCTime.now().tag(at: 2_000_000_000), messages), from: rig.requester)
    let sound = rig.render(9_600 + 72_000)
    // The second commit starts within a few periods; the ramp is at its middle half a second later.
    #expect(abs(sound[9_600 + 24_000] - 0.5) < 0.01, "\(sound[9_600 + 24_000])")
    #expect(abs(sound[9_600 + 4_800] - 0.3) < 0.01, "\(sound[9_600 + 4_800])")
    #expect(abs(sound.last! - 0.75) < 1e-4)
  }

  /// A waiting change does not overwrite a later one.
  @Test func lastParameterChangeWins() throws {
    let rig = SessionRig()
    for line in ["/patch/create main output", "/patch/commit"] { rig.send(line) }
    rig.render(4_800)
    let at = rig.engine.frame + 960
    func request(_ frame: Int?, _ address: String, _ arguments: OSCArgument...) {
      rig.session.perform(OSCMessage(address, arguments), from: rig.requester, at: frame)
    }
    for (id, value, frame) in [("b", Float(0.25), at), ("c", 0, at + 960)] {
      request(nil, "/patch/create", .string(id), "constant", "value", .float(value))
      request(nil, "/patch/connect", .string(id), "main")
      request(frame, "/patch/commit")
    }
    request(at + 960, "/mod/c/value", 0.75, 0.5)
    request(at + 1_920, "/mod/c/value", 0.5)
    #expect(abs(rig.render(48_000).last! - 0.75) < 1e-4)
    #expect(rig.session.soundingPatch.nodes["c"]?.params["value"] == .number(0.5))
  }
}
