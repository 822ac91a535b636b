import Engine
import Glibc
import Hosts
import ModuleKit
import Modules
import PatchKit
import TestSupport
import Testing

/// JackHost with real servers and real callbacks.
@Suite(.serialized) struct JackHostTests {
  private let turn = JackTurn()

  @Test func jackHostPlaysOnARealServer() throws {
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
    let hasSounded = eventually {
      plans.tick()
      return soundedAt != nil
    }
    #expect(hasSounded)
    #expect(eventually { engine.frame > 4_800 })
    #expect(host.readLoad().peak > 0)
    host.close()
    let frame = engine.frame
    usleep(50_000)
    #expect(engine.frame == frame, "nothing renders after close")
  }

  @Test func jackHostReconnectsAfterServerRestart() throws {
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
    // Connections are remembered half a second after the last look.
    #expect(eventually { engine.frame > 4_800 })
    usleep(700_000)
    _ = host.poll()
    plans.tick()
    // A held key and a pedal of a keyboard that disappears with the server.
    #expect(plans.play(midi: [0xb0, 64, 127]) && plans.play(midi: [0x90, 60, 100]))
    #expect(eventually { engine.soundingVoices == 1 })
    server!.stop()
    server = nil
    var changes: [JackHost.Change] = []
    func hasChanged(_ count: Int) -> Bool {
      eventually {
        if let change = host.poll() { changes.append(change) }
        return changes.count >= count
      }
    }
    #expect(hasChanged(1) && changes == [.lost])
    let frame = engine.frame
    #expect(eventually { engine.frame > frame }, "the clock goes on")
    #expect(eventually { engine.soundingVoices == 0 }, "no key is down any more")
    server = try AudioServer(.dummy)
    #expect(hasChanged(2) && changes.count == 2 && host.isConnected)
    host.close()
    server?.stop()
  }
}
