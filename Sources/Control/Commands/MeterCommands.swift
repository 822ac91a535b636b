import Engine
import PatchKit

extension CommandTable {
  /// Levels and values of the committed patch.
  static let meterCommands: [Command] = [
    Command(
      "/meter", [.text("id-or-out"), .toggle("on/off"), .number("rate", .optional)],
      "Subscribes to /notify/meter id peak RMS …, a pair for each channel or output, rate times a second (\(Int(Subscription.defaultRate))); full "
        + "scale is 1"
    ) { session, call throws(PatchError) in
      let target = call.text(0)
      guard call.arguments[1].isOn else {
        session.monitoring.unsubscribe(call.requester, from: .meter, target)
        return .done([.string(target), .int32(0)])
      }
      let rate = try call.notificationRate(2)
      try session.monitoring.checkMeterTarget(target)
      try session.monitoring.subscribe(call.requester, to: .meter(target), rate: rate)
      return .done([.string(target), .int32(1)])
    },
    Command(
      "/meters", [.toggle("on/off"), .number("rate", .optional)],
      "Subscribes to /notify/levels seq blob, rate times a second (\(Int(Subscription.defaultRate))): one byte per output, its peak since the "
        + "last message in steps of 0.5 dB from -127.5 dB (0 is silence), nodes by id, as committed at edit number seq"
    ) { session, call throws(PatchError) in
      guard call.arguments[0].isOn else {
        session.monitoring.unsubscribe(call.requester, from: .levels)
        return .done([.int32(0)])
      }
      let rate = try call.notificationRate(1)
      try session.monitoring.subscribe(call.requester, to: .levels, rate: rate)
      return .done([.int32(1)])
    },
    Command(
      "/probe", [.text("id/param"), .toggle("on/off"), .number("rate", .optional)],
      "Subscribes to /notify/probe id/param value lowest highest, rate times a second (\(Int(Subscription.defaultRate))): the set value, then "
        + "the lowest and highest value with its cables since the last one"
    ) { session, call throws(PatchError) in
      let parameter = try session.monitoring.probeAddress(call.text(0)), name = parameter.description
      guard call.arguments[1].isOn else {
        session.monitoring.unsubscribe(call.requester, from: .probe, name)
        return .done([.string(name), .int32(0)])
      }
      let rate = try call.notificationRate(2)
      try session.monitoring.subscribe(call.requester, to: .probe(parameter), rate: rate)
      return .done([.string(name), .int32(1)])
    },
    Command(
      "/level", [.text("id-or-out", .optional)],
      "Measures peak and RMS over a tenth of a second, a pair for each channel or output; of out unless given"
    ) { session, call throws(PatchError) in
      let target = call.optionalText(0) ?? SignalAddress.outputs
      try session.monitoring.checkMeterTarget(target)
      try session.monitoring.measureOnce(target, call)
      return .replied
    },
    Command(
      "/why", [.text("id", .optional)],
      "Explains silence: follows the signal backwards from the outputs, or from a node, to the point where it "
        + "ends; a reply for each cause: node, reason, sentence, remedy"
    ) { session, call throws(PatchError) in
      if let id = call.optionalText(0) { _ = try session.draft.patch.node(id) }
      try session.monitoring.explainSilence(call.optionalText(0), call)
      return .replied
    },
  ]
}

extension Call {
  /// Notifications a second of a subscription; `usual` if absent.
  func notificationRate(_ index: Int, standard: Double = Subscription.defaultRate) throws(PatchError) -> Double {
    let rate = optionalNumber(index) ?? standard
    guard (0.1...100).contains(rate) else {
      throw PatchError(.range, "a rate is 0.1 to 100 notifications a second, not \(Float(rate).shortText)")
    }
    return rate
  }
}

extension Monitoring {
  /// The patch in which a node is looked up for measuring: the committed patch, else the draft.
  private func measurable(_ id: String) -> Patch {
    session.committed.patch.nodes[id] == nil ? session.draft.patch : session.committed.patch
  }

  fileprivate func checkMeterTarget(_ target: String) throws(PatchError) {
    if target == SignalAddress.outputs { return }
    let patch = measurable(target)
    guard let node = patch.nodes[target] else {
      throw PatchError(
        .noSuchNode, "there is no node \(target)", at: Place(path: target),
        suggestions: Nearest.names(to: target, among: patch.nodes.keys.sorted() + [SignalAddress.outputs]))
    }
    guard session.registry[node.type]?.outputs.isEmpty == false else {
      throw PatchError(
        .noSuchPort, "it has no outputs to measure; the outputs of the synthesizer are \(SignalAddress.outputs)",
        at: Place(path: target), suggestions: [SignalAddress.outputs])
    }
  }

  /// The parameter of a name, if it has a value that cables can modulate.
  fileprivate func probeAddress(_ name: String) throws(PatchError) -> PortAddress {
    let id = name.split(separator: "/").first.map(String.init) ?? ""
    let parameter = try measurable(id).parameterAddress(name)
    _ = try session.parameters.value(parameter.node, parameter.port)
    guard let spec = measurable(parameter.node).spec(of: parameter, in: session.registry), !spec.isFile else {
      throw PatchError(.noSuchParam, "it names a file, which has no value to probe", at: Place(path: name))
    }
    return parameter
  }
}
