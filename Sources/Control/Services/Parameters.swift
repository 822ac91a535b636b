import Engine
import ModuleKit
import PatchKit

/// Reads and sets parameters: in the draft, in the committed patch and in the plan that plays.
final class Parameters {
  private unowned let session: Session

  init(_ session: Session) { self.session = session }

  /// The value of a parameter in the draft; in the committed patch, where the draft has deleted the node.
  func value(_ id: String, _ param: String) throws(PatchError) -> ParamValue {
    let patch = patch(with: id)
    var copy = patch
    // Setting a copy applies the same rules and errors.
    let spec = patch.nodes[id].flatMap { session.registry[$0.type] }.flatMap { module in
      module.input(named: param).map { module.inputs[$0] }
    }
    guard let node = patch.nodes[id], let spec, spec.isParameter else {
      try copy.setParam(id, param, .number(0), in: session.registry)
      return .number(0)
    }
    return spec.isFile ? node.params[param] ?? spec.value(of: spec.defaultValue) : spec.value(of: node.value(of: spec))
  }

  /// Sets a parameter in the draft and, if the node is committed, in the committed patch. Changes nothing on an error.
  ///
  /// - Parameters:
  ///   - seconds: the duration; 0: the smoothing time of its spec.
  ///   - curve: the curve of the automation.
  func set(
    _ id: String, _ param: String, _ value: ParamValue, over seconds: Double = 0, curve: AutomationCurve = .natural,
    at frame: Int?, by client: Int
  ) throws(PatchError) -> ParamValue {
    session.collectControllerValues()
    let patch = patch(with: id)
    let (stored, number) = try patch.resolve(value, of: id, param, in: session.registry)
    if curve == .exponential, case .number(let before) = try self.value(id, param), !(before > 0 && number > 0) {
      throw PatchError(
        .range, "an exponential segment needs values above 0, not \(before) to \(number)",
        at: Place(path: "\(id)/\(param)"))
    }
    if let sounding = sounding(id), let module = session.registry[patch.nodes[id]!.type],
      let port = module.input(named: param)
    {
      if Self.file(of: module, param) != nil {
        try setFile(sounding, param, stored, at: frame)
      } else if compiles(module.inputs[port]) {
        try compile(sounding.id, param, stored, at: frame)
      } else {
        let frames = Int((seconds * session.engine.sampleRate).rounded())
        try send(to: "\(id)/\(param)") { [plans = session.plans] in
          plans.setParameter(node: sounding.serial, port: port, to: number, over: frames, curve: curve, at: frame)
        }
      }
    }
    session.store.setParam(id, param, to: stored, by: client)
    return stored
  }

  /// Notifies the subscribers of a parameter that was set.
  func notify(
    _ id: String, _ param: String, _ value: ParamValue, over seconds: Double = 0, curve: AutomationCurve = .natural,
    except: AnyHashable?
  ) {
    session.notify(.param, [.string(id), .string(param), value.osc, .float(Float(seconds)), curve.osc], except: except)
  }

  /// Sends a parameter event; within a transaction, after the transaction has been checked.
  private func send(to place: String, _ event: @escaping () -> Bool) throws(PatchError) {
    if let transaction = session.transaction, transaction.events < session.plans.eventRoom {
      transaction.events += 1
      return transaction.add { _ = event() }
    }
    guard session.transaction == nil, event() else {
      throw PatchError(.busy, "the event queue is full; this event was dropped", at: Place(path: place))
    }
  }

  /// True for a parameter that names a file, or a setting by which the sound of one is cut.
  func isFile(_ id: String, _ param: String) -> Bool {
    patch(with: id).nodes[id].flatMap { session.registry[$0.type] }.map { Self.file(of: $0, param) != nil } ?? false
  }

  /// The input whose sound depends on a parameter.
  private static func file(of module: ModuleDescriptor, _ param: String) -> ParamSpec? {
    module.inputs.first { $0.isFile && ($0.name == param || $0.cutBy == param) }
  }

  /// Sets another file: reads it, then sets the parameter and answers. An unreadable file changes nothing.
  func setFile(_ id: String, _ param: String, _ value: ParamValue, _ call: Call) throws(PatchError) {
    if let type = patch(with: id).nodes[id]?.type { try checkSound(value, of: type, param, at: id) }
    try session.soundQueue.perform(call) { [unowned self] _ throws(PatchError) in
      if let name = sound(id, param, value), sounding(id) != nil,
        let missing = session.soundQueue.reader?.missing([name]),
        !missing.isEmpty
      {
        return .sounds(missing)
      }
      let set = try set(id, param, value, at: call.frame, by: session.client(of: call))
      notify(id, param, set, except: call.requester.id)
      session.endRequest()
      call.done([set.osc])
      return .nothing
    }
  }

  /// Throws if the value names a missing sound file.
  func checkSound(_ value: ParamValue, of type: String, _ param: String, at id: String) throws(PatchError) {
    guard let module = session.registry[type], let port = module.input(named: param),
      module.inputs[port].isFile, let name = session.plans.sound(module.inputs[port], [param: value], of: module)
    else { return }
    do throws(PatchError) { try session.requireSound(name) } catch {
      var error = error
      error.place.path = "\(id)/\(param)"
      if case .file(let builtIn, _) = module.inputs[port].type {
        error.suggestions = Nearest.names(to: name.name, among: builtIn) + error.suggestions
      }
      throw error
    }
  }

  /// The sound of a node where a parameter has that value.
  private func sound(_ id: String, _ param: String, _ value: ParamValue) -> SoundName? {
    guard let node = patch(with: id).nodes[id], let module = session.registry[node.type],
      let file = Self.file(of: module, param)
    else { return nil }
    return session.plans.sound(file, node.params.merging([param: value]) { $1 }, of: module)
  }

  /// Replaces the file of a committed node. An unreadable file changes nothing.
  private func setFile(
    _ node: (id: String, serial: Int), _ param: String, _ value: ParamValue, at frame: Int?
  ) throws(PatchError) {
    // Retained until the node uses it, so that the file is read once.
    var sound: SoundBuffer?
    if let name = self.sound(node.id, param, value), let type = patch(with: node.id).nodes[node.id]?.type,
      let module = session.registry[type], let spec = Self.file(of: module, param)
    {
      sound = try session.plans.load(name, spec)
    }
    try compile(node.id, param, value, at: frame)
    withExtendedLifetime(sound) {}
  }

  /// True for a setting that decides how wide its node is, or how late.
  private func compiles(_ spec: ParamSpec) -> Bool {
    let patch = session.committed.patch
    return spec.decidesWidth && patch.voices > 1 || spec.decidesLatency && patch.compensatesLatency
  }

  /// Compiles the committed patch with another value of a parameter: a file, or a setting of a node's width.
  private func compile(_ id: String, _ param: String, _ value: ParamValue, at frame: Int?) throws(PatchError) {
    var patch = session.committed
    try patch.patch.setParam(id, param, value, in: session.registry)
    try session.commits.compileFile(patch, at: frame)
  }

  /// The patch in which a node is looked up: the draft, else the committed patch.
  private func patch(with id: String) -> Patch {
    session.draft.patch.nodes[id] == nil && session.committed.patch.nodes[id] != nil
      ? session.committed.patch : session.draft.patch
  }

  /// The node of the committed patch for `id`: the node with the same serial, under any id; or with the same id, if the
  /// draft has no such node.
  func sounding(_ id: String) -> (id: String, serial: Int)? {
    guard let serial = session.draft.serials[id] else { return session.committed.serials[id].map { (id, $0) } }
    if session.committed.serials[id] == serial { return (id, serial) }
    return session.committed.serials.first { $0.value == serial }.map { ($0.key, serial) }
  }
}
