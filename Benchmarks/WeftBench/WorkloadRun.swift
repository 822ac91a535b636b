import ModuleKit

/// `weft-bench CASE N SECONDS`: renders a workload; its cost is the CPU time of the process.
enum WorkloadRun {
  static func run(
    _ workload: Workload, _ registry: Registry, units: Int, seconds: Double, threads: Int, output: String?
  ) throws {
    let host = BenchHost(registry, threads: threads)
    let frames = Int(seconds * Double(BenchHost.rate))
    try host.commit(workload.patch(units))
    let file = try output.map { try WaveFileWriter($0, channels: BenchHost.channels, rate: BenchHost.rate) }
    var rendered = 0
    for edge in gateEdges(of: workload, frames: frames) {
      host.render(frames: edge.frame - rendered, into: file)
      rendered = edge.frame
      try host.setParameter(Workload.gate.node, Workload.gate.param, to: edge.gate, at: host.engine.frame)
    }
    host.render(frames: frames - rendered, into: file)
    try file?.finish()
  }

  /// The gate's edges; it is on at the start of `voice`.
  private static func gateEdges(of workload: Workload, frames: Int) -> [(frame: Int, gate: Float)] {
    let rate = Double(BenchHost.rate)
    switch workload {
    case .voice: return [(max(frames - Int(Workload.releaseAt * rate), 0), 0)]
    case .strip, .tone:
      // A whole number of quanta.
      let spacing = Int(Workload.gateInterval * rate) & -quantumFrames
      return stride(from: 0, to: frames, by: spacing).enumerated().map { ($1, $0 % 2 == 0 ? 1 : 0) }
    default: return []
    }
  }
}
