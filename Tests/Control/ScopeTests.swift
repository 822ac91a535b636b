import Control
import Engine
import PatchKit
import TestSupport
import Testing

@Suite struct ScopeTests {
  private func rig(_ voices: Int = 1) -> SessionRig {
    let rig = SessionRig()
    for line in [
      "/patch/voices \(voices)", "/patch/create osc sine frequency 1000 gain 0.5", "/patch/create half gain gain 0.5",
      "/patch/create out output", "/patch/connect osc half", "/patch/connect half out", "/patch/commit",
    ] { rig.send(line) }
    rig.render(9_600)
    return rig
  }
  private func notified(_ rig: SessionRig, _ line: String, _ topic: String, frames: Int = 48_000) -> [OSCMessage] {
    #expect(rig.send(line).last?.address == "/done", "\(line)")
    var notified: [OSCMessage] = []
    for _ in 0..<frames / 480 {
      rig.render(480)
      notified = rig.replies.filter { $0.address == "/notify/" + topic }
    }
    return notified
  }

  @Test(arguments: [("osc", 0.5), ("half/out", 0.25), ("out", 0.25), ("out/2", 0.25)])
  func scopeSamplesEqualTheSignal(target: String, amplitude: Float) throws {
    let notified = notified(rig(), "/scope \(target) on 10 96", "scope")
    #expect((9...11).contains(notified.count))
    let samples = try #require(notified.last).arguments.dropFirst().compactMap(\.number).map { Float($0) }
    #expect(notified.last!.arguments[0].text == target && samples.count == 96)
    // From an upward crossing of zero on: two cycles of 48 frames.
    #expect(abs(samples[12] - amplitude) < 0.02 && abs(samples[36] + amplitude) < 0.02, "\(samples)")
    #expect(abs(samples[60] - amplitude) < 0.02)
  }

  @Test func scopeSumsTheSoundingVoices() throws {
    let rig = SessionRig()
    for line in [
      "/patch/voices 11", "/patch/create who voice", "/patch/create one math b 1", "/patch/connect who one 0",
      "/patch/create mix mix", "/patch/connect one mix", "/patch/commit",
    ] { rig.send(line) }
    rig.render(4_800)
    let notified = notified(rig, "/scope one on 10 16", "scope")
    let samples = try #require(notified.last).arguments.dropFirst().compactMap(\.number)
    #expect(samples.allSatisfy { $0 == 11 }, "\(samples)")
  }

  @Test func spectrumPeakIsAtTheTone() throws {
    let notified = notified(rig(), "/spectrum out on 20 60", "spectrum")
    #expect((17...21).contains(notified.count))
    let values = try #require(notified.last).arguments.dropFirst().compactMap(\.number)
    #expect(values.count == 62 && values[0] == 20 && values[1] == 24_000)
    let bands = values.dropFirst(2), peak = bands.max()!
    // An amplitude of 0.25 is −12 dB; 1 kHz lies in band 60 · log2(50) / log2(1200).
    #expect(abs(peak + 12) < 1.5)
    #expect(abs(bands.firstIndex(of: peak)! - 2 - 33) <= 1)
    #expect(bands.last! < -90)
  }

  @Test func profileListsEveryNode() throws {
    let notified = notified(rig(), "/profile on 4", "profile")
    #expect((3...5).contains(notified.count), "\(notified.count)")
    let values = try #require(notified.last).arguments
    #expect(Set(values.compactMap(\.text)) == ["osc", "half", "out"])
    let costs = values.dropFirst().compactMap(\.number), total = values[0].number!
    #expect(abs(costs.reduce(0, +) - total) < 1e-3 && total > 0 && costs == costs.sorted(by: >))
  }

  @Test func scopeSubscriptionExpires() {
    let rig = rig()
    var seconds: UInt64 = 1
    rig.session.clock = { seconds * 1_000_000_000 }
    var heard = 0
    let requester = Requester(id: 9, expires: true) { if $0.address.hasPrefix("/notify") { heard += 1 } }
    for message in [
      OSCMessage("/scope", ["out", "on"]), OSCMessage("/spectrum", ["osc", "on"]), OSCMessage("/profile", ["on"]),
    ] { rig.session.perform(message, from: requester) }
    rig.render(48_000)
    #expect(heard > 30 && rig.session.secondsToMeasurement != nil)
    seconds += 61
    rig.render(4_800)
    heard = 0
    rig.render(48_000)
    #expect(heard == 0 && rig.session.secondsToMeasurement == nil)
  }

  @Test func invalidScopeRequestsFail() {
    let rig = rig()
    #expect(rig.failure("/scope nobody on") == "no-such-node")
    #expect(rig.failure("/scope out/3 on") == "no-such-port")
    #expect(rig.failure("/scope osc/left on") == "no-such-port")
    #expect(rig.failure("/scope osc on 1000") == "range")
    #expect(rig.failure("/scope osc on 10 5") == "range")
    #expect(rig.failure("/spectrum osc on 10 1000") == "range")
    for i in 0..<33 { rig.send("/patch/create n\(i) sine") }
    rig.send("/patch/commit")
    for i in 0..<32 { rig.send("/scope n\(i) on") }
    #expect(rig.failure("/scope n32 on") == "limit")
  }
}
