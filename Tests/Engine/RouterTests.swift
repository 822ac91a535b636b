import CRealtime
import Engine
import ModuleKit
import PatchKit
import Testing

/// A small random source with a seed.
struct LinearRandom: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    let x = state ^ (state >> 33)
    return x &* 0xff51_afd7_ed55_8ccd ^ (x >> 29)
  }
}

@Suite struct GraphShapeTests {
  /// Edges that mostly go forward, so that about half of the graphs have a cycle.
  private func graph(_ random: inout LinearRandom) -> (count: Int, edges: [(from: Int, to: Int)]) {
    let count = Int.random(in: 1...40, using: &random)
    let names = Array(0..<count).shuffled(using: &random)
    var edges: [(from: Int, to: Int)] = []
    for _ in 0..<Int.random(in: 0...80, using: &random) {
      let a = Int.random(in: 0..<count, using: &random), b = Int.random(in: 0..<count, using: &random)
      let isBackward = Int.random(in: 0..<60, using: &random) == 0
      if a < b || isBackward { edges.append((names[a], names[b])) }
    }
    return (count, edges)
  }

  /// Returns whether `to` can be reached from `from`, by plain search.
  private func reaches(_ from: Int, _ to: Int, _ edges: [(from: Int, to: Int)]) -> Bool {
    var seen: Set<Int> = [], open = [from]
    while let node = open.popLast() {
      for edge in edges where edge.from == node {
        if edge.to == to { return true }
        if seen.insert(edge.to).inserted { open.append(edge.to) }
      }
    }
    return false
  }

  @Test func ordersAndCyclesOfRandomGraphs() {
    var random = LinearRandom(state: 1), cyclic = 0
    for _ in 0..<2_000 {
      let (count, edges) = graph(&random)
      let shape = GraphShape(count: count, edges: edges)
      let order = shape.order(priority: Array(0..<count))
      let hasCycle = (0..<count).contains { reaches($0, $0, edges) }
      #expect((order.count < count) == hasCycle)
      #expect(shape.cyclicComponents().isEmpty == !hasCycle)
      cyclic += hasCycle ? 1 : 0
      let place = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1, $0) })
      for edge in edges {
        guard let to = place[edge.to] else { continue }
        #expect(place[edge.from].map { $0 < to } == true)
      }
      for component in shape.cyclicComponents() {
        let cycle = shape.cycle(within: component)
        for (a, b) in zip(cycle, cycle.dropFirst() + cycle.prefix(1)) {
          #expect(edges.contains { $0.from == a && $0.to == b }, "\(cycle)")
        }
      }
    }
    #expect((200...1_800).contains(cyclic), "both kinds must occur: \(cyclic)")
  }
}

@Suite struct RouterTests {
  private static let types = registry.names.filter { $0 != "output" }

  /// A random patch that may have cycles.
  static func patch(_ random: inout LinearRandom, voices: Int) -> Patch {
    var patch = Patch()
    try! patch.setVoices(voices)
    let count = Int.random(in: 1...30, using: &random)
    for i in 0..<count { try! patch.create("n\(i)", type: types.randomElement(using: &random)!, in: registry) }
    try! patch.create("out", type: "output", in: registry)
    for _ in 0..<2 * count {
      let a = Int.random(in: 0..<count, using: &random), b = Int.random(in: 0...count, using: &random)
      let to = b == count ? "out" : "n\(b)"
      guard a < b || Int.random(in: 0..<40, using: &random) == 0 else { continue }
      let outputs = registry[patch.nodes["n\(a)"]!.type]!.outputs
      let inputs = registry[patch.nodes[to]!.type]!.inputs.filter(\.isPatchable)
      guard let from = outputs.randomElement(using: &random), let into = inputs.randomElement(using: &random) else {
        continue
      }
      _ = try? patch.connect(
        "n\(a)/\(from.name)", "\(to)/\(into.name)", amount: Float.random(in: 0...1, using: &random).rounded(),
        in: registry)
    }
    return patch
  }

  @Test(arguments: [1, 8, 20]) func buffersAreWrittenBeforeReadAndNotOverwritten(voices: Int) throws {
    var random = LinearRandom(state: UInt64(voices)), plans = 0
    for _ in 0..<400 {
      guard let listing = try? PlanListing(Self.patch(&random, voices: voices), registry: registry) else { continue }
      plans += 1
      let list = listing.list
      var holder: [String: Int] = [:]
      func buffer(_ signal: Int) -> String { "\(list.signals[signal].isPoly)\(list.signals[signal].buffer)" }
      for (i, step) in list.steps.enumerated() {
        var reads = Array(list.wires[step.inputs])
        if let sources = step.kind.sources { reads += list.sources[sources].map(\.signal) }
        for signal in reads where list.signals[signal].buffer >= 0 {
          #expect(holder[buffer(signal)] == signal, "step \(i) reads a buffer that holds another signal")
        }
        for signal in list.wires[step.outputs] {
          #expect(!reads.contains { list.signals[$0].buffer >= 0 && buffer($0) == buffer(signal) && $0 != signal })
          holder[buffer(signal)] = signal
        }
      }
      #expect(list.monoBuffers + list.polyBuffers <= list.signals.count)
    }
    #expect(plans > 100)
  }

  @Test func aLongChainNeedsAHandfulOfBuffers() throws {
    var patch = Patch()
    try patch.create("n0", type: "sine", in: registry)
    for i in 1..<1_000 {
      try patch.create("n\(i)", type: "gain", in: registry)
      try patch.connect("n\(i - 1)", "n\(i)", in: registry)
    }
    let listing = try PlanListing(patch, registry: registry)
    #expect(listing.monoBuffers <= 3)
    // No step of the engine's own: every cable is the source's buffer itself.
    #expect(listing.steps.count == 1_001)
  }

  @Test func aCycleIsNamedInOrder() throws {
    var patch = Patch()
    for id in ["a", "b", "c", "apart"] { try patch.create(id, type: "gain", in: registry) }
    for (from, to) in [("a", "b"), ("b", "c"), ("c", "a"), ("apart", "a")] { try patch.connect(from, to, in: registry) }
    let cyclic = patch
    let error = #expect(throws: PatchErrors.self) { _ = try PlanListing(cyclic, registry: registry) }
    #expect(error?.errors.count == 1 && error?.errors[0].code == .cycle)
    #expect(
      ["a -> b -> c -> a", "b -> c -> a -> b", "c -> a -> b -> c"].contains { error!.errors[0].message.contains($0) })
    try patch.create("late", type: "feedback", in: registry)
    try patch.disconnect("c", "a", in: registry)
    try patch.connect("c", "late", in: registry)
    try patch.connect("late", "a", in: registry)
    _ = try PlanListing(patch, registry: registry)
  }
}

@Suite struct CompileTimeTests {
  /// Nanoseconds that a patch takes to compile for two threads, at best of three.
  private func time(_ patch: Patch) throws -> UInt64 {
    try (0..<3).map { _ in
      let start = weft_nanoseconds()
      _ = try PlanListing(patch, registry: registry, threads: 2)
      return weft_nanoseconds() - start
    }.min()!
  }

  /// A chain of voices from `voice` to `out`, whose names run against the cables.
  private func voices(_ count: Int) throws -> Patch {
    var patch = Patch()
    try patch.setVoices(16)
    try patch.create("voice", type: "voice", params: [], in: registry)
    for i in 0..<count { try patch.create("n\(10_000 - i)", type: "gain", params: [], in: registry) }
    _ = try patch.connect("voice", "n10000", amount: 1, in: registry)
    for i in 1..<count { _ = try patch.connect("n\(10_001 - i)", "n\(10_000 - i)", amount: 1, in: registry) }
    return patch
  }

  /// Four times the nodes take about four times as long; quadratic steps would take sixteen times.
  @Test func compilingIsLinearInNodes() throws {
    let few = try time(voices(960)), many = try time(voices(3_840))
    #expect(many < 9 * few, "\(few) ns, \(many) ns")
  }
}

@Suite struct ShortLoopTests {
  /// A loop of cables through a delay, whose output is heard.
  private func loop(time: Float) -> EngineRig {
    let rig = EngineRig()
    rig.create("echo", "delay", [("time", .number(time)), ("feedback", .number(0)), ("mix", .number(1))])
    rig.create("vca", "gain", [("gain", .number(0.5))])
    rig.create("out", "output")
    rig.connect("echo", "vca")
    rig.connect("vca", "echo")
    rig.connect("vca", "out")
    return rig
  }

  @Test func aLoopShorterThanItsDelayCanBeIsReported() throws {
    let warnings = try PlanListing(loop(time: 1 / 1_500).patch, registry: registry).warnings
    #expect(warnings.map(\.code) == [.longerLoop] && warnings[0].place.path == "echo/time")
    #expect(warnings[0].message.contains("66 frames"), "\(warnings[0].message)")
    #expect(try PlanListing(loop(time: 67 / 48_000).patch, registry: registry).warnings.isEmpty)
    let rig = loop(time: 1 / 1_500)
    rig.disconnect("vca", "echo")
    #expect(try PlanListing(rig.patch, registry: registry).warnings.isEmpty, "no loop")
  }
}
