import CRealtime
import Engine
import Hosts
import ModuleKit
import PatchKit

/// An engine driven without pauses, in blocks of one quantum, with the control side in between.
final class BenchHost {
  static let rate = 48_000
  static let channels = 2
  /// Frames between two calls of the control side.
  private static let tickFrames = 16 * quantumFrames

  let engine: Engine
  let plans: PlanPublisher
  private let registry: Registry
  private var patch = Patch()
  private var serials: [String: Int] = [:]
  private let buffers: [UnsafeMutablePointer<Float>]
  private let outputs: UnsafeMutablePointer<UnsafeMutablePointer<Float>?>
  private var commits = 0
  private let period: Int
  private let workers: WorkerThreads

  /// - Parameters:
  ///   - threads: number of rendering threads.
  ///   - period: frames rendered at a time.
  init(_ registry: Registry, threads: Int = 1, period: Int = quantumFrames) {
    self.period = period
    self.registry = registry
    // As JACK's threads do.
    _ = weft_flush_denormals()
    engine = Engine(sampleRate: Double(Self.rate), inputChannels: 0, outputChannels: Self.channels)
    engine.share(among: threads)
    workers = WorkerThreads(engine: engine)
    workers.start()
    plans = PlanPublisher(engine: engine, registry: registry)
    buffers = (0..<Self.channels).map { _ in .allocate(capacity: period) }
    outputs = .allocate(capacity: Self.channels)
    for (i, buffer) in buffers.enumerated() {
      buffer.initialize(repeating: 0, count: period)
      (outputs + i).initialize(to: buffer)
    }
  }

  deinit {
    workers.stop()
    for buffer in buffers { buffer.deallocate() }
    outputs.deallocate()
  }

  /// Compiles the patch and leaves it in the standby slot. Nodes of one id are one node.
  func commit(_ patch: Patch) throws {
    self.patch = patch
    for id in patch.nodes.keys.sorted() where serials[id] == nil { serials[id] = serials.count + 1 }
    commits += 1
    let serials = serials.filter { patch.nodes[$0.key] != nil }
    try plans.commit(IdentifiedPatch(patch: patch, serials: serials), ticket: commits)
  }

  func setParameter(_ node: String, _ param: String, to value: Float, at frame: Int) throws {
    guard let type = patch.nodes[node]?.type, let port = registry[type]?.input(named: param),
      let serial = serials[node],
      plans.setParameter(node: serial, port: port, to: value, at: frame)
    else { throw Failure("cannot set \(node)/\(param)") }
  }

  /// Renders so many frames, in whole periods, with calls of the control side (a thread of its own in programs) in
  /// between.
  func render(frames: Int, into file: WaveFileWriter? = nil) {
    var done = 0
    while done < frames {
      engine.render(inputs: nil, outputs: outputs, frames: period)
      file?.write(buffers, frames: min(period, frames - done))
      done += period
      if done >= frames || done % Self.tickFrames == 0 { plans.tick() }
    }
  }

  /// Renders until all ramps have arrived.
  func settle() {
    repeat { render(frames: quantumFrames) } while !plans.isSettled
  }

  /// A period without frames: only the exchange of plans.
  func exchangePlans() { engine.render(inputs: nil, outputs: outputs, frames: 0) }
}
