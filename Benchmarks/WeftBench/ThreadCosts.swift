import CRealtime
import Engine
import Glibc
import Hosts
import ModuleKit

/// `weft-bench threads`: the speed-up of a period by two threads.
enum ThreadCosts {
  private static let rounds = 5, seconds = 0.5

  static func run(_ registry: Registry) throws {
    beUrgent()
    print(
      "the time of a period on one thread, and by how much it is shorter where two share the work; medians of \(rounds)"
    )
    print("case       n  period   one, us   at its pace   back to back")
    let cases: [(Workload, Int)] = [
      (.voice, 32), (.voice, 64), (.voice, 128), (.voice, 256), (.voice, 512), (.chain, 32), (.fx, 1),
    ]
    for (workload, units) in cases {
      for period in [64, 256, 1_024] { try compare(workload, units, period, registry) }
    }
  }

  private static func compare(_ workload: Workload, _ units: Int, _ period: Int, _ registry: Registry) throws {
    let one = try host(registry, workload, units, threads: 1, period)
    let two = try host(registry, workload, units, threads: 2, period)
    var alone: [Double] = [], paced: [Double] = [], packed: [Double] = []
    for _ in 0..<rounds {
      let single = cost(one, period, isPaced: true)
      alone.append(single / 1_000)
      paced.append(single / cost(two, period, isPaced: true))
      packed.append(cost(one, period, isPaced: false) / cost(two, period, isPaced: false))
    }
    print(
      Table.left(workload.rawValue, 8), Table.left("\(units)", 3), Table.left("\(period)", 7),
      Table.left(Table.number(median(alone), digits: 1), 9), Table.left(Table.number(median(paced), digits: 2), 13),
      Table.number(median(packed), digits: 2))
  }

  /// Real-time priority, as audio threads have, where that is allowed.
  private static func beUrgent() {
    var priority = sched_param()
    priority.sched_priority = 70
    if sched_setscheduler(0, SCHED_FIFO, &priority) != 0 { print("not in real time: no right to it") }
  }

  private static func host(_ registry: Registry, _ workload: Workload, _ units: Int, threads: Int, _ period: Int) throws
    -> BenchHost
  {
    let host = BenchHost(registry, threads: threads, period: period)
    try host.commit(workload.patch(units))
    host.render(frames: BenchHost.rate / 4 / period * period)
    return host
  }

  /// Nanoseconds of a period: the median.
  private static func cost(_ host: BenchHost, _ period: Int, isPaced: Bool) -> Double {
    let count = max(20, Int(seconds * Double(BenchHost.rate)) / period)
    let length = UInt64(Double(period) / Double(BenchHost.rate) * 1e9)
    var times: [Double] = []
    times.reserveCapacity(count)
    var due = weft_nanoseconds() + length
    for _ in 0..<count {
      if isPaced {
        while true {
          let now = weft_nanoseconds()
          if now >= due { break }
          usleep(UInt32((due - now) / 1_000))
        }
        due += length
      }
      let start = weft_nanoseconds()
      host.render(frames: period)
      times.append(Double(weft_nanoseconds() - start))
    }
    return median(times)
  }

  private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}
