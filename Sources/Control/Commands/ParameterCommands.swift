import Engine
import ModuleKit
import PatchKit

extension CommandTable {
  static let parameterCommands: [Command] = [
    Command(
      "/mod/ID/PARAM", [.value("value", .optional), .number("seconds", .optional), .value("curve", .optional)],
      "Turns a knob, smoothed at once or over seconds, in what sounds and in the draft; the curve is "
        + "\(AutomationCurve.names.map(\.name).joined(separator: ", ")) or a bend from -20 to 20 "
        + "(a straight line unless given, "
        + "frequencies and times evenly in octaves); without a value, tells where it stands", .editIf { !$0.isEmpty }
    ) { session, call throws(PatchError) in
      let id = call.names[0], param = call.names[1]
      if call.arguments.isEmpty { return .done([try session.parameterValue(id, param).osc]) }
      let value = call.value(0), seconds = try call.rampSeconds(1), curve = try call.curve(2)
      if session.isFile(id, param) {
        try session.setFile(id, param, value, call)
        return .replied
      }
      let set = try session.setParameter(
        id, param, value, over: seconds, curve: curve, at: call.frame, by: session.client(of: call))
      session.notifyParam(id, param, set, over: seconds, curve: curve, except: call.requester.id)
      return .done([set.osc])
    }
  ]
}

extension Call {
  /// The curve of an automation segment.
  func curve(_ index: Int) throws(PatchError) -> AutomationCurve {
    guard index < arguments.count else { return .natural }
    guard let name = optionalText(index) else {
      let bend = Float(number(index))
      guard AutomationCurve.bends.contains(bend) else { throw PatchError(.range, "a curve bends by -20 to 20") }
      return .bent(bend)
    }
    return try AutomationCurve(named: name)
  }
}

extension AutomationCurve {
  /// The curve's name or bend; an empty string for the default curve.
  fileprivate var osc: OSCArgument {
    if case .bent(let bend) = self { return .float(bend) }
    return .string(AutomationCurve.names.first { $0.curve == self }?.name ?? "")
  }

  init(named name: String) throws(PatchError) {
    guard let known = AutomationCurve.names.first(where: { $0.name == name }) else {
      throw PatchError(
        .range, "there is no curve \(name)",
        suggestions: Nearest.names(to: name, among: AutomationCurve.names.map(\.name)))
    }
    self = known.curve
  }
}

extension Session {
  /// The value of a parameter in the draft; in the committed patch, where the draft has deleted the node.
  func parameterValue(_ id: String, _ param: String) throws(PatchError) -> ParamValue {
    let patch = patch(with: id)
    var copy = patch
    // Setting a copy applies the same rules and errors.
    let spec = patch.nodes[id].flatMap { registry[$0.type] }.flatMap { module in
      module.input(named: param).map { module.inputs[$0] }
    }
    guard let node = patch.nodes[id], let spec, spec.isParameter else {
      try copy.setParam(id, param, .number(0), in: registry)
      return .number(0)
    }
    return spec.isFile ? node.params[param] ?? spec.value(of: spec.defaultValue) : spec.value(of: node.value(of: spec))
  }

  /// Sets a parameter in the draft and, if the node is committed, in the committed patch. Changes nothing on an error.
  ///
  /// - Parameters:
  ///   - seconds: the duration; 0: the smoothing time of its spec.
  ///   - curve: the curve of the automation.
  func setParameter(
    _ id: String, _ param: String, _ value: ParamValue, over seconds: Double = 0, curve: AutomationCurve = .natural,
    at frame: Int?, by client: Int
  ) throws(PatchError) -> ParamValue {
    collectControllerValues()
    let patch = patch(with: id)
    let (stored, number) = try patch.resolve(value, of: id, param, in: registry)
    if curve == .exponential, case .number(let before) = try parameterValue(id, param), !(before > 0 && number > 0) {
      throw PatchError(
        .range, "equal ratios lead from above 0 to above 0, not from \(before) to \(number)",
        at: Place(path: "\(id)/\(param)"))
    }
    if let sounding = sounding(id), let module = registry[patch.nodes[id]!.type], let port = module.input(named: param)
    {
      if module.inputs[port].isFile {
        try setFile(sounding, module.inputs[port], stored, at: frame)
      } else {
        let frames = Int((seconds * engine.sampleRate).rounded())
        try send(to: "\(id)/\(param)") { [plans] in
          plans.setParameter(node: sounding.serial, port: port, to: number, over: frames, curve: curve, at: frame)
        }
      }
    }
    store.setParam(id, param, to: stored, by: client)
    return stored
  }

  /// Notifies the subscribers of a parameter that was set.
  func notifyParam(
    _ id: String, _ param: String, _ value: ParamValue, over seconds: Double = 0, curve: AutomationCurve = .natural,
    except: AnyHashable?
  ) {
    notify(.param, [.string(id), .string(param), value.osc, .float(Float(seconds)), curve.osc], except: except)
  }

  /// Sends a parameter event; within a transaction, after the transaction has been checked.
  private func send(to place: String, _ event: @escaping () -> Bool) throws(PatchError) {
    if let transaction, transaction.events < plans.eventRoom {
      transaction.events += 1
      return transaction.add { _ = event() }
    }
    guard transaction == nil, event() else {
      throw PatchError(.busy, "too many events are on their way; this one was not taken", at: Place(path: place))
    }
  }

  /// True for a parameter that names a file.
  func isFile(_ id: String, _ param: String) -> Bool {
    patch(with: id).spec(of: PortAddress(id, param), in: registry)?.isFile ?? false
  }

  /// Sets another file: reads it, then sets the parameter and answers. An unreadable file changes nothing.
  func setFile(_ id: String, _ param: String, _ value: ParamValue, _ call: Call) throws(PatchError) {
    if let type = patch(with: id).nodes[id]?.type { try checkSound(value, of: type, param, at: id) }
    try inOrder(call) { [unowned self] _ throws(PatchError) in
      if let name = sound(id, param, value), sounding(id) != nil, let missing = soundReader?.missing([name]),
        !missing.isEmpty
      {
        return missing
      }
      let set = try setParameter(id, param, value, at: call.frame, by: client(of: call))
      notifyParam(id, param, set, except: call.requester.id)
      if transaction == nil { beforeAnswer() }
      call.done([set.osc])
      return []
    }
  }

  /// Throws if the value names a missing sound file.
  func checkSound(_ value: ParamValue, of type: String, _ param: String, at id: String) throws(PatchError) {
    guard let module = registry[type], let port = module.input(named: param),
      let name = plans.sound(module.inputs[port], value, of: module)
    else { return }
    do throws(PatchError) { try requireSound(name) } catch {
      var error = error
      error.place.path = "\(id)/\(param)"
      if case .file(let builtIn, _) = module.inputs[port].type {
        error.suggestions = Nearest.names(to: name.name, among: builtIn) + error.suggestions
      }
      throw error
    }
  }

  /// The sound named by a value of a node's parameter.
  private func sound(_ id: String, _ param: String, _ value: ParamValue) -> SoundName? {
    guard let node = patch(with: id).nodes[id], let module = registry[node.type], let port = module.input(named: param)
    else { return nil }
    return plans.sound(module.inputs[port], value, of: module)
  }

  /// Replaces the file of a committed node. An unreadable file changes nothing.
  private func setFile(
    _ node: (id: String, serial: Int), _ spec: ParamSpec, _ value: ParamValue, at frame: Int?
  ) throws(PatchError) {
    guard case .text = value else { return }
    // Retained until the node uses it, so that the file is read once.
    let name = sound(node.id, spec.name, value)
    let sound = if let name { try plans.load(name, spec) } else { nil as SoundBuffer? }
    var patch = committed
    try patch.patch.setParam(node.id, spec.name, value, in: registry)
    try compileFile(patch, at: frame)
    withExtendedLifetime(sound) {}
  }

  /// The patch in which a node is looked up: the draft, else the committed patch.
  private func patch(with id: String) -> Patch {
    draft.patch.nodes[id] == nil && committed.patch.nodes[id] != nil ? committed.patch : draft.patch
  }

  /// The node of the committed patch for `id`: the node with the same serial, under any id; or with the same id, if the
  /// draft has no such node.
  func sounding(_ id: String) -> (id: String, serial: Int)? {
    guard let serial = draft.serials[id] else { return committed.serials[id].map { (id, $0) } }
    if committed.serials[id] == serial { return (id, serial) }
    return committed.serials.first { $0.value == serial }.map { ($0.key, serial) }
  }
}
