import ModuleKit
import PatchKit

/// `weft-bench compile`: from a patch to a plan in the standby slot.
enum CompileCosts {
  /// Nodes to compile; each but the first few has two cables into it.
  static let sizes = [16, 100, 1_000, 10_000]

  static func run(_ registry: Registry) throws {
    print("nodes   cables   whole patch, ms   one cable changed, ms")
    for size in sizes {
      let patch = mesh(size)
      var edited = patch
      edited.cables[patch.cables.keys.min()!]! *= 0.5
      do {
        let whole = try Stopwatch.median(rounds: size > 1_000 ? 5 : 15) { try BenchHost(registry).commit(patch) }
        let edit = try editSeconds(registry, patch, edited)
        print(
          Table.left("\(size)", 8) + Table.left("\(patch.cables.count)", 9) + Table.left(Table.number(whole * 1e3), 18)
            + Table.number(edit * 1e3))
      } catch let errors as PatchErrors {
        print(Table.left("\(size)", 8) + Table.left("\(patch.cables.count)", 9) + "refused: \(errors.errors[0])")
      }
    }
  }

  private static func editSeconds(_ registry: Registry, _ patch: Patch, _ edited: Patch) throws -> Double {
    let host = BenchHost(registry)
    try host.commit(patch)
    host.settle()
    var isEdited = false
    return try (0..<9).map { _ in
      isEdited.toggle()
      let seconds = try Stopwatch.seconds { try host.commit(isEdited ? edited : patch) }
      host.settle()
      return seconds
    }.sorted()[4]
  }

  /// Sines, filters, gains and mixes, each fed by the two nodes before it.
  static func mesh(_ count: Int) -> Patch {
    let kinds: [(type: String, first: String, second: String)] = [
      ("mix", "in1", "in2"), ("biquad", "in", "cutoff"), ("gain", "in", "db"), ("sine", "phase", "fm"),
    ]
    var s = PatchSketch()
    func name(_ i: Int) -> String { "\(kinds[i % kinds.count].type)\(i)" }
    for i in 0..<count {
      let kind = kinds[i % kinds.count]
      s.node(name(i), kind.type)
      if i >= 1 { s.cable("\(name(i - 1))/out", "\(name(i))/\(kind.first)", 0.5) }
      if i >= 2 { s.cable("\(name(i - 2))/out", "\(name(i))/\(kind.second)", 0.01) }
    }
    // Two more complete the small patch of 16 nodes and 32 cables.
    s.node("out", "output")
    for (k, side) in ["left", "right"].enumerated() { s.cable("\(name(count - 1 - k))/out", "out/\(side)", 0.1) }
    s.cable("\(name(0))/out", "out/left", 0.1)
    return s.patch
  }
}
