/// Timers by moment of the monotonic clock, earliest first; equal moments in the order of registration.
package struct LoopTimers {
  private struct Entry {
    let moment: UInt64
    let id: Int
  }

  /// A binary heap; cancelled entries stay in it until their moment.
  private var heap: [Entry] = []
  private var work: [Int: () -> Void] = [:]
  /// The id of the timer that was added last.
  package private(set) var last = 0

  package init() {}

  package mutating func add(at moment: UInt64, _ body: @escaping () -> Void) -> Int {
    last += 1
    work[last] = body
    heap.append(Entry(moment: moment, id: last))
    var child = heap.count - 1
    while child > 0, earlier(child, (child - 1) / 2) {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
    return last
  }

  package mutating func cancel(_ id: Int) {
    work[id] = nil
    if heap.count > 64, heap.count > 2 * work.count {
      heap = heap.filter { work[$0.id] != nil }.sorted { ($0.moment, $0.id) < ($1.moment, $1.id) }
    }
  }

  /// Nanoseconds until the first timer is due; negative if there is none.
  package mutating func wait(from now: UInt64) -> Int64 {
    while let first = heap.first, work[first.id] == nil { removeFirst() }
    guard let first = heap.first else { return -1 }
    return first.moment > now ? Int64(clamping: first.moment - now) : 0
  }

  /// Removes and returns the next due work of the timers up to the id `newest`.
  package mutating func due(at now: UInt64, upTo newest: Int) -> (() -> Void)? {
    while let first = heap.first, first.moment <= now, first.id <= newest {
      removeFirst()
      if let body = work.removeValue(forKey: first.id) { return body }
    }
    return nil
  }

  private mutating func removeFirst() {
    heap.swapAt(0, heap.count - 1)
    heap.removeLast()
    var parent = 0
    while true {
      var first = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && earlier(child, first) { first = child }
      if first == parent { return }
      heap.swapAt(parent, first)
      parent = first
    }
  }

  private func earlier(_ a: Int, _ b: Int) -> Bool { (heap[a].moment, heap[a].id) < (heap[b].moment, heap[b].id) }
}

extension ControlLoop {
  /// Identifies a timer, to cancel it.
  public struct Timer: Hashable, Sendable {
    let id: Int
  }

  /// Runs the work once, at or shortly after a moment of the monotonic clock in nanoseconds.
  @discardableResult
  public func at(_ moment: UInt64, _ work: @escaping () -> Void) -> Timer {
    checkThread()
    return Timer(id: timers.add(at: moment, work))
  }

  /// Runs the work once, `seconds` from now.
  @discardableResult
  public func after(_ seconds: Double, _ work: @escaping () -> Void) -> Timer {
    at(ControlLoop.now + UInt64(max(0, seconds) * 1e9), work)
  }

  /// Runs the work once, after at least `seconds`, together with other such work: at a multiple of `coarseInterval` of
  /// the clock, so that an idle process wakes up no more often than that.
  @discardableResult
  public func afterAtLeast(_ seconds: Double, _ work: @escaping () -> Void) -> Timer {
    let interval = UInt64(ControlLoop.coarseInterval * 1e9)
    let earliest = ControlLoop.now + UInt64(max(0, seconds) * 1e9)
    return at((earliest / interval + 1) * interval, work)
  }

  /// Seconds between coarse timers.
  public static var coarseInterval: Double { 0.1 }

  /// Cancels a timer; no effect if it has run.
  public func cancel(_ timer: Timer) {
    checkThread()
    timers.cancel(timer.id)
  }

  /// Runs the work that was due at `now`; timers that it adds for the same moment wait for the next iteration.
  func fireTimers(at now: UInt64) {
    let newest = timers.last
    while let body = timers.due(at: now, upTo: newest) { body() }
  }
}
