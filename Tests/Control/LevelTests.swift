import Control
import Engine
import Glibc
import PatchKit
import TestSupport
import Testing

extension SessionRig {
  /// Renders some seconds and returns the notifications of a topic.
  fileprivate func notified(_ topic: String, seconds: Double = 1) -> [OSCMessage] {
    render(Int(seconds * 48_000), period: 480)
    return replies.filter { $0.address == "/notify/" + topic }
  }
}

extension OSCMessage {
  fileprivate var blob: [UInt8] { if case .blob(let bytes) = arguments[1] { bytes } else { [] } }
}

/// Levels of all outputs in one message.
@Suite struct LevelTests {
  /// dB above −127.5 in halves.
  private func byte(_ amplitude: Float) -> UInt8 {
    UInt8(((20 * log10(Double(amplitude)) + 127.5) * 2).rounded())
  }
  private func isNear(_ bytes: [UInt8], _ amplitudes: [Float]) -> Bool {
    bytes.count == amplitudes.count
      && zip(bytes, amplitudes).allSatisfy { abs(Int($0) - ($1 == 0 ? 0 : Int(byte($1)))) <= 1 }
  }

  @Test func everyOutputHasAByteInTheOrderOfIds() throws {
    let rig = SessionRig.committed(
      "/patch/create osc sine frequency 997 gain 0.5", "/patch/create half gain gain 0.5", "/patch/create out output",
      "/patch/create quiet sine gain 0", "/patch/create pair pan pan 1", "/patch/connect osc half",
      "/patch/connect half out", "/patch/connect osc pair")
    #expect(rig.send("/meters on 20").last == OSCMessage("/done", ["/meters", 1]))
    let notified = rig.notified("levels")
    #expect((18...22).contains(notified.count), "\(notified.count)")
    // half, osc, pair (left, right), quiet.
    #expect(isNear(try #require(notified.last).blob, [0.25, 0.5, 0, 0.5, 0]), "\(notified.last!.blob)")
    #expect(rig.send("/meters off").last == OSCMessage("/done", ["/meters", 0]))
    #expect(rig.notified("levels").isEmpty)
    rig.render(4_800)
    #expect(rig.session.secondsToMeasurement == nil)
  }

  /// Nodes that share lanes, and more of them than meters.
  @Test func hundredsOfNodesAreMeasured() throws {
    let rig = SessionRig()
    for i in 0..<200 {
      rig.send("/patch/create n\(1_000 + i) sine frequency 1000 gain \(Float(i % 10) / 10)")
    }
    rig.send("/patch/commit")
    rig.render(9_600)
    rig.send("/meters on 10")
    let levels = try #require(rig.notified("levels", seconds: 0.5).last).blob
    #expect(isNear(levels, (0..<200).map { Float($0 % 10) / 10 }), "\(levels)")
  }

  @Test func aPolyphonicNodeHasThePeakOfItsLoudestVoice() throws {
    let rig = SessionRig.committed(
      "/patch/voices 11", "/patch/create who voice", "/patch/create amp math b 0", "/patch/connect who amp 0.05",
      "/patch/create mix mix", "/patch/connect amp mix")
    rig.send("/meters on 10")
    let notified = rig.notified("levels", seconds: 0.5)
    let levels = try #require(notified.last).blob
    #expect(!levels.isEmpty && levels[0] == byte(0.5), "\(levels)")
  }

  @Test func aPeakBetweenTwoNotificationsIsNotLost() throws {
    let rig = SessionRig.committed(
      "/patch/create c constant value 0", "/patch/create out output", "/patch/connect c out")
    rig.send("/meters on 2")
    rig.render(24_000)
    rig.session.perform(OSCMessage("/mod/c/value", [1.0]), from: rig.requester)
    rig.render(2_400)
    rig.session.perform(OSCMessage("/mod/c/value", [0.0]), from: rig.requester)
    let notified = rig.notified("levels", seconds: 1.5)
    #expect(notified.map { $0.blob[0] }.contains(255), "\(notified.map(\.blob))")
    #expect(notified.last?.blob == [0])
  }

  /// Steps with constant outputs are skipped while no parameter moves; their levels are reported nevertheless.
  @Test func constantOutputsKeepTheirLevelInEveryNotification() throws {
    let rig = SessionRig.committed("/patch/create level constant value 0.25", "/patch/create half gain gain 0.5")
    rig.send("/patch/connect level half")
    rig.send("/patch/commit")
    rig.render(9_600)
    rig.send("/meters on 50")
    let notified = rig.notified("levels").dropFirst()
    #expect(notified.count > 30 && notified.allSatisfy { isNear($0.blob, [0.125, 0.25]) }, "\(notified.map(\.blob))")
    rig.send("/mod/level/value 0.5")
    rig.render(9_600)
    #expect(isNear(try #require(rig.notified("levels").last).blob, [0.25, 0.5]))
  }

  @Test func gridInputsAreMeasuredOnTheGrid() throws {
    let rig = SessionRig.committed(
      "/patch/create slow lfo rate 50", "/patch/create osc saw", "/patch/create filt svf",
      "/patch/connect slow filt/cutoff", "/patch/connect osc filt")
    rig.send("/meters on 10")
    let levels = try #require(rig.notified("levels", seconds: 0.5).last).blob
    // filt has four outputs, then osc, then slow.
    #expect(levels.count == 6 && levels[5] >= 253, "\(levels)")
  }

  @Test func levelsAreDroppedForAClientThatDoesNotRead() {
    let rig = SessionRig.committed("/patch/create osc sine")
    var isReady = true, count = 0
    let requester = Requester(id: 5, isReady: { isReady }) { if $0.address == "/notify/levels" { count += 1 } }
    rig.session.perform(OSCMessage("/meters", ["on", 50]), from: requester)
    rig.render(24_000, period: 480)
    let before = count
    isReady = false
    rig.render(24_000, period: 480)
    #expect(before > 20 && count == before)
    isReady = true
    rig.render(24_000, period: 480)
    #expect(count > before + 20)
  }

  @Test func levelsChangeNothingInTheSound() {
    func sound(_ isOn: Bool) -> [Float] {
      let rig = SessionRig()
      for line in [
        "/patch/create slow lfo rate 5", "/patch/create osc saw", "/patch/create filt svf", "/patch/create out output",
        "/patch/connect slow filt/cutoff", "/patch/connect osc filt", "/patch/connect filt out", "/patch/commit",
      ] { rig.send(line) }
      rig.render(4_800)
      if isOn { for line in ["/meters on 60", "/probe filt/cutoff on 60"] { rig.send(line) } }
      return rig.render(24_000)
    }
    #expect(sound(true) == sound(false))
  }
}

/// Values of parameters after their cables.
@Suite struct ProbeTests {
  private func rig() -> SessionRig {
    let rig = SessionRig()
    for line in [
      "/patch/create slow lfo rate 20", "/patch/create osc saw", "/patch/create filt svf cutoff 1000",
      "/patch/connect slow filt/cutoff 1", "/patch/connect osc filt", "/patch/commit",
    ] { rig.send(line) }
    rig.render(9_600)
    return rig
  }

  @Test func aProbeShowsTheRangeOfTheModulation() throws {
    let rig = rig()
    #expect(rig.send("/probe filt/cutoff on 10").last == OSCMessage("/done", ["/probe", "filt/cutoff", 1]))
    #expect(rig.send("/probe filt/resonance on 10").last?.address == "/done")
    let notified = rig.notified("probe")
    let cutoff = try #require(notified.last { $0.arguments[0] == "filt/cutoff" }).arguments.compactMap(\.number)
    #expect(notified.count >= 16 && cutoff[0] == 1_000)
    #expect((495...515).contains(cutoff[1]) && (1_940...2_010).contains(cutoff[2]), "\(cutoff)")
    let still = try #require(notified.last { $0.arguments[0] == "filt/resonance" }).arguments.compactMap(\.number)
    #expect(still[0] == still[1] && still[0] == still[2])
    rig.send("/probe filt/cutoff off")
    #expect(!rig.notified("probe").contains { $0.arguments[0] == "filt/cutoff" })
  }

  @Test func aProbeFollowsItsNodeThroughEdits() throws {
    let rig = rig()
    rig.send("/probe filt/cutoff on 10")
    for line in ["/patch/delete filt", "/patch/create filt svf cutoff 200", "/patch/connect osc filt", "/patch/commit"]
    {
      rig.send(line)
    }
    rig.render(9_600)
    let notified = try #require(rig.notified("probe").last)
    #expect(notified.arguments == ["filt/cutoff", 200.0, 200.0, 200.0], "\(notified)")
  }

  @Test func invalidMeterRatesFail() {
    let rig = rig()
    #expect(rig.failure("/probe filt on") == "bad-name")
    #expect(rig.failure("/probe nobody/cutoff on") == "no-such-node")
    #expect(rig.failure("/probe filt/cutof on") == "no-such-param")
    #expect(rig.failure("/probe filt/cutoff on 1000") == "range")
    #expect(rig.failure("/meters on 1000") == "range")
    #expect(rig.failure("/level nobody") == "no-such-node")
    #expect(rig.failure("/why nobody") == "no-such-node")
  }

  @Test func theLevelIsReturnedOnce() throws {
    let rig = rig()
    rig.send("/patch/create tone sine frequency 1000 gain 0.5")
    rig.send("/patch/commit")
    rig.render(9_600)
    for (line, id) in [("/level tone", "tone"), ("/level", "out")] {
      rig.send(line)
      rig.render(14_400, period: 480)
      let reply = try #require(rig.replies.last { $0.arguments.first == "/level" })
      #expect(reply.address == "/done" && reply.arguments[1].text == id)
      if id == "tone" {
        let values = reply.arguments.compactMap(\.number)
        #expect(abs(values[0] - 0.5) < 0.005 && abs(values[1] - 0.353_6) < 0.005, "\(values)")
      }
    }
    rig.render(4_800)
    #expect(rig.session.secondsToMeasurement == nil)
  }
}
