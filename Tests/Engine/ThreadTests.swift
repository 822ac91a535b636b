import CRealtime
import DSP
import Engine
import Glibc
import ModuleKit
import PatchKit
import TestSupport
import Testing

/// Several threads render the same as one, to the bit.
@Suite struct ThreadTests {
  /// One engine per number of threads to compare.
  private func rigs() -> [EngineRig] {
    let rigs = [1, 2, 3].map { EngineRig(threads: $0) }
    for rig in rigs.dropFirst() { rig.startWorkers() }
    return rigs
  }

  /// Returns whether all sound the same, and whether there is any sound.
  private func compare(_ rigs: [EngineRig], _ frames: Int, period: Int) -> (isSame: Bool, isHeard: Bool) {
    let sounds = rigs.map { $0.renderStereo(frames, period: period) }
    let first = sounds[0].left + sounds[0].right
    let isSame = sounds.allSatisfy { sound in
      zip(sound.left + sound.right, first).allSatisfy { $0.bitPattern == $1.bitPattern }
    }
    return (isSame, peak(first) > 1e-3)
  }

  @Test func severalThreadsEqualOneForStrips() throws {
    let rigs = rigs()
    var storm = PackStorm(seed: 4, rigs: rigs)
    for round in 0..<60 {
      for _ in 0..<round % 3 { storm.edit() }
      for rig in rigs { try rig.commit(ramp: 0.002) }
      storm.setParameter()
      let (isSame, isHeard) = compare(rigs, [64, 640, 1_000][round % 3], period: [64, 256, 100][round % 3])
      #expect(isSame && isHeard, "round \(round)")
      guard isSame else { return }
    }
  }

  /// Random modules and cables, with notes and changing numbers of voices.
  @Test(arguments: [1, 2, 3]) func severalThreadsEqualOneForRandomPatches(seed: UInt64) throws {
    let rigs = rigs()
    var storms: [EditStorm] = []
    for rig in rigs {
      rig.create("keys", "notes")
      rig.create("osc", "saw")
      rig.create("env", "adsr", [("release", .number(0.05))])
      rig.create("vca", "gain", [("gain", .number(0.05))])
      rig.create("mix", "gain")
      rig.create("out", "output")
      rig.connect("keys/pitch", "osc/frequency")
      rig.connect("keys/gate", "env/gate")
      rig.connect("env", "vca/gain")
      rig.connect("osc", "vca")
      rig.connect("vca", "mix")
      rig.connect("mix", "out/left")
      storms.append(EditStorm(seed: seed, kept: ["keys", "osc", "env", "vca", "mix", "out"], into: "out/right"))
    }
    var random = LinearRandom(state: seed), heard = 0
    for round in 0..<80 {
      let voices = [1, 17, 64, 40][round / 4 % 4], key = Float.random(in: 30...90, using: &random)
      let edits = Int.random(in: 0...4, using: &random)
      for (i, rig) in rigs.enumerated() {
        for _ in 0..<edits { storms[i].edit(rig) }
        try rig.patch.setVoices(voices)
        try rig.commit(ramp: 0.001)
        storms[i].setParameter(rig)
        if round % 3 == 0 { rig.off(key) } else { for k in 0..<5 { rig.on(key + Float(7 * k)) } }
      }
      let (isSame, isHeard) = compare(rigs, [64, 700, 2_048][round % 3], period: [64, 100, 512][round % 3])
      heard += isHeard ? 1 : 0
      #expect(isSame, "seed \(seed), round \(round)")
      guard isSame else { return }
    }
    #expect(heard > 40)
    for rig in rigs.dropFirst() { rig.renderUntilHelped() }
    #expect(rigs[1].engine.helpCount > 0 && rigs[2].engine.helpCount > 0, "no worker has come")
  }

  /// Meters and scopes read the same for any number of threads.
  @Test func metersAndScopesAreIndependentOfThreads() throws {
    let rigs = rigs()
    _ = PackStorm(seed: 7, rigs: rigs)
    for rig in rigs {
      try rig.patch.setVoices(64)
      rig.create("keys", "notes")
      rig.create("osc", "saw")
      rig.connect("keys/pitch", "osc/frequency")
      rig.connect("osc", "out/left", 0.001)
      try rig.commit()
      #expect(rig.plans.setMeter(node: rig.serials["osc"]!, isOn: true))
      #expect(rig.plans.setMeter(node: rig.serials["peak3"]!, isOn: true))
      #expect(rig.plans.setScope(0, node: rig.serials["osc"]!, port: 0, key: 5))
      #expect(rig.plans.setScope(1, node: rig.serials["pan9"]!, port: 1, key: 6))
      for k in 0..<50 { rig.on(30 + Float(k)) }
    }
    let (isSame, isHeard) = compare(rigs, 9_600, period: 480)
    #expect(isSame && isHeard)
    let scopes = rigs.map { [$0.plans.scope(0, key: 5, frames: 4_096), $0.plans.scope(1, key: 6, frames: 4_096)] }
    var readings: [[MeterReading]] = []
    for rig in rigs {
      var own: [MeterReading] = []
      while let next = rig.plans.nextReading() { own.append(next.reading) }
      readings.append(own)
    }
    #expect(readings[0].count > 10 && peak(scopes[0][0]) > 1 && peak(scopes[0][1]) > 0.01)
    for k in 1..<rigs.count {
      for (a, b) in zip(scopes[0].joined(), scopes[k].joined()) { #expect((a - b).magnitude < 1e-4) }
      #expect(readings[k].count == readings[0].count)
      for (a, b) in zip(readings[0], readings[k]) {
        #expect(a.serial == b.serial && a.channel == b.channel && a.peak == b.peak)
        #expect((a.energy - b.energy).magnitude <= 1e-4 * a.energy)
      }
    }
  }

  @Test func threadedRenderingIsRealtimeSafe() throws {
    #expect(realtimeIsChecked)
    let rig = EngineRig(threads: 2)
    rig.startWorkers()
    var storm = PackStorm(seed: 9, rigs: [rig])
    let violations = try storm.violationsWhileWatched(rig)
    rig.renderUntilHelped()
    rig.stopWorkers()
    #expect(violations == 0 && rig.workerViolations == 0, "\(violations) \(rig.workerViolations)")
    #expect(rig.engine.helpCount > 0, "no worker has come")
  }

  /// Workers may leave, return, or be absent.
  @Test func renderingNeedsNoWorkers() throws {
    let rigs = [EngineRig(), EngineRig(threads: 4)]
    _ = PackStorm(seed: 2, rigs: rigs)
    for rig in rigs { try rig.commit() }
    for round in 0..<12 {
      if round % 4 == 1 { rigs[1].startWorkers() }
      if round % 4 == 3 { rigs[1].stopWorkers() }
      let (isSame, isHeard) = compare(rigs, 2_048, period: 256)
      #expect(isSame && isHeard, "round \(round)")
    }
    #expect(rigs[1].engine.threads == 4)
  }

  /// A worker delayed within a task is waited for, counted and reported.
  @Test func lateWorkersAreCounted() throws {
    let registry = Registry.linked()
    registry.add(Sluggish<Float>.self, Sluggish<Voices>.self)
    let engine = Engine(sampleRate: 48_000), plans = PlanPublisher(engine: engine, registry: registry)
    var told: [EngineFault] = []
    plans.onFault = { told.append($0) }
    engine.share(among: 2)
    let workers = Workers(engine)
    workers.start()
    defer { workers.stop() }
    var patch = Patch(), serials: [String: Int] = [:]
    try patch.create("out", type: "output", in: registry)
    for i in 0..<40 {
      try patch.create("slow\(i)", type: "sluggish", in: registry)
      _ = try patch.connect("slow\(i)", "out/left", amount: 1, in: registry)
    }
    for (i, id) in patch.nodes.keys.sorted().enumerated() { serials[id] = i + 1 }
    try plans.commit(IdentifiedPatch(patch: patch, serials: serials), ramp: 0, ticket: 1)
    let sound = UnsafeMutablePointer<Float>.allocate(capacity: 128)
    defer { sound.deallocate() }
    let outputs: [UnsafeMutablePointer<Float>?] = [sound, sound + 64]
    sluggishHome = pthread_self()
    for _ in 0..<2_000 where engine.lateWorkerCount == 0 {
      outputs.withUnsafeBufferPointer { engine.render(inputs: nil, outputs: $0.baseAddress!, frames: 64) }
      plans.tick()
      #expect(sound[63] == 40, "what it was to do is done")
    }
    #expect(engine.lateWorkerCount > 0)
    #expect(told.contains { $0.kind == .late && $0.peak >= 1 })
  }
}

/// The thread that is not delayed.
nonisolated(unsafe) private var sluggishHome = pthread_self()

/// Slow, and slower than the period where a worker renders it.
private struct Sluggish<L: Lane>: Module {
  enum In: Int, InputPort {
    case level
    var spec: ParamSpec { .gain("How loud", default: 1, upTo: 1) }
  }
  enum Out: Int, OutputPort {
    case out
    var summary: String { "One" }
  }
  static var about: ModuleAbout { ModuleAbout("sluggish", .shaping, "Holds up whoever helps") }

  init(_ setup: ModuleSetup) {}

  mutating func process(_ io: ModuleIO<Self>) {
    // Leaves the worker time to claim a task.
    let end = weft_nanoseconds() + (pthread_equal(pthread_self(), sluggishHome) == 0 ? 5_000_000 : 200_000)
    while weft_nanoseconds() < end {}
    let out = io.output(.out)
    for i in 0..<io.frames { out[i] = L(1) }
  }
}
