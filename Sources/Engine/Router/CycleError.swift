import PatchKit

extension PatchError {
  /// - Parameter nodes: the ids around the cycle, in the order of its cables.
  static func cycle(through nodes: [String]) -> PatchError {
    PatchError(
      .cycle,
      "the cables \((nodes + nodes.prefix(1)).joined(separator: " -> ")) form a cycle: put a feedback or a delay into it",
      at: Place(path: nodes.first))
  }
}
