import Engine
import PatchKit
import Testing

/// Partition of a plan into tasks for several threads.
@Suite struct TaskTests {
  /// Voices that go through a chain, and a mix of chains of one voice.
  private func patch(voices: Int, chains: Int) throws -> Patch {
    let rig = EngineRig()
    try rig.patch.setVoices(voices)
    rig.create("keys", "notes")
    rig.create("osc", "saw")
    rig.create("filt", "biquad")
    rig.create("sway", "lfo")
    rig.create("echo", "delay")
    rig.create("out", "output")
    rig.connect("keys/pitch", "osc/frequency")
    rig.connect("sway", "filt/cutoff")
    rig.connect("osc", "filt")
    rig.connect("filt", "echo")
    rig.connect("echo", "out")
    for k in 0..<chains {
      rig.create("tone\(k)", "sine")
      rig.connect("tone\(k)", "out/right", 0.1)
      var last = "tone\(k)"
      for (i, type) in ["svf", "comb", "distortion", "chorus"].enumerated() {
        rig.create("\(type)\(k)x\(i)", type)
        rig.connect(last, "\(type)\(k)x\(i)")
        last = "\(type)\(k)x\(i)"
      }
      rig.connect(last, "out/left", 0.1)
    }
    return rig.patch
  }

  private func list(_ patch: Patch, threads: Int) throws -> StepList {
    try PlanListing(patch, registry: registry, threads: threads).list
  }

  @Test(arguments: [(1, 12), (64, 0), (64, 5), (512, 0), (40, 20)]) func tasksReadOnlyFinishedTasks(
    voices: Int, chains: Int
  ) throws {
    for threads in [2, 4, 16] {
      let list = try list(patch(voices: voices, chains: chains), threads: threads)
      #expect((2...20).contains(list.tasks.count), "\(list.tasks.count)")
      expectOrder(list)
      expectOwnBuffers(list)
      #expect(Set(list.tasks.map(\.home)).count == min(threads, list.tasks.count) || threads > 4)
    }
  }

  @Test func smallPatchesAreNotSplitIntoTasks() throws {
    let few = try list(patch(voices: 8, chains: 0), threads: 4),
      alone = try list(patch(voices: 64, chains: 8), threads: 1)
    #expect(few.tasks.isEmpty && alone.tasks.isEmpty)
  }

  @Test func tasksContainTheSameSteps() throws {
    let patch = try patch(voices: 64, chains: 5)
    let alone = try PlanListing(patch, registry: registry),
      shared = try PlanListing(patch, registry: registry, threads: 3)
    #expect(
      alone.steps.map { "\($0.name) \($0.work)" }.sorted() == shared.steps.map { "\($0.name) \($0.work)" }.sorted())
  }

  /// The tasks that are done when a task begins.
  private func before(_ list: StepList) -> [Set<Int>] {
    var all: [Set<Int>] = []
    for (i, task) in list.tasks.enumerated() {
      let needed = (0..<32).filter { task.needs >> UInt32($0) & 1 == 1 }
      #expect(needed.allSatisfy { $0 < i }, "task \(i) needs \(needed)")
      all.append(needed.reduce(into: Set(needed)) { $0.formUnion(all[$1]) })
    }
    return all
  }

  private func expectOrder(_ list: StepList) {
    let before = before(list)
    var writers: [Int: Set<Int>] = [:], last = 0
    for step in list.steps {
      #expect(step.task >= last, "the steps of a task lie side by side")
      last = step.task
      var reads = Array(list.wires[step.inputs])
      if let sources = step.kind.sources { reads += list.sources[sources].map(\.signal) }
      for signal in reads {
        for writer in writers[signal] ?? [] where writer != step.task {
          #expect(before[step.task].contains(writer), "task \(step.task) reads what \(writer) writes")
        }
      }
      for signal in list.wires[step.outputs] { writers[signal, default: []].insert(step.task) }
    }
  }

  /// Tasks that may run at the same time share only buffers that both read.
  private func expectOwnBuffers(_ list: StepList) {
    let before = before(list)
    struct Buffer: Hashable {
      var isPoly: Bool
      var number: Int
    }
    var users: [Buffer: [(task: Int, writes: Bool)]] = [:]
    for step in list.steps {
      func note(_ signal: Int, writes: Bool) {
        let signal = list.signals[signal]
        guard signal.buffer >= 0 else { return }
        users[Buffer(isPoly: signal.isPoly, number: signal.buffer), default: []].append((step.task, writes))
      }
      for signal in list.wires[step.inputs] { note(signal, writes: false) }
      if let sources = step.kind.sources { for source in list.sources[sources] { note(source.signal, writes: false) } }
      for signal in list.wires[step.outputs] { note(signal, writes: true) }
    }
    for (buffer, uses) in users {
      let writers = Set(uses.filter(\.writes).map(\.task)), all = Set(uses.map(\.task))
      for writer in writers {
        for other in all where other != writer {
          let isOrdered = before[other].contains(writer) || before[writer].contains(other)
          #expect(isOrdered, "tasks \(writer) and \(other) meet in \(buffer)")
        }
      }
    }
  }
}
