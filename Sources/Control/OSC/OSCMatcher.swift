import PatchKit

/// Incremental matching of addresses against a pattern: a common prefix of several addresses is matched once.
public struct OSCMatcher {
  /// The places in the pattern reached by the characters so far.
  public struct State: Hashable, Sendable {
    fileprivate var places: [Int] = []
    /// No continuation matches.
    public var isOver: Bool { places.isEmpty }
  }

  /// Bound on the work of matching, shared by all patterns of a packet.
  public struct Budget: Sendable {
    /// Remaining visits of places, a few nanoseconds each.
    public private(set) var left: Int

    public init(_ places: Int = 4_000_000) { left = places }

    fileprivate mutating func spend(_ places: Int) throws(PatchError) {
      left -= places
      if left < 0 { throw PatchError(.limit, "the address patterns of this packet take too long to match") }
    }
  }

  private let steps: [OSCPattern.Step]
  private var next: Places
  public let start: State

  public init(_ pattern: OSCPattern) {
    steps = pattern.steps
    next = Places(steps.count)
    OSCMatcher.add(0, to: &next, steps)
    start = State(places: next.list)
  }

  /// Matches the next characters of an address.
  ///
  /// - Throws: `limit` when the budget is spent.
  public mutating func advance(_ state: State, over text: String, _ budget: inout Budget) throws(PatchError) -> State {
    var state = state
    for c in text.utf8 {
      if state.isOver { break }
      next.removeAll()
      for place in state.places {
        if case .one(let set) = steps[place], set.contains(c) { OSCMatcher.add(place + 1, to: &next, steps) }
      }
      try budget.spend(state.places.count + next.list.count)
      swap(&state.places, &next.list)
    }
    return state
  }

  /// Returns true if the characters so far are a complete matching address.
  public func isMatch(_ state: State) -> Bool { state.places.contains(steps.count - 1) }

  /// The places reached, each once.
  private struct Places {
    var list: [Int] = []
    private var generation = 1
    private var seen: [Int]

    init(_ count: Int) { seen = Array(repeating: 0, count: count) }
    mutating func removeAll() {
      list.removeAll(keepingCapacity: true)
      generation += 1
    }
    mutating func insert(_ place: Int) -> Bool {
      if seen[place] == generation { return false }
      seen[place] = generation
      list.append(place)
      return true
    }
  }

  /// Adds a place and the places that it forks to; each is entered once, which bounds the depth.
  private static func add(_ place: Int, to places: inout Places, _ steps: [OSCPattern.Step]) {
    guard places.insert(place), case .fork(let a, let b) = steps[place] else { return }
    add(a, to: &places, steps)
    add(b, to: &places, steps)
  }
}

extension OSCPattern {
  /// Returns true if the whole address matches.
  public func matches(_ address: String) -> Bool {
    var matcher = OSCMatcher(self), budget = OSCMatcher.Budget(.max)
    let state = try? matcher.advance(matcher.start, over: address, &budget)
    return state.map(matcher.isMatch) ?? false
  }
}
