import ModuleKit

/// Edits of a patch's cables. A refused edit changes nothing.
extension Patch {
  /// Connects an output to an input, each written `node/port` or, for its main port, `node`.
  /// A cable that exists gets the new amount.
  @discardableResult
  public mutating func connect(
    _ source: String, _ destination: String, amount: Float = 1, in registry: Registry
  ) throws(PatchError) -> Cable {
    let cable = try newCable(source, destination, amount: amount, in: registry)
    try apply(.connect(cable, amount: amount))
    return cable
  }

  /// Removes a cable; ports as for `connect`.
  @discardableResult
  public mutating func disconnect(
    _ source: String, _ destination: String, in registry: Registry
  ) throws(PatchError) -> Cable {
    let cable = try cable(source, destination, in: registry)
    try apply(.disconnect(cable))
    return cable
  }

  /// The cable that two texts name, if it may be connected.
  public func newCable(
    _ source: String, _ destination: String, amount: Float, in registry: Registry
  ) throws(PatchError) -> Cable {
    let cable = try cable(source, destination, in: registry)
    try Patch.checkAmount(amount, of: cable)
    try checkLoop(cable, in: registry)
    guard cables.count < Limits.cables || cables[cable] != nil else {
      throw PatchError(.limit, "a patch has at most \(Limits.cables) cables", at: Place(path: cable.description))
    }
    return cable
  }

  /// The cable that two texts name, connected or not.
  public func cable(_ source: String, _ destination: String, in registry: Registry) throws(PatchError) -> Cable {
    let from = try port(source, .source, in: registry)
    return Cable(from, try port(destination, .destination, in: registry))
  }

  static func checkAmount(_ amount: Float, of cable: Cable) throws(PatchError) {
    if amount.isFinite { return }
    throw PatchError(.range, "the amount \(amount) is not a finite number", at: Place(path: cable.description))
  }
}
