import ModuleKit

/// `weft-bench CASE N SECONDS`: renders a workload; its cost is the CPU time of the process.
enum WorkloadRun {
  static func run(_ workload: Workload, _ registry: Registry, units: Int, seconds: Double, output: String?) throws {
    let host = BenchHost(registry)
    let frames = Int(seconds * Double(BenchHost.rate))
    try host.commit(workload.patch(units))
    let file = try output.map { try WaveFile($0, channels: BenchHost.channels, rate: BenchHost.rate) }
    let isPlayed = workload == .voice || workload == .strip
    let release = isPlayed ? max(frames - Int(Workload.releaseAt * Double(BenchHost.rate)), 0) : frames
    host.render(frames: release, into: file)
    if isPlayed {
      try host.turn(Workload.gate.node, Workload.gate.param, to: 0, at: host.engine.frame)
      host.render(frames: frames - release, into: file)
    }
    try file?.finish()
  }
}
