/// Assignment of the audio thread's measuring slots to targets, updated as nodes are added, removed and replaced.
struct SlotTaps<Target: Hashable> {
  private struct Tap {
    var target: Target
    /// The node's serial; nil for the main outputs.
    var serial: Int?
    /// Distinguishes the slot's current target from earlier ones.
    var key: Int
  }
  private var taps: [Tap?]
  private var lastKey = 0

  init(slots: Int) { taps = Array(repeating: nil, count: slots) }

  var isEmpty: Bool { taps.allSatisfy { $0 == nil } }

  func slot(of target: Target) -> (number: Int, key: Int)? {
    taps.firstIndex { $0?.target == target }.map { ($0, taps[$0]!.key) }
  }

  /// Ends the slots of removed targets, and starts slots for new ones.
  ///
  /// - Parameters:
  ///   - targets: with the serial of each node, without nodes that are not committed.
  ///   - start: sends an event to the audio thread; false if the event queue is full.
  /// - Returns: false if the event queue is full: call it again.
  mutating func update(
    _ targets: [Target: Int?], start: (_ slot: Int, _ target: Target, _ serial: Int?, _ key: Int) -> Bool,
    end: (_ slot: Int) -> Bool
  ) -> Bool {
    var isComplete = true
    for slot in taps.indices {
      guard let tap = taps[slot], targets[tap.target] != .some(tap.serial) else { continue }
      if end(slot) { taps[slot] = nil } else { isComplete = false }
    }
    for (target, serial) in targets where slot(of: target) == nil {
      guard let slot = taps.firstIndex(where: { $0 == nil }) else { return false }
      lastKey += 1
      guard start(slot, target, serial, lastKey) else {
        isComplete = false
        continue
      }
      taps[slot] = Tap(target: target, serial: serial, key: lastKey)
    }
    return isComplete
  }
}
