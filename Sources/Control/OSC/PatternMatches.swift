import ModuleKit
import PatchKit

extension Session {
  /// Expands a message with an address pattern: one message for every matching parameter of the draft, sorted by address;
  /// the message itself if there is none.
  ///
  /// - Throws: `malformed` for a broken pattern, `limit` when the budget is spent.
  func matches(of message: OSCMessage, _ budget: inout OSCMatcher.Budget) throws(PatchError) -> [OSCMessage] {
    guard OSCPattern.isPattern(message.address) else { return [message] }
    var matcher = OSCMatcher(try OSCPattern(message.address)), params = MatchedParams(registry: registry)
    let prefix = try matcher.advance(matcher.start, over: "/mod/", &budget)
    if prefix.isOver { return [message] }
    var found: [(id: String, params: [String])] = []
    for (id, node) in draft.patch.nodes {
      var state = try matcher.advance(prefix, over: id, &budget)
      if !state.isOver { state = try matcher.advance(state, over: "/", &budget) }
      if state.isOver { continue }
      let names = try params.names(of: node.type, after: state, &matcher, &budget)
      if !names.isEmpty { found.append((id, names)) }
    }
    if found.isEmpty { return [message] }
    return found.sorted { $0.id < $1.id }.flatMap { id, names in
      names.map { OSCMessage("/mod/\(id)/\($0)", message.arguments) }
    }
  }
}

/// Matching parameters, computed once per module.
private struct MatchedParams {
  let registry: Registry
  private var known: [String: [OSCMatcher.State: [String]]] = [:]
  private var params: [String: [String]] = [:]

  init(registry: Registry) { self.registry = registry }

  mutating func names(
    of type: String, after state: OSCMatcher.State, _ matcher: inout OSCMatcher, _ budget: inout OSCMatcher.Budget
  ) throws(PatchError) -> [String] {
    if let names = known[type]?[state] { return names }
    let all = params[type] ?? (registry[type]?.inputs ?? []).filter(\.isParameter).map(\.name)
    params[type] = all
    var names: [String] = []
    for name in all where matcher.isMatch(try matcher.advance(state, over: name, &budget)) { names.append(name) }
    known[type, default: [:]][state] = names
    return names
  }
}
