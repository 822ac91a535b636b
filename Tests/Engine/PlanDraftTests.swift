import Engine
import Glibc
import PatchKit
import Synchronization
import TestSupport
import Testing

/// Plans that another thread builds.
@Suite struct PlanDraftTests {
  /// Work for the other thread, done when the test says so.
  private final class Background {
    var work: [(work: @Sendable () -> Void, done: () -> Void)] = []
    func perform() {
      while !work.isEmpty {
        let (work, done) = self.work.removeFirst()
        work()
        done()
      }
    }
  }

  /// A sound, then as many nodes beside it as make the plan large.
  private func rig(_ background: Background?) throws -> EngineRig {
    let rig = EngineRig()
    if let background { rig.plans.background = { background.work.append(($0, $1)) } }
    rig.create("osc", "sine", [("gain", .number(0.2))])
    rig.create("out", "output")
    rig.connect("osc", "out/left")
    try rig.commit()
    return rig
  }

  private func addMany(_ rig: EngineRig) {
    for i in 0..<700 {
      rig.create("n\(i)", "sine", [("frequency", .number(Float(100 + i))), ("gain", .number(0.001))])
      rig.connect("n\(i)", "out/left")
    }
  }

  @Test func largePlanOfAnotherThreadSoundsTheSame() throws {
    var sounds: [[Float]] = []
    for background in [nil, Background()] {
      let rig = try rig(background)
      var sound = rig.render(960)
      addMany(rig)
      try rig.commit(at: 4_800)
      // A node that plays, and a commit that waits for the large one.
      rig.set("osc", "gain", 0.1)
      rig.delete("n3")
      try rig.commit(at: 7_200)
      sound += rig.render(960)
      if let background {
        #expect(background.work.count == 1 && rig.sounding.count == 1, "control and sound go on meanwhile")
        background.perform()
      }
      for _ in 0..<20 {
        sound += rig.render(960)
        background?.perform()
      }
      #expect(rig.sounding.map(\.frame).dropFirst() == [4_800, 7_200] && rig.plans.isSettled)
      #expect(rig.plans.livePlanCount == 1)
      sounds.append(sound)
    }
    let differs = sounds[0].indices.first { sounds[0][$0] != sounds[1][$0] }
    #expect(differs == nil)
    #expect(peak(sounds[0]) > 0.15)
  }

  @Test func nodeStartsWithTheValueSetWhileItsPlanIsBuilt() throws {
    let background = Background(), rig = try rig(background)
    addMany(rig)
    try rig.commit()
    rig.set("n7", "gain", 0.5)
    rig.render(960)
    background.perform()
    rig.render(4_800)
    #expect(peak(rig.render(4_800)) > 0.6)
  }

  /// A change of the sample rate drops a plan that is being built.
  @Test func droppedPlanOfAnotherThreadIsFreed() throws {
    let background = Background(), rig = try rig(background)
    rig.render(960)
    addMany(rig)
    try rig.commit()
    rig.plans.change(sampleRate: 44_100)
    try rig.commit()
    for _ in 0..<20 {
      background.perform()
      rig.render(960)
    }
    #expect(rig.sounding.count == 3 && rig.plans.isSettled && rig.plans.livePlanCount == 1)
  }
}

/// The other thread builds while parameters, notes and commits go on, under ThreadSanitizer (`make tsan`).
@Suite struct PlanDraftRaceTests {
  /// Does work on a thread of its own, in order. Atomics alone: ThreadSanitizer does not know Swift's locks.
  private final class Worker: @unchecked Sendable {
    private static let most = 1_000
    private let works = UnsafeMutablePointer<(@Sendable () -> Void)?>.allocate(capacity: Worker.most)
    private let added = Atomic<Int>(0), done = Atomic<Int>(0)
    private let isEnding = Atomic<Bool>(false)
    private var thread = pthread_t()

    init() { works.initialize(repeating: nil, count: Worker.most) }
    deinit {
      works.deinitialize(count: Worker.most)
      works.deallocate()
    }

    func start() {
      let run: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = {
        Unmanaged<Worker>.fromOpaque($0!).takeUnretainedValue().run()
        return nil
      }
      precondition(pthread_create(&thread, nil, run, Unmanaged.passUnretained(self).toOpaque()) == 0)
    }

    func add(_ work: @escaping @Sendable () -> Void) {
      let count = added.load(ordering: .relaxed)
      works[count] = work
      added.store(count + 1, ordering: .releasing)
    }
    /// The number of works that have been done.
    var count: Int { done.load(ordering: .acquiring) }
    func end() {
      isEnding.store(true, ordering: .releasing)
      pthread_join(thread, nil)
    }

    private func run() {
      while !isEnding.load(ordering: .acquiring) {
        let next = done.load(ordering: .relaxed)
        guard next < added.load(ordering: .acquiring) else {
          usleep(20)
          continue
        }
        works[next]!()
        done.store(next + 1, ordering: .releasing)
      }
    }
  }

  @Test func plansAreBuiltWhileParametersMove() throws {
    let rig = EngineRig(), worker = Worker()
    var done: [() -> Void] = [], called = 0
    rig.plans.background = { work, then in
      worker.add(work)
      done.append(then)
    }
    worker.start()
    rig.create("keys", "notes")
    for i in 0..<24 {
      rig.create("osc\(i)", "saw", [("gain", .number(0.01))])
      rig.create("filt\(i)", "biquad")
      rig.connect("keys/pitch", "osc\(i)/frequency")
      rig.connect("osc\(i)", "filt\(i)")
    }
    var random = SplitMix(seed: 7)
    for round in 0..<24 {
      try rig.patch.setVoices([128, 512, 8, 256][round % 4])
      if round % 3 == 0 { rig.create("extra\(round)", "noise") }
      try rig.commit(ramp: 0.001)
      for i in 0..<60 {
        rig.set("filt\(i % 24)", "cutoff", Float.random(in: 300...3_000, using: &random))
        if i == 20 { _ = rig.plans.enableNoteValues(node: rig.serials["osc\(round)"]!, port: 0) }
        rig.render(64)
        usleep(20)
        while called < worker.count {
          done[called]()
          called += 1
        }
      }
    }
    for _ in 0..<200_000 where !rig.plans.isSettled || rig.sounding.count < rig.commits {
      rig.render(64)
      usleep(20)
      while called < worker.count {
        done[called]()
        called += 1
      }
    }
    worker.end()
    #expect(rig.sounding.count == rig.commits && rig.plans.isSettled && rig.faults.isEmpty)
  }
}
