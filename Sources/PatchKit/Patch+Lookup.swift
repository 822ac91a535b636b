import ModuleKit

// Name lookup in a patch, shared by edits, checks and files.

extension Patch {
  /// - Throws: `.noSuchNode` with the nearest ids.
  package func node(_ id: String) throws(PatchError) -> PatchNode {
    if let node = nodes[id] { return node }
    throw PatchError(
      .noSuchNode, "there is no node \(id.shown)", at: Place(path: id.placed),
      suggestions: Nearest.names(to: id, among: nodes.keys))
  }

  /// The module of a node; nil for a placeholder.
  func module(of id: String, in registry: Registry) throws(PatchError) -> ModuleDescriptor? {
    let node = try node(id)
    if node.isMissing(in: registry) { return nil }
    return try registry.module(node.type, at: id)
  }

  /// The port named by `text` (`node` or `node/port`) at that end of a cable.
  ///
  /// - Parameter format: of the file in which it is written.
  func port(
    _ text: String, _ end: CableEnd, in registry: Registry, format: Int = PatchFile.version
  ) throws(PatchError) -> PortAddress {
    let bytes = text.utf8
    let slash = bytes.firstIndex(of: 0x2f)
    let id = String(text[..<(slash ?? text.endIndex)])
    let name = slash.map { String(text[bytes.index(after: $0)...]) }
    guard !id.isEmpty, name?.isEmpty != true, name?.utf8.contains(0x2f) != true else {
      throw PatchError(.badName, "a port is written node or node/port, not \(text.shown)", at: Place(path: text.placed))
    }
    guard let module = try module(of: id, in: registry) else { return PortAddress(id, name ?? "") }
    guard let name = name ?? end.mainPort(of: module, format: format) else {
      let inputs = module.inputs.filter(\.isPatchable).map { "\(id)/\($0.name)" }
      throw PatchError(
        .noSuchPort,
        end == .source || inputs.isEmpty
          ? "\(module.name) has no \(end.kind) for a cable"
          : "\(module.name) has no main input: name one of its inputs",
        at: Place(path: id), suggestions: end == .source ? [] : inputs)
    }
    let port = PortAddress(id, name)
    try end.check(port, of: module)
    return port
  }

  /// Checks one end of a cable that is written in full.
  func check(_ port: PortAddress, _ end: CableEnd, in registry: Registry) throws(PatchError) {
    guard let module = try module(of: port.node, in: registry) else { return }
    try end.check(port, of: module)
  }

  /// Refuses ports that do not accept cables.
  package func checkPatchable(_ port: PortAddress, in registry: Registry) throws(PatchError) {
    try check(port, .destination, in: registry)
  }

  /// Refuses a cable from a node to itself unless its module delays.
  func checkLoop(_ cable: Cable, in registry: Registry) throws(PatchError) {
    guard cable.source.node == cable.destination.node,
      let module = try module(of: cable.source.node, in: registry), module.about.latency == .none
    else { return }
    throw PatchError(
      .cycle, "\(module.name) has no delay, so it cannot feed itself: put a delay or a feedback into the loop",
      at: Place(path: cable.description))
  }
}

extension PatchNode {
  /// True for a placeholder of a missing module.
  public func isMissing(in registry: Registry) -> Bool { isPlaceholder && registry[type] == nil }
}

extension Registry {
  /// - Throws: `.noSuchType` with the modules that are called so elsewhere, else the nearest names, or the reason why
  ///   the module is refused.
  package func module(_ type: String, at place: String) throws(PatchError) -> ModuleDescriptor {
    if let module = find(type) { return module }
    if let refusal = refusal(of: type) {
      throw PatchError(.noSuchType, "the module \(type.shown) is refused: \(refusal)", at: Place(path: place.placed))
    }
    let alike = ModuleSearch(names.compactMap { self[$0] }).named(type).prefix(Nearest.most)
    throw PatchError(
      .noSuchType, "there is no module \(type.shown)", at: Place(path: place.placed),
      suggestions: alike.isEmpty ? Nearest.names(to: type, among: names) : Array(alike))
  }
}

extension ModuleDescriptor {
  /// The spec of the parameter or input `name` of the node `id`.
  func param(_ name: String, of id: String) throws(PatchError) -> ParamSpec {
    if let index = input(named: name) { return inputs[index] }
    let message =
      output(named: name) == nil
      ? "\(self.name) has no parameter \(name.shown)" : "\(name) is an output of \(self.name), not a parameter"
    throw PatchError(
      .noSuchParam, message, at: Place(path: "\(id)/\(name)".placed),
      suggestions: Nearest.names(to: name, among: inputs.lazy.filter(\.isParameter).map(\.name)))
  }
}

/// The two ends of a cable.
enum CableEnd {
  case source, destination

  var kind: String { self == .source ? "output" : "input" }

  /// The port that a cable without a name means.
  func mainPort(of module: ModuleDescriptor, format: Int) -> String? {
    switch self {
    case .source: module.outputs.first?.name
    case .destination: (format == 1 ? module.mainInputOfFormatOne : module.mainInput).map { module.inputs[$0].name }
    }
  }

  /// The port whose name a file leaves out: the same in every format.
  func unnamedPort(of module: ModuleDescriptor) -> String? {
    let name = mainPort(of: module, format: PatchFile.version)
    return name == mainPort(of: module, format: 1) ? name : nil
  }

  func check(_ port: PortAddress, of module: ModuleDescriptor) throws(PatchError) {
    let input = module.input(named: port.port), output = module.output(named: port.port)
    if self == .source ? output != nil : input.map({ module.inputs[$0].isPatchable }) == true { return }
    let path = port.description.placed
    if self == .destination, input != nil {
      throw PatchError(
        .notPatchable, "\(port.port) of \(module.name) is a setting: no cable can end there", at: Place(path: path))
    }
    let isOther = input != nil || output != nil
    let names = self == .source ? module.outputs.map(\.name) : module.inputs.filter(\.isPatchable).map(\.name)
    var suggestions = Nearest.names(to: port.port, among: names)
    if suggestions.isEmpty, names.count == 1 { suggestions = names }
    throw PatchError(
      .noSuchPort,
      isOther
        ? "\(port.port) of \(module.name) is an \(self == .source ? "input" : "output"), not an \(kind)"
        : "\(module.name) has no \(kind) \(port.port.shown)",
      at: Place(path: path), suggestions: suggestions.map { "\(port.node)/\($0)" })
  }
}
