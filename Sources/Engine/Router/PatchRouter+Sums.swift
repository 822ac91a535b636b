// [control] From voices to one voice.
import ModuleKit

extension PatchRouter {
  /// Groups are summed in so many parts, and those then: on however many threads the groups are rendered, the sum is
  /// the same to the bit.
  private static let sumCount = 4

  /// The part of a group. Two neighbours share one: what has few voices is not worth more threads.
  static func part(of group: Int) -> Int { group / 2 % sumCount }

  /// Groups of one sum come one after the other: it stays in cache.
  static func place(of group: Int) -> Int { part(of: group) * Engine.groupLimit + group }

  /// Adds a group that has just been rendered to every sum of voices that it is part of.
  mutating func accumulate(_ node: Int, _ group: Int, _ results: [Int]) {
    for index in summed[node] ?? [] {
      let cable = graph.cables[index], key = cable.destination * 1024 + cable.destinationPort
      if sums[key] == nil {
        sums[key] = (0...PatchRouter.part(of: min(graph.groups, 2 * PatchRouter.sumCount) - 1)).map { _ in
          (draft.newSignal(isPoly: true), 0)
        }
      }
      let part = PatchRouter.part(of: group)
      sums[key]![part].lastVertex = firstVertex[node] + group
      draft.add(
        .accumulate(cable: index, group: group), inputs: [results[cable.sourcePort]],
        outputs: [sums[key]![part].signal], isPoly: true)
    }
  }

  /// Sums of voices, all in one voice. Each is folded where it has been made: one lane is less to pass on than eight.
  mutating func folded(_ sums: [(signal: Int, lastVertex: Int)]) -> Int {
    let folded = sums.map { sum in
      let signal = draft.newSignal(isPoly: false)
      inTask(of: sum.lastVertex) { $0.draft.add(.fold, inputs: [sum.signal], outputs: [signal], isPoly: false) }
      return signal
    }
    if folded.count == 1 { return folded[0] }
    let total = draft.newSignal(isPoly: false)
    draft.add(.total, inputs: folded, outputs: [total], isPoly: false)
    return total
  }
}
