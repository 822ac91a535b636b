import Engine
import TestSupport
import Testing

@Suite struct PartitionTests {
  /// A random graph whose edges go forwards, with groups of voices here and there.
  private func graph(
    _ random: inout SplitMix
  ) -> (order: [Int], edges: [(from: Int, to: Int)], vertices: [Partition.Vertex]) {
    let count = 40 + random.below(200)
    let vertices = (0..<count).map { _ in
      Partition.Vertex(weight: 1 + random.below(3), part: random.below(3) == 0 ? random.below(4) : nil)
    }
    var edges: [(from: Int, to: Int)] = []
    for to in 1..<count {
      for _ in 0..<random.below(3) {
        let from = random.below(to)
        // Voices of different sums never feed each other.
        if let a = vertices[from].part, let b = vertices[to].part, a != b { continue }
        if vertices[from].part == nil || vertices[to].part != nil || random.below(2) == 0 { edges.append((from, to)) }
      }
    }
    return (Array(0..<count), edges, vertices)
  }

  @Test func tasksOfRandomGraphsHaveAnOrder() {
    var random = SplitMix(seed: 3), shared = 0
    for _ in 0..<300 {
      let (order, edges, vertices) = graph(&random), threads = 2 + random.below(6)
      guard let partition = Partition(order: order, edges: edges, vertices: vertices, threads: threads)
      else { continue }
      shared += 1
      #expect(partition.tasks.count > 1 && partition.tasks.count < Partition.limit)
      for (i, task) in partition.tasks.enumerated() {
        #expect(task.needs >> UInt32(i) == 0, "a task needs earlier ones only")
        #expect((0..<threads).contains(task.home))
      }
      for edge in edges {
        let (from, to) = (partition.task[edge.from], partition.task[edge.to])
        #expect(from == to || partition.tasks[to].needs & 1 << UInt32(from) != 0, "\(edge)")
      }
    }
    #expect(shared > 50, "\(shared)")
  }

  @Test func lightGraphsAreNotShared() {
    let vertices = Array(repeating: Partition.Vertex(weight: 1, part: nil), count: 8)
    #expect(Partition(order: Array(0..<8), edges: [], vertices: vertices, threads: 4) == nil)
  }
}
