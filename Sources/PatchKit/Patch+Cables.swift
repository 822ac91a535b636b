import ModuleKit

/// The edits of a patch's cables. An edit that is refused changes nothing.
extension Patch {
  /// Lays a cable from an output to an input, each written `node/port` or, for its main port, `node`.
  /// A cable that is there already gets the new amount.
  @discardableResult
  public mutating func connect(
    _ source: String, _ destination: String, amount: Float = 1, in registry: Registry
  ) throws(PatchError) -> Cable {
    let cable = try cable(source, destination, in: registry)
    try Patch.checkAmount(amount, of: cable)
    try checkLoop(cable, in: registry)
    guard cables.count < Limits.cables || cables[cable] != nil else {
      throw PatchError(.limit, "a patch has at most \(Limits.cables) cables", at: Place(path: cable.description))
    }
    cables[cable] = amount
    return cable
  }

  /// Takes a cable out; ports as for `connect`.
  @discardableResult
  public mutating func disconnect(
    _ source: String, _ destination: String, in registry: Registry
  ) throws(PatchError) -> Cable {
    let cable = try cable(source, destination, in: registry)
    guard cables.removeValue(forKey: cable) != nil else {
      let others = cables.keys.filter {
        $0.source.node == cable.source.node && $0.destination.node == cable.destination.node
      }
      throw PatchError(
        .noSuchCable, "there is no such cable", at: Place(path: cable.description),
        suggestions: others.sorted().prefix(Nearest.most).map(\.description))
    }
    return cable
  }

  /// The cable that two texts mean, whether or not it is there.
  public func cable(_ source: String, _ destination: String, in registry: Registry) throws(PatchError) -> Cable {
    let from = try port(source, .source, in: registry)
    return Cable(from, try port(destination, .destination, in: registry))
  }

  static func checkAmount(_ amount: Float, of cable: Cable) throws(PatchError) {
    if amount.isFinite { return }
    throw PatchError(.range, "the amount \(amount) is not a finite number", at: Place(path: cable.description))
  }
}
