import Control
import Engine
import Hosts
import ModuleKit
import Modules
import PatchKit
import TestSupport
import Testing

@Suite struct MidiPlayerTests {
  /// Messages that come faster than the engine takes them are played late, none is lost, and no note hangs.
  @Test(arguments: [8_000, 30_000]) func midiFilePlayerNeverLosesANoteOff(messages: Int) throws {
    let registry = Registry.linked()
    var patch = Patch()
    try patch.create("keys", type: "notes", in: registry)
    try patch.create("osc", type: "sine", in: registry)
    _ = try patch.connect("keys/pitch", "osc/frequency", in: registry)
    _ = try patch.connect("keys/gate", "osc/gain", in: registry)
    try patch.setVoices(64)
    // Within 50 ms: 2 beats of 960 ticks a second.
    let step = MidiBytes.tempo(microseconds: 500_000)
    let notes = (0..<messages / 2).map { i in
      (i % (messages / 192 + 1) == 0 ? 1 : 0, [UInt8(0x90), UInt8(i % 100), 90])
    }
    let ends = (0..<messages / 2).map { i in (0, [UInt8(0x80), UInt8(i % 100), 0]) }
    let file = try MidiFile(
      MidiBytes.file(format: 0, ticksPerBeat: 960, [MidiBytes.track([(0, step)] + notes + ends)]))
    #expect(file.events.count == messages)
    let engine = Engine(sampleRate: 48_000), session = Session(engine: engine, registry: registry)
    session.setDraft(patch)
    session.perform(OSCMessage("/patch/commit", [0]), from: Requester { _ in })
    var player = MidiPlayer(file, sampleRate: 48_000)
    let sink = ChannelSink()
    // As live: what is due in the next 100 ms is sent every 50 ms.
    try OfflineHost(engine: engine, period: 256).render(
      frames: 96_000, into: sink,
      next: { frame in
        session.tick()
        if frame % 2_304 < 256 { player.perform(before: frame + 4_800, on: session.plans, start: 0) }
        return nil
      }, progress: { _ in true })
    #expect(player.isDone)
    #expect(engine.droppedCount == 0)
    #expect(engine.soundingVoices == 0)
  }
}
