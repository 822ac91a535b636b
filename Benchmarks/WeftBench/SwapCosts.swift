import CRealtime
import ModuleKit

/// `weft-bench swap`: cost of an exchange of plans on the audio thread.
enum SwapCosts {
  static let nodes = 1_000
  static let swaps = 201

  static func run(_ registry: Registry) throws {
    let patch = CompileCosts.mesh(nodes), host = BenchHost(registry)
    var edited = patch
    edited.cables[patch.cables.keys.min()!]! *= 0.5
    try host.commit(patch)
    host.settle()
    var exchange: [UInt64] = [], quiet: [UInt64] = []
    for i in 0..<swaps {
      quiet.append(nanoseconds(host.exchangePlans))
      try host.commit(i % 2 == 0 ? edited : patch)
      exchange.append(nanoseconds(host.exchangePlans))
      host.settle()
    }
    exchange.sort()
    quiet.sort()
    print("at \(nodes) nodes, one cable changed, \(swaps) exchanges, ns")
    print("                      median    99 %      most")
    for (name, times) in [("nothing to take", quiet), ("a plan to take", exchange)] {
      let row = [times[swaps / 2], times[swaps * 99 / 100], times[swaps - 1]]
      print(Table.left(name, 22) + row.map { Table.left("\($0)", 10) }.joined())
    }
  }

  /// By the clock, not the CPU time: the delay of the audio thread.
  private static func nanoseconds(_ work: () -> Void) -> UInt64 {
    let start = weft_nanoseconds()
    work()
    return weft_nanoseconds() - start
  }
}
