import Engine

/// The nodes that the audio thread measures for meters and ring-outs.
struct MeterTaps {
  /// By target the serial of the node, nil for what leaves the outputs.
  private var taps: [String: Int?] = [:]

  var isEmpty: Bool { taps.isEmpty }

  /// The target that a reading belongs to.
  func target(of serial: Int?) -> String? { taps.first { $0.value == serial }?.key }

  /// Starts and ends measuring as targets come and go, and as nodes become other nodes of the same id.
  ///
  /// - Parameter serials: by target; a node that does not sound yet is not among them.
  mutating func update(_ serials: [String: Int?], _ plans: PlanPublisher) {
    for (target, tapped) in taps where serials[target] != .some(tapped) {
      if plans.setMeter(node: tapped, isOn: false) { taps[target] = nil }
    }
    for (target, serial) in serials where taps[target] == nil {
      if plans.setMeter(node: serial, isOn: true) { taps[target] = .some(serial) }
    }
  }
}
