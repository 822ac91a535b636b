// [audio] [control] The sessions of this process, by number.
import CWeft
import Glibc
import Synchronization

/// A place for a session, which is never freed: a call with the number of a closed session finds it closed.
final class SessionSlot: @unchecked Sendable {
  /// The number of the session in it; 0: none.
  let number = Atomic<UInt64>(0)
  /// True while a thread is in this side of the session.
  let isControlled = Atomic<Bool>(false), isSounding = Atomic<Bool>(false)
  /// Set and removed by a thread that is in both sides; read by one that is in either.
  nonisolated(unsafe) var player: Player?
}

/// Hands out session numbers, and lets one thread at a time into each side of a session.
enum SessionTable {
  /// Sessions at most; a power of two.
  static let limit = 1_024
  private static let slots = (0..<limit).map { _ in SessionSlot() }
  private static let lastTurn = Atomic<UInt64>(0)
  /// Sessions of another process cannot be used: their threads and locks are not in this one.
  private static let closesInChild: Void = {
    _ = pthread_atfork(nil, nil) { for slot in SessionTable.slots { slot.number.store(0, ordering: .relaxed) } }
  }()

  static func slot(_ number: UInt64) -> SessionSlot { slots[Int(number % UInt64(limit))] }

  /// Adds a session.
  ///
  /// - Returns: its number; 0 where there are too many.
  static func add(_ player: Player) -> UInt64 {
    _ = closesInChild
    for (index, slot) in slots.enumerated() {
      guard slot.number.load(ordering: .relaxed) == 0, !slot.isControlled.exchange(true, ordering: .acquiring) else {
        continue
      }
      defer { slot.isControlled.store(false, ordering: .releasing) }
      guard slot.number.load(ordering: .relaxed) == 0 else { continue }
      let turn = lastTurn.wrappingAdd(1, ordering: .relaxed).newValue
      let number = turn * UInt64(limit) + UInt64(index)
      slot.player = player
      slot.number.store(number, ordering: .releasing)
      return number
    }
    return 0
  }

  /// Runs the body as the only thread on the control side of a session.
  static func control(_ number: UInt64, _ body: (Player) -> Int32) -> Int32 {
    let slot = slot(number)
    guard number != 0, slot.number.load(ordering: .acquiring) == number else { return WEFT_CLOSED }
    guard !slot.isControlled.exchange(true, ordering: .acquiring) else { return WEFT_BUSY }
    defer { slot.isControlled.store(false, ordering: .releasing) }
    guard slot.number.load(ordering: .acquiring) == number, let player = slot.player else { return WEFT_CLOSED }
    return body(player)
  }

  /// [audio] Runs the body as the only thread on the sound side of a session.
  static func sound(_ number: UInt64, _ body: (Player) -> Int32) -> Int32 {
    let slot = slot(number)
    guard number != 0, slot.number.load(ordering: .acquiring) == number else { return WEFT_CLOSED }
    guard !slot.isSounding.exchange(true, ordering: .acquiring) else { return WEFT_BUSY }
    defer { slot.isSounding.store(false, ordering: .releasing) }
    guard slot.number.load(ordering: .acquiring) == number, let player = slot.player else { return WEFT_CLOSED }
    return body(player)
  }

  static func close(_ number: UInt64) -> Int32 {
    control(number) { player in
      let slot = slot(number)
      guard !slot.isSounding.exchange(true, ordering: .acquiring) else { return WEFT_BUSY }
      defer { slot.isSounding.store(false, ordering: .releasing) }
      player.finish()
      slot.number.store(0, ordering: .releasing)
      slot.player = nil
      return WEFT_OK
    }
  }
}
