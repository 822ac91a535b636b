import Control
import PatchKit
import Testing

@Suite struct NotifyTests {
  private final class Listener {
    var heard: [OSCMessage] = []
    let expires: Bool
    init(expires: Bool = false) { self.expires = expires }
    var requester: Requester {
      Requester(id: ObjectIdentifier(self), expires: expires) { [unowned self] in heard.append($0) }
    }
    func ask(_ rig: SessionRig, _ address: String, _ arguments: OSCArgument...) -> OSCMessage? {
      rig.session.perform(OSCMessage(address, arguments), from: requester)
      defer { heard = [] }
      return heard.last
    }
  }

  @Test func subscribersReceiveOnlyTheirTopics() {
    let rig = SessionRig(), listener = Listener()
    #expect(listener.ask(rig, "/notify", "on", "param", "others")?.address == "/done")
    let refusal = listener.ask(rig, "/notify", "on", "parm")
    #expect(refusal?.address == "/fail" && refusal?.arguments.last == "param")
    rig.send("/patch/create osc sine")
    rig.send("/patch/commit")
    rig.send("/mod/osc/gain 0.25")
    rig.send("/nonsense")
    #expect(listener.heard.map(\.address) == ["/notify/param", "/notify/error"])
    _ = listener.ask(rig, "/notify", "off", "param")
    rig.send("/mod/osc/gain 0.5")
    #expect(listener.heard.isEmpty)
  }

  @Test(arguments: [true, false])
  func udpSubscriptionExpiresAfterAMinuteOfSilence(expires: Bool) {
    let rig = SessionRig(), listener = Listener(expires: expires)
    var seconds: UInt64 = 1
    rig.session.clock = { seconds * 1_000_000_000 }
    _ = listener.ask(rig, "/notify", "on")
    seconds += 50
    _ = listener.ask(rig, "/version")
    seconds += 50
    rig.session.tick()
    rig.send("/nonsense")
    #expect(listener.heard.count == 1)
    seconds += 12
    rig.session.tick()
    rig.send("/nonsense")
    #expect(listener.heard.count == (expires ? 1 : 2))
  }

  @Test func metersReportOutputLevels() throws {
    let rig = SessionRig(), listener = Listener()
    rig.send("/patch/create c math b 0.5")
    rig.send("/patch/commit")
    rig.render(9_600)
    #expect(listener.ask(rig, "/meter", "out", 1, 10) == OSCMessage("/done", ["/meter", "out", 1]))
    rig.render(48_000)
    #expect((9...11).contains(listener.heard.count))
    let reading = try #require(listener.heard.last)
    #expect(reading == OSCMessage("/notify/meter", ["out", 0.5, 0.5, 0.5, 0.5]))
    _ = listener.ask(rig, "/meter", "out", 0)
    rig.render(48_000)
    #expect(listener.heard.isEmpty)
  }

  @Test func metersFollowRenamedNodes() throws {
    let rig = SessionRig(), listener = Listener()
    for line in ["/patch/create osc sine gain 0.5", "/patch/create o output", "/patch/connect osc o 0.1"] {
      rig.send(line)
    }
    rig.send("/patch/commit")
    rig.render(9_600)
    #expect(listener.ask(rig, "/meter", "osc", "on", 10)?.address == "/done")
    rig.render(9_600)
    let reading = try #require(listener.heard.last)
    #expect(reading.arguments[0] == "osc" && reading.arguments.count == 3)
    #expect(abs(reading.arguments[1].number! - 0.5) < 1e-3)
    #expect(abs(reading.arguments[2].number! - 0.5 / 2.0.squareRoot()) < 0.01)

    rig.send("/patch/delete osc")
    rig.send("/patch/commit")
    rig.render(4_800)
    listener.heard = []
    rig.render(9_600)
    #expect(listener.heard.isEmpty)
    rig.send("/patch/create osc saw")
    rig.send("/patch/connect osc o")
    rig.send("/patch/commit")
    rig.render(9_600)
    #expect(listener.heard.contains { $0.arguments[1].number! > 0.1 })
  }

  @Test func invalidMeterRequestsFail() {
    let rig = SessionRig()
    rig.send("/patch/create speakers output")
    rig.send("/patch/commit")
    #expect(rig.failure("/meter speakers on") == "no-such-port")
    #expect(rig.failure("/meter osc on") == "no-such-node")
    #expect(rig.failure("/meter out on 1000") == "range")
  }
}
