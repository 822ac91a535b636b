import Engine

/// The nodes that the audio thread measures for meters and ring-outs.
struct MeterTaps {
  /// The serial of the node by target; nil for the outputs.
  private var taps: [String: Int?] = [:]

  var isEmpty: Bool { taps.isEmpty }

  /// The target of a reading.
  func target(of serial: Int?) -> String? { taps.first { $0.value == serial }?.key }

  /// Starts and ends measuring as targets are added and removed, and as ids refer to new nodes.
  ///
  /// - Parameter serials: by target, without nodes that are not committed.
  /// - Returns: false if the event queue is full: call it again.
  mutating func update(_ serials: [String: Int?], _ plans: PlanPublisher) -> Bool {
    var isComplete = true
    for (target, tapped) in taps where serials[target] != .some(tapped) {
      if plans.setMeter(node: tapped, isOn: false) { taps[target] = nil } else { isComplete = false }
    }
    for (target, serial) in serials where taps[target] == nil {
      if plans.setMeter(node: serial, isOn: true) { taps[target] = .some(serial) } else { isComplete = false }
    }
    return isComplete
  }
}
