// [audio] [control] Handover of one voice to the first of several lanes: what is handed over, and the copies.
import DSP
import ModuleKit

/// The copies to make when a plan starts.
///
/// A long delay line is copied ahead, a piece per period, while the one voice still plays; when the plan starts, only
/// changed words are copied again.
struct HandoverMemory {
  /// The least size of a copy that is made ahead, bytes.
  static let longBytes = 8_192
  /// Words of four bytes copied ahead per rendered frame.
  static let wordsPerFrame = 256

  var short: Row<StateCopy>
  var long: Row<LongCopy>
  var parameters: Row<ParameterHandover>
  /// The long copy in progress, and its next word.
  private var present = 0, next = 0

  init(
    short: Row<StateCopy>, long: Row<LongCopy>,
    parameters: Row<ParameterHandover>
  ) {
    self.short = short
    self.long = long
    self.parameters = parameters
  }

  /// Copies ahead; true when nothing is left to copy ahead.
  mutating func prepare(words: Int) -> Bool {
    var left = words
    while present < long.count {
      let end = min(long[present].words, next + left)
      long[present].copyAhead(next, end)
      left -= end - next
      next = end
      if next < long[present].words { return false }
      (present, next) = (present + 1, 0)
    }
    return true
  }

  /// Completes all copies: the lanes take over.
  mutating func finish() {
    _ = prepare(words: .max / 2)
    for copy in long { copy.refresh() }
    for copy in short { copy.perform() }
    for parameter in parameters { parameter.to.pointee.resume(from: parameter.from.pointee, buffer: parameter.buffer) }
  }
}

/// A copy that is made ahead, with the words as they were copied.
struct LongCopy {
  let copy: StateCopy
  let shadow: RawMemory
  /// A partial last word is copied at the end.
  var words: Int { copy.bytes / 4 }

  func copyAhead(_ first: Int, _ end: Int) {
    (shadow + 4 * first).copy(copy.source + 4 * first, bytes: 4 * (end - first))
    perform(first, end)
  }

  private func perform(_ first: Int, _ end: Int) {
    if copy.isLane { copy.perform(first, end) } else { copy.perform(4 * first, 4 * end) }
  }

  /// Copies the words that have changed since.
  func refresh() {
    var i = 0
    while i < words {
      let end = min(i + 8, words)
      if end - i < 8 || differs(at: i) { perform(i, end) }
      i = end
    }
    if !copy.isLane { copy.perform(4 * words, copy.count) }
  }

  /// Returns whether one of eight words has changed.
  @inline(__always) private func differs(at i: Int) -> Bool {
    let now = copy.source.load(Voices.Bits.self, at: 4 * i), then = shadow.load(Voices.Bits.self, at: 4 * i)
    return !Voices.Bits.different(now, then).isZero
  }
}

/// A parameter of one voice, and the same parameter in lanes, with a buffer for its movement.
struct ParameterHandover {
  var from: Reference<Parameter>
  var to: Reference<Parameter>
  var buffer: RawMemory?
}

/// A node of one voice and the same node in lanes: lane 0 continues from the state of the one voice, so that no held or
/// released note is cut.
struct Handover {
  let alone: NodeInstance
  let lanes: NodeInstance
  private let state: [StateCopy]

  /// Fails where the two widths of the module have different state.
  ///
  /// - Parameter spare: the same node in lanes, made before.
  init?(of alone: NodeInstance, reusing spare: NodeInstance? = nil) {
    self.alone = alone
    lanes = spare.flatMap { $0.alone === alone ? $0 : nil } ?? NodeInstance(lanesOf: alone)
    guard var copies = alone.kernel(group: 0).copies(intoLanesOf: lanes.kernel(group: 0)) else { return nil }
    for (port, buffer) in alone.delayedInputs {
      copies.append(
        StateCopy(from: buffer, to: lanes.feedbackBuffer(port: port, group: 0), count: quantumFrames, isLane: true))
    }
    state = copies
  }

  /// The copies to perform when the lanes take over.
  static func memory(of handovers: [Handover], in arena: inout PlanArena) -> HandoverMemory {
    let copies = handovers.flatMap(\.state)
    let long = copies.filter { $0.bytes > HandoverMemory.longBytes }.map { copy in
      LongCopy(copy: copy, shadow: arena.bytes(copy.bytes))
    }
    let parameters = handovers.flatMap { handover in
      handover.alone.parameters.indices.map { port in
        ParameterHandover(
          from: handover.alone.parameters.reference(to: port), to: handover.lanes.parameters.reference(to: port),
          buffer: handover.lanes.movingBuffer(port))
      }
    }
    return HandoverMemory(
      short: arena.copy(of: copies.filter { $0.bytes <= HandoverMemory.longBytes }), long: arena.copy(of: long),
      parameters: arena.copy(of: parameters))
  }
}

extension Graph {
  /// Replaces nodes of one voice by the same nodes in lanes, with all their cables.
  mutating func replace(_ handovers: [Handover]) {
    guard !handovers.isEmpty else { return }
    var lanes: [ObjectIdentifier: NodeInstance] = [:]
    for handover in handovers { lanes[ObjectIdentifier(handover.alone)] = handover.lanes }
    func identifier(_ old: ObjectIdentifier) -> ObjectIdentifier { lanes[old].map(ObjectIdentifier.init) ?? old }
    nodes = nodes.map { node in
      Node(
        instance: lanes[ObjectIdentifier(node.instance)] ?? node.instance, id: node.id, isDelayed: node.isDelayed,
        isRinging: node.isRinging)
    }
    cables = cables.map { cable in
      let key = CableKey(
        source: cable.key.source.map(identifier), sourcePort: cable.key.sourcePort,
        destination: identifier(cable.key.destination), destinationPort: cable.key.destinationPort,
        isDelayed: cable.key.isDelayed)
      return Cable(
        source: cable.source, sourcePort: cable.sourcePort, destination: cable.destination,
        destinationPort: cable.destinationPort, amount: cable.amount, gain: cable.gain, isMoving: cable.isMoving,
        key: key)
    }
  }
}
