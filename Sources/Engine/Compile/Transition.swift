// [control] From the current graph to the desired one: the order of fades.
import ModuleKit

/// The sequence of graphs to play; each is played until its ramps have arrived.
///
/// A sudden change of cables would click. So the first graph holds old and new cables together: removed ones ramp to
/// zero, new ones ramp from zero, the rest is untouched. Where the union would be a cycle, or an input would need a
/// feedback delay in one graph only, the old cables fade out first.
enum Transition {
  static func graphs(from current: Graph, to desired: Graph) -> [Graph] {
    if let union = union(current, desired) { return union.isUnion ? [union, desired] : [union] }
    let bridge = bridge(current, desired)
    // Both are acyclic: the bridge lacks every new cable, and is part of the desired graph.
    return [union(current, bridge), union(bridge, desired)].compactMap { $0 } + [desired]
  }

  /// The common part of old and new, as the old graph has it.
  private static func bridge(_ current: Graph, _ desired: Graph) -> Graph {
    let kept = Set(desired.nodes.map { ObjectIdentifier($0.instance) })
    let cables = Set(desired.cables.map(\.key))
    var bridge = Graph(), places: [Int: Int] = [:]
    bridge.voices = desired.voices
    bridge.tuning = desired.tuning
    bridge.groups = max(current.groups, desired.groups)
    let known = Set(current.nodes.map { ObjectIdentifier($0.instance) })
    bridge.controls = desired.controls.filter { known.contains(ObjectIdentifier($0.instance)) }
    for (i, node) in current.nodes.enumerated() where kept.contains(ObjectIdentifier(node.instance)) {
      places[i] = bridge.nodes.count
      bridge.nodes.append(node)
    }
    for cable in current.cables where cables.contains(cable.key) {
      bridge.cables.append(cable.moved(source: places[cable.source]!, destination: places[cable.destination]!))
    }
    return bridge
  }

  /// Old and new together; nil where that has no order.
  private static func union(_ current: Graph, _ desired: Graph) -> Graph? {
    var union = Graph()
    union.voices = desired.voices
    union.tuning = desired.tuning
    union.groups = max(current.groups, desired.groups)
    union.isUnion = current.groups != desired.groups || current.voices != desired.voices
    union.nodes = desired.nodes
    union.controls = desired.controls
    union.firstLeaving = desired.nodes.count
    var places: [ObjectIdentifier: Int] = [:]
    places.reserveCapacity(desired.nodes.count)
    for (i, node) in desired.nodes.enumerated() { places[ObjectIdentifier(node.instance)] = i }
    var isOldNode: Set<ObjectIdentifier> = []
    isOldNode.reserveCapacity(current.nodes.count)
    let fedBySignals = Set(current.cables.lazy.filter(current.isSignal).map(\.key.destination))
    for node in current.nodes {
      let key = ObjectIdentifier(node.instance)
      isOldNode.insert(key)
      if let place = places[key] {
        guard union.nodes[place].isDelayed == node.isDelayed || !fedBySignals.contains(key) else { return nil }
      } else {
        places[key] = union.nodes.count
        union.nodes.append(node)
        union.isUnion = true
      }
    }
    let isOld = union.nodes.map { isOldNode.contains(ObjectIdentifier($0.instance)) }
    var sounding: [CableKey: Graph.Cable] = [:]
    sounding.reserveCapacity(current.cables.count)
    for cable in current.cables { sounding[cable.key] = cable }

    for cable in desired.cables {
      if let before = sounding.removeValue(forKey: cable.key) {
        union.add(cable, moving: before.isMoving, changed: before.amount != cable.amount)
      } else {
        let destination = union.nodes[cable.destination].instance
        // A new node is not audible yet: cables into it need no fade.
        let isHeard = isOld[cable.destination] || destination.isSink
        if !isHeard { cable.gain.ramp.pointee = Ramp(at: cable.amount) }
        union.add(cable, moving: isHeard, changed: isHeard)
      }
    }
    for cable in current.cables where sounding[cable.key] != nil && cable.source != Graph.unit {
      var leaving = cable.moved(
        source: places[ObjectIdentifier(current.nodes[cable.source].instance)]!,
        destination: places[ObjectIdentifier(current.nodes[cable.destination].instance)]!)
      let destination = union.nodes[leaving.destination].instance
      let isHeard = leaving.destination < desired.nodes.count || destination.isSink
      if isHeard { leaving.amount = 0 }
      union.isUnion = true
      union.add(leaving, moving: isHeard || cable.isMoving, changed: isHeard && cable.amount != 0)
    }
    union.addUnits(from: current, to: desired, isOld: isOld)
    union.isUnion = union.isUnion || union.cables.contains(where: \.isMoving)
    return union.isAcyclic ? union : nil
  }

}

extension Graph {
  fileprivate mutating func add(_ cable: Cable, moving: Bool, changed: Bool) {
    var cable = cable
    cable.isMoving = moving || changed
    cables.append(cable)
    if changed { rampChanges.append((cable.gain, cable.amount)) }
  }

  /// An unpatched scaled input is its parameter alone: a constant 1 that fades out as the first cable fades in, and in
  /// as the last one fades out.
  fileprivate mutating func addUnits(from current: Graph, to desired: Graph, isOld: [Bool]) {
    var units: [CableKey: Cable] = [:]
    for cable in current.cables where cable.source == Graph.unit { units[cable.key] = cable }
    let before = Set(current.cables.filter { $0.source != Graph.unit && current.isScaled($0) }.map(\.key.port))
    let after = Set(desired.cables.filter { desired.isScaled($0) }.map(\.key.port))
    var seen: Set<CableKey> = []
    for cable in cables where isScaled(cable) && isOld[cable.destination] {
      let key = CableKey(
        source: nil, sourcePort: 0, destination: cable.key.destination, destinationPort: cable.destinationPort,
        isDelayed: false)
      guard seen.insert(key).inserted else { continue }
      let isPatched = after.contains(key.port), wasPatched = before.contains(key.port), unit = units[key]
      if isPatched && wasPatched && unit == nil { continue }
      let isLeaving = cable.destination >= desired.nodes.count
      if isLeaving && unit == nil { continue }
      let present = unit?.amount ?? (wasPatched ? 0 : 1)
      let target: Float = isLeaving ? present : isPatched ? 0 : 1
      add(
        Cable(
          source: Graph.unit, sourcePort: 0, destination: cable.destination, destinationPort: cable.destinationPort,
          amount: target, gain: unit?.gain ?? CableGain(at: present), isMoving: true, key: key),
        moving: unit?.isMoving ?? false, changed: present != target)
    }
  }

  func isSignal(_ cable: Cable) -> Bool {
    nodes[cable.destination].instance.descriptor.inputs[cable.destinationPort].type == .signal
  }
  fileprivate func isScaled(_ cable: Cable) -> Bool {
    nodes[cable.destination].instance.descriptor.inputs[cable.destinationPort].modulation == .scale
  }

  fileprivate var isAcyclic: Bool {
    let edges = cables.compactMap { cable in
      cable.source == Graph.unit || nodes[cable.destination].isDelayed && isSignal(cable)
        ? nil : (from: cable.source, to: cable.destination)
    }
    let shape = GraphShape(count: nodes.count, edges: edges)
    return shape.order(priority: Array(0..<nodes.count)).count == nodes.count
  }
}

extension Graph.Cable {
  fileprivate func moved(source: Int, destination: Int) -> Graph.Cable {
    Graph.Cable(
      source: self.source == Graph.unit ? Graph.unit : source, sourcePort: sourcePort, destination: destination,
      destinationPort: destinationPort, amount: amount, gain: gain, isMoving: isMoving, key: key, delay: delay)
  }
}

extension CableKey {
  struct Port: Hashable {
    var node: ObjectIdentifier
    var port: Int
  }
  /// The destination.
  fileprivate var port: Port { Port(node: destination, port: destinationPort) }
}
