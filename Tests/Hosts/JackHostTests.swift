import Engine
import Glibc
import Hosts
import ModuleKit
import Modules
import PatchKit
import TestSupport
import Testing

/// Real servers, real callbacks.
@Suite(.serialized) struct JackHostTests {
  private let turn = JackTurn()

  @Test func aClientPlaysOnARealServer() throws {
    let server = try AudioServer(.dummy)
    let engine = Engine(sampleRate: 44_100)
    let plans = PlanPublisher(engine: engine, registry: Registry.linked())
    var options = JackHost.Options()
    options.server = server.name
    let host = JackHost(engine: engine, options: options)
    host.onSampleRate = { plans.change(sampleRate: $0) }
    try host.open()
    #expect(engine.sampleRate == 48_000)
    #expect(host.period == 256)
    var patch = Patch()
    try patch.create("osc", type: "sine", in: Registry.linked())
    try plans.commit(IdentifiedPatch(patch: patch, serials: ["osc": 1]), ticket: 1)
    var soundedAt: Int?
    plans.onSounding = { _, frame in soundedAt = frame }
    for _ in 0..<100 where soundedAt == nil {
      usleep(5_000)
      plans.tick()
    }
    #expect(soundedAt != nil)
    usleep(200_000)
    #expect(engine.frame > 4_800)
    #expect(host.takeLoad().peak > 0)
    host.close()
    let frame = engine.frame
    usleep(50_000)
    #expect(engine.frame == frame, "nothing renders after close")
  }

  @Test func theClientComesBackWhenTheServerDoes() throws {
    var server: AudioServer? = try AudioServer(.dummy)
    let engine = Engine(sampleRate: 48_000)
    var options = JackHost.Options()
    options.server = server!.name
    let host = JackHost(engine: engine, options: options)
    let plans = PlanPublisher(engine: engine, registry: Registry.linked())
    var patch = Patch()
    try patch.create("keys", type: "notes", in: Registry.linked())
    try plans.commit(IdentifiedPatch(patch: patch, serials: ["keys": 1]), ticket: 1)
    try host.open()
    usleep(700_000)
    _ = host.poll()
    plans.tick()
    // A key that is down, and a pedal, on a keyboard that goes with the server.
    #expect(plans.play(midi: [0xb0, 64, 127]) && plans.play(midi: [0x90, 60, 100]))
    usleep(100_000)
    #expect(engine.soundingVoices == 1)
    server!.stop()
    server = nil
    var changes: [JackHost.Change] = []
    for _ in 0..<300 where changes.isEmpty {
      if let change = host.poll() { changes.append(change) }
      usleep(10_000)
    }
    #expect(changes == [.lost])
    let frame = engine.frame
    usleep(100_000)
    #expect(engine.frame > frame, "the clock goes on")
    #expect(engine.soundingVoices == 0, "no key is down any more")
    server = try AudioServer(.dummy)
    for _ in 0..<600 where changes.count < 2 {
      if let change = host.poll() { changes.append(change) }
      usleep(10_000)
    }
    #expect(changes.count == 2 && host.isConnected)
    host.close()
    server?.stop()
  }
}
