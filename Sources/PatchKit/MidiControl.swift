import ModuleKit

/// A MIDI mapping: a controller that sets a parameter of a patch.
public struct MidiControl: Hashable, Sendable {
  /// 1 … 16; 0: any.
  public var channel: Int
  /// 0 … `MidiControl.last`.
  public var controller: Int
  /// Fourteen bits: the controller 32 above holds the lower seven. Only for controllers below 32.
  public var isFine: Bool
  /// The parameter's values at the ends of the controller's travel; nil: those of its travel. The first may be the greater.
  public var from: Float?
  public var to: Float?

  public init(channel: Int = 0, controller: Int, isFine: Bool = false, from: Float? = nil, to: Float? = nil) {
    self.channel = channel
    self.controller = controller
    self.isFine = isFine
    self.from = from
    self.to = to
  }

  /// The highest controller number; those above are channel mode messages.
  public static let last = 119

  /// The parameter's values at the ends of the controller's travel.
  public func range(of spec: ParamSpec) -> (from: Float, to: Float) {
    (from ?? spec.travel.lowerBound, to ?? spec.travel.upperBound)
  }
}

extension MidiControl: CustomStringConvertible {
  /// In words: `controller 74 on channel 1, 200 to 2000`.
  public var description: String {
    var text = "controller \(controller)" + (channel == 0 ? "" : " on channel \(channel)") + (isFine ? ", 14 bits" : "")
    if from != nil || to != nil {
      text += ", \(from?.shortText ?? "lowest") to \(to?.shortText ?? "highest")"
    }
    return text
  }
}

extension Patch {
  /// Maps a controller to the parameter `node/param`; nil removes the mapping.
  ///
  /// - Returns: the parameter.
  @discardableResult
  public mutating func setControl(
    _ control: MidiControl?, of parameter: String, in registry: Registry
  ) throws(PatchError) -> PortAddress {
    let port = try resolve(control, of: parameter, in: registry)
    try apply(.control(port, control))
    return port
  }

  /// The parameter of a mapping that may be set; nil: that may be removed.
  public func resolve(
    _ control: MidiControl?, of parameter: String, in registry: Registry
  ) throws(PatchError) -> PortAddress {
    let port = try parameterAddress(parameter)
    guard let control else {
      guard controls[port] != nil else {
        throw PatchError(
          .nothingToDo, "no controller is mapped to it", at: Place(path: port.description.placed),
          suggestions: Nearest.names(to: parameter, among: controls.keys.map(\.description)))
      }
      return port
    }
    try check(control, of: port, in: registry)
    guard controls[port] != nil || controls.count < Limits.controls else {
      throw PatchError(.limit, "a patch has at most \(Limits.controls) mapped parameters")
    }
    return port
  }

  /// The parameter named by `text` (`node/parameter`).
  package func parameterAddress(_ text: String) throws(PatchError) -> PortAddress {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    if parts.count == 3, parts[0].isEmpty, parts[1] == "macro" { return .macro(String(parts[2])) }
    guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
      throw PatchError(
        .badName, "a parameter is written node/parameter, not \(text.shown)", at: Place(path: text.placed))
    }
    return PortAddress(String(parts[0]), String(parts[1]))
  }

  /// Checks a mapping.
  func check(_ control: MidiControl, of parameter: PortAddress, in registry: Registry) throws(PatchError) {
    let place = Place(path: parameter.description.placed)
    guard (0...16).contains(control.channel) else {
      throw PatchError(.range, "a MIDI channel is 1 to 16, or 0 for any, not \(control.channel)", at: place)
    }
    guard (0...MidiControl.last).contains(control.controller) else {
      throw PatchError(.range, "a controller is 0 to \(MidiControl.last), not \(control.controller)", at: place)
    }
    guard !control.isFine || control.controller < 32 else {
      throw PatchError(.range, "only controllers 0 to 31 have 14 bits, not \(control.controller)", at: place)
    }
    if let name = parameter.macro {
      _ = try macro(name)
      for end in [control.from, control.to].compactMap({ $0 }) { try Macro.checkValue(end, of: name) }
      return
    }
    guard let module = try module(of: parameter.node, in: registry) else { return }
    let spec = try module.param(parameter.port, of: parameter.node)
    guard spec.isParameter else {
      throw PatchError(
        .noSuchParam, "\(parameter.port) of \(module.name) is an audio input, which has no value", at: place)
    }
    guard !spec.isFile else {
      throw PatchError(
        .noSuchParam, "\(parameter.port) of \(module.name) is a file; a controller cannot set it", at: place,
        suggestions: module.inputs.filter { $0.isParameter && !$0.isFile }.map(\.name))
    }
    for end in [control.from, control.to].compactMap({ $0 }) {
      _ = try spec.number(from: .number(end), at: parameter.description)
    }
  }
}
