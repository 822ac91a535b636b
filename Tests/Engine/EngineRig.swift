import Engine
import ModuleKit
import Modules
import PatchKit

let registry = Registry.linked()

/// An engine driven by hand: edits between periods, output as arrays.
final class EngineRig {
  let engine: Engine
  let plans: PlanPublisher
  var patch = Patch()
  var serials: [String: Int] = [:]
  private var lastSerial = 0
  private var lastTicket = 0
  var commits: Int { lastTicket }
  private(set) var sounding: [(ticket: Int, frame: Int)] = []
  /// The nodes that failed.
  private(set) var faults: [Int] = []
  private(set) var reports: [EngineFault] = []
  var input: ((Int) -> Float)?

  private var workers: Workers?
  /// Sanitizer reports of the workers, once they have been stopped.
  var workerViolations: Int { workers?.violations ?? 0 }

  /// - Parameter threads: number of rendering threads.
  init(sampleRate: Double = 48_000, threads: Int = 1) {
    engine = Engine(sampleRate: sampleRate)
    engine.share(among: threads)
    plans = PlanPublisher(engine: engine, registry: registry)
    plans.onSounding = { [unowned self] in sounding.append(($0, $1)) }
    plans.onFault = { [unowned self] in
      reports.append($0)
      if $0.kind != .tooLoud { faults.append($0.node) }
    }
  }

  deinit { workers?.stop() }

  func startWorkers() {
    workers = workers ?? Workers(engine)
    workers!.start()
  }
  func stopWorkers() { workers?.stop() }
  /// Other programs may have delayed the workers.
  func renderUntilHelped() {
    for _ in 0..<100_000 where engine.helpCount == 0 { render(1_024, period: 1_024) }
  }

  func create(_ id: String, _ type: String, _ params: [(String, ParamValue)] = []) {
    try! patch.create(id, type: type, params: params, in: registry)
    lastSerial += 1
    serials[id] = lastSerial
  }
  func delete(_ id: String) {
    try! patch.delete(id)
    serials[id] = nil
  }
  func rename(_ id: String, to other: String) {
    try! patch.rename(id, to: other)
    serials[other] = serials.removeValue(forKey: id)
  }
  func connect(_ from: String, _ to: String, _ amount: Float = 1) {
    _ = try! patch.connect(from, to, amount: amount, in: registry)
  }
  func disconnect(_ from: String, _ to: String) { try! patch.disconnect(from, to, in: registry) }

  func commit(ramp: Double = 0.005, at frame: Int? = nil) throws {
    lastTicket += 1
    try plans.commit(IdentifiedPatch(patch: patch, serials: serials), ramp: ramp, at: frame, ticket: lastTicket)
  }

  func set(_ id: String, _ param: String, _ value: Float, at frame: Int? = nil) {
    let module = registry[patch.nodes[id]!.type]!
    _ = plans.setParameter(node: serials[id]!, port: module.input(named: param)!, to: value, at: frame)
  }

  /// Renders in periods, with a tick of the control side between them; returns the left channel.
  @discardableResult
  func render(_ frames: Int, period: Int = 64) -> [Float] { renderStereo(frames, period: period).left }

  func renderStereo(_ frames: Int, period: Int = 64) -> (left: [Float], right: [Float]) {
    var left = [Float](repeating: .nan, count: frames), right = left, fed = left
    if let input {
      for i in 0..<frames { fed[i] = input(engine.frame + i) }
    } else {
      fed = Array(repeating: 0, count: frames)
    }
    var done = 0
    while done < frames {
      let count = min(period, frames - done)
      left.withUnsafeMutableBufferPointer { l in
        right.withUnsafeMutableBufferPointer { r in
          fed.withUnsafeBufferPointer { f in
            let inputs: [UnsafePointer<Float>?] = [f.baseAddress! + done, f.baseAddress! + done]
            let outputs: [UnsafeMutablePointer<Float>?] = [l.baseAddress! + done, r.baseAddress! + done]
            engine.render(inputs: inputs, outputs: outputs, frames: count)
          }
        }
      }
      done += count
      plans.tick()
    }
    return (left, right)
  }
}

func peak(_ x: some Sequence<Float>) -> Float { x.map(\.magnitude).max() ?? 0 }
func steps(_ x: [Float]) -> [Float] { zip(x.dropFirst(), x).map { $0 - $1 } }
