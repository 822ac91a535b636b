// [control] Delays of cables, so that parallel paths of different latency meet in time.
import DSP
import ModuleKit

extension Graph {
  /// Delays each sound by what the longest path to the same node, or to an output on the same channels, takes more.
  ///
  /// Cables of sound into audio inputs count: control signals are not delayed, and nothing is within a feedback loop,
  /// whose time would change.
  /// - Parameter latencies: frames by which each node delays.
  mutating func compensateLatency(_ latencies: [Int]) {
    guard latencies.contains(where: { $0 > 0 }) else { return }
    let edges = cables.filter { $0.source != Graph.unit && !isDelayed($0) }.map {
      (from: $0.source, to: $0.destination)
    }
    let order = GraphShape(count: nodes.count, edges: edges).order(priority: Array(0..<nodes.count))
    let isSound = soundingNodes, isInLoop = nodesInLoops
    var incoming: [Int: [Int]] = [:]
    for (i, cable) in cables.enumerated()
    where cable.source != Graph.unit && isSound[cable.source] && isSignal(cable) && !isDelayed(cable)
      && !(isInLoop[cable.source] && isInLoop[cable.destination])
    {
      incoming[cable.destination, default: []].append(i)
    }
    var arrivals = Array(repeating: 0, count: nodes.count)
    for node in order {
      for i in incoming[node] ?? [] {
        arrivals[node] = max(arrivals[node], arrivals[cables[i].source] + latencies[cables[i].source])
      }
    }
    // Outputs on the same channels meet in the host; those on others are not related.
    let outputs = nodes.indices.filter { nodes[$0].instance.descriptor.name == GraphBuilder.impliedOutputType }
    for meeting in Dictionary(grouping: outputs, by: channel).values {
      let last = meeting.map { arrivals[$0] }.max()!
      for node in meeting { arrivals[node] = last }
    }
    for i in incoming.values.joined() {
      cables[i].delay = arrivals[cables[i].destination] - arrivals[cables[i].source] - latencies[cables[i].source]
    }
  }

  /// The first channel of an output node.
  private func channel(_ node: Int) -> Float {
    let instance = nodes[node].instance
    return instance.descriptor.input(named: "channel").map { instance.values[$0] } ?? 1
  }

  /// Returns whether a cable has a delay, or had one that must fade.
  func isCompensated(_ cable: Cable) -> Bool { cable.delay > 0 || cable.gain.delay > 0 }
}

extension CableGain {
  /// The line of one voice group, with room for a delay.
  func line(group: Int, isPoly: Bool, delay: Int) -> UnsafeMutablePointer<CompensationLine> {
    if let line = lines[group], line.pointee.capacity >= CompensationLine.capacity(for: delay) { return line }
    let capacity = CompensationLine.capacity(for: delay)
    let bytes = capacity * (isPoly ? MemoryLayout<Voices>.stride : MemoryLayout<Float>.stride)
    let memory = CacheLine.allocate(bytes)
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
    // A cable that sounds already fades from no delay.
    let start = isPublished ? 0 : delay
    let line = UnsafeMutablePointer<CompensationLine>.allocate(capacity: 1)
    line.initialize(to: CompensationLine(memory: memory, capacity: capacity, delay: start, former: start))
    if let old = lines[group] { spent.append(old) }
    lines[group] = line
    return line
  }
}

extension PatchRouter {
  /// The signal of a cable's source, delayed if a parallel path takes longer.
  mutating func compensated(_ index: Int, _ group: Int, _ signal: Int) -> Int {
    let cable = graph.cables[index]
    guard graph.isCompensated(cable) else { return signal }
    let isPoly = isPoly(cable.source), result = list.newSignal(isPoly: isPoly)
    list.add(.compensate(cable: index, group: group), inputs: [signal], outputs: [result], .poly(if: isPoly))
    return result
  }

  /// A mono source in all lanes; a delayed one is spread for its cable alone.
  mutating func spread(_ index: Int) -> Int {
    let cable = graph.cables[index]
    guard graph.isCompensated(cable) else { return spread(cable.source, cable.sourcePort) }
    if let known = delayedSpreads[index] { return known }
    let mono = output(cable.source, 0, cable.sourcePort), signal = list.newSignal(isPoly: true)
    inTask(of: firstVertex[cable.source]) {
      let delayed = $0.compensated(index, 0, mono)
      $0.list.add(.spread, inputs: [delayed], outputs: [signal], [.poly, .pure])
    }
    delayedSpreads[index] = signal
    return signal
  }
}
