import Engine
import ModuleKit
import PatchKit

/// The outputs of all nodes in the order of `/notify/levels`: nodes by id, outputs in the module's order.
struct OutputOrder {
  /// The sequence number of the edit that made the patch.
  let seq: Int
  let count: Int
  /// The index of a node's first output, and the number of its outputs, by serial.
  private var places: [Int: (first: Int, count: Int)] = [:]
  /// The outputs of the last reading in its own order, with their places: the next reading has the same, as a rule.
  private var lastReading: [(serial: Int, port: Int, place: Int?)] = []

  init(of draft: Draft, seq: Int, in registry: Registry) {
    self.seq = seq
    var count = 0
    for (id, node) in draft.patch.nodes.sorted(by: { $0.key < $1.key }) {
      guard let serial = draft.serials[id], let outputs = registry[node.type]?.outputs else { continue }
      places[serial] = (count, outputs.count)
      count += outputs.count
    }
    self.count = count
  }

  func place(of serial: Int, _ port: Int) -> Int? {
    guard let place = places[serial], port < place.count else { return nil }
    return place.first + port
  }

  /// The same, of the output that is number `i` in a reading.
  mutating func place(of serial: Int, _ port: Int, at i: Int) -> Int? {
    if i < lastReading.count, lastReading[i].serial == serial, lastReading[i].port == port {
      return lastReading[i].place
    }
    let place = place(of: serial, port)
    if i < lastReading.count { lastReading[i] = (serial, port, place) }
    if i == lastReading.count { lastReading.append((serial, port, place)) }
    return place
  }
}

/// Levels of all outputs, and probes.
extension Monitoring {
  /// A level in half dB above −127.5 dB of full scale: 0 is silence, 255 full scale and above.
  static func byte(ofPeak peak: Float) -> UInt8 {
    guard peak > 0 else { return 0 }
    return UInt8(min(max((Float.log2(peak) * 6.020_6 + 127.5) * 2, 0), 255).rounded())
  }

  func notifyLevels(_ subscribers: Subscribers) {
    let frame = engine.frame
    guard table.isDue(.levels, at: frame) || inquiries.contains(where: \.wantsLevels) else { return }
    let isNewOrder = order?.seq != session.store.committedSeq
    if isNewOrder {
      order = OutputOrder(of: session.committed, seq: session.store.committedSeq, in: session.registry)
    }
    guard var order else { return }
    // A second reference would make each change copy it.
    self.order = nil
    var peaks = [Float](repeating: 0, count: order.count), number = 0
    let isInquired = inquiries.contains(where: \.wantsLevels)
    plans.readLevels { serial, port, peak in
      if let place = order.place(of: serial, port, at: number) { peaks[place] = max(peaks[place], peak) }
      number += 1
      guard isInquired else { return }
      for i in inquiries.indices where inquiries[i].wantsLevels { inquiries[i].add(peak, of: serial, port) }
    }
    self.order = order
    let bytes = peaks.map(Monitoring.byte), sampleRate = engine.sampleRate
    let seq = OSCArgument.int32(Int32(truncatingIfNeeded: order.seq))
    table.update(.levels) { subscription in
      if isNewOrder { subscription.peaks = [] }
      subscription.raisePeaks(to: bytes)
      guard frame >= subscription.nextFrame else { return }
      subscribers.notify(subscription.client, .levels, [seq, .blob(subscription.peaks)])
      subscription.peaks = []
      subscription.scheduleNext(after: frame, sampleRate: sampleRate)
    }
  }

  // MARK: Probes

  func updateProbes(_ parameters: Set<PortAddress>) -> Bool {
    guard !parameters.isEmpty || !probes.isEmpty else { return true }
    let committed = session.committed
    var tapped: [PortAddress: Int?] = [:]
    for parameter in parameters {
      if let serial = committed.serials[parameter.node] { tapped[parameter] = serial }
    }
    return probes.update(
      tapped,
      start: { slot, parameter, serial, key in
        guard let node = committed.patch.nodes[parameter.node], let module = session.registry[node.type],
          let port = module.input(named: parameter.port)
        else { return false }
        return plans.setProbe(
          slot, node: serial!, port: port, isOnGrid: module.inputs[port].reading != .everyFrame, key: key)
      }, end: { plans.endProbe($0) })
  }

  func notifyProbes(_ subscribers: Subscribers) {
    guard !probes.isEmpty, table.isDue(.probe, at: engine.frame) else { return }
    // Several clients may probe one parameter: all get the same range since the last reading.
    var ranges: [PortAddress: (Float, Float)?] = [:]
    table.eachDue(.probe, at: engine.frame, sampleRate: engine.sampleRate) { subscription in
      guard case .probe(let parameter) = subscription.observation, let slot = probes.slot(of: parameter),
        let value = number(of: parameter)
      else { return false }
      let range = ranges[parameter] ?? plans.probe(slot.number, key: slot.key)
      ranges[parameter] = .some(range)
      let (lowest, highest) = range ?? (value, value)
      subscribers.notify(
        subscription.client, .probe, [.string(parameter.description), .float(value), .float(lowest), .float(highest)])
      return true
    }
  }

  /// The set value of a committed parameter.
  private func number(of parameter: PortAddress) -> Float? {
    guard let node = session.committed.patch.nodes[parameter.node],
      let spec = session.committed.patch.spec(of: parameter, in: session.registry)
    else { return nil }
    return node.value(of: spec)
  }
}
