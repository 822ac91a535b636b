import Control
import Engine
import Hosts
import ModuleKit
import Modules
import PatchKit
import SoundFiles
import TestSupport
import Testing

@Suite struct PatchLatencyTests {
  private let registry = Registry.linked()

  private func patch(_ chain: [(id: String, type: String)], _ cables: [(String, String)]) throws -> Patch {
    var patch = Patch()
    for node in chain { try patch.create(node.id, type: node.type, in: registry) }
    for cable in cables { _ = try patch.connect(cable.0, cable.1, in: registry) }
    return patch
  }

  @Test func latencyOfAPatchIsThatOfItsLongestPathToAnOutput() throws {
    let nodes = [
      ("in", "input"), ("lim", "limiter"), ("dist", "distortion"), ("out", "output"), ("echo", "delay"),
      ("back", "feedback"),
    ].map { (id: $0.0, type: $0.1) }
    func frames(_ cables: [(String, String)]) throws -> Int {
      try patch(nodes, cables).latencyFrames(in: registry, sampleRate: 48_000)
    }
    #expect(try frames([("in", "out/left")]) == 0)
    #expect(try frames([("in", "lim"), ("lim", "dist")]) == 0, "nothing reaches the output")
    #expect(try frames([("in", "lim"), ("lim", "out/left")]) == 79)
    #expect(try frames([("in", "lim"), ("in", "dist"), ("lim", "out/left"), ("dist", "out/right")]) == 79)
    #expect(try frames([("in", "lim"), ("lim", "dist"), ("dist", "out/left"), ("in", "out/left")]) == 124)
    // A loop counts once, and ends.
    #expect(
      try frames([("in", "lim"), ("lim", "echo"), ("echo", "lim"), ("echo", "out/left")]) == 79)
    #expect(try frames([("in", "back"), ("back", "out/left")]) == quantumFrames)
  }

  /// The declared latency is where an impulse leaves.
  @Test(arguments: ["limiter", "distortion", "gain", "delay"]) func latencyOfAModuleIsWhereAnImpulseLeaves(type: String)
    throws
  {
    var chain = try patch(
      [("in", "input"), ("unit", type), ("out", "output")], [("in", "unit"), ("unit", "out/left")])
    if type == "distortion" { try chain.setParam("unit", "drive", .number(1), in: registry) }
    if type == "delay" { try chain.setParam("unit", "mix", .number(0), in: registry) }
    for rate in [44_100.0, 48_000, 96_000] {
      let engine = Engine(sampleRate: rate), session = Session(engine: engine, registry: registry)
      session.setDraft(chain)
      session.perform(OSCMessage("/patch/commit", [0]), from: Requester { _ in })
      let impulse = Sound(channels: [(0..<4_096).map { $0 == 1_024 ? 0.25 : 0 }], rate: Int(rate))
      let sink = ChannelSink()
      try OfflineHost(engine: engine, period: 256, input: impulse).render(
        frames: 4_096, into: sink, next: { _ in nil }, progress: { _ in true })
      let peak = sink.left.indices.max { sink.left[$0].magnitude < sink.left[$1].magnitude }!
      #expect(peak - 1_024 == chain.latencyFrames(in: registry, sampleRate: rate), "\(type) at \(rate) Hz")
    }
  }
}

/// Keeps the left of two channels.
final class ChannelSink: SoundSink {
  private(set) var left: [Float] = []
  func write(_ samples: UnsafePointer<Float>, frames: Int) { for i in 0..<frames { left.append(samples[2 * i]) } }
  func finish() {}
}
