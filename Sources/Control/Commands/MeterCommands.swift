import Engine
import PatchKit

extension CommandTable {
  static let meterCommands: [Command] = [
    Command(
      "/meter", [.text("id-or-out"), .toggle("on/off"), .number("rate", .optional)],
      "Sends this sender /notify/meter id peak RMS …, a pair for each channel or output, rate times a second (20), "
        + "or no more; levels are 1 at full scale"
    ) { session, call throws(PatchError) in
      let target = call.text(0), isOn = call.arguments[1].isOn
      guard isOn else {
        if let id = call.requester.id { session.meters.remove(id, target) }
        return .done([.string(target), .int32(0)])
      }
      let rate = call.optionalNumber(2) ?? 20
      guard (0.1...100).contains(rate) else { throw PatchError(.range, "meters are sent 0.1 to 100 times a second") }
      try session.checkMeter(target)
      try session.listeners.add(call.requester, [.meter], at: session.clock())
      session.meters.add(call.requester.id!, target, rate: rate)
      return .done([.string(target), .int32(1)])
    }
  ]
}

extension Session {
  fileprivate func checkMeter(_ target: String) throws(PatchError) {
    if target == Meters.outputs { return }
    let patch = committed.patch.nodes[target] == nil ? draft.patch : committed.patch
    guard let node = patch.nodes[target] else {
      throw PatchError(
        .noSuchNode, "there is no node \(target)", at: Place(path: target),
        suggestions: Nearest.names(to: target, among: patch.nodes.keys.sorted() + [Meters.outputs]))
    }
    guard registry[node.type]?.outputs.isEmpty == false else {
      throw PatchError(
        .noSuchPort, "it has no outputs to measure; what leaves the synthesizer is \(Meters.outputs)",
        at: Place(path: target), suggestions: [Meters.outputs])
    }
    let targets = meters.targets
    guard targets.contains(target) || targets.count < PlanPublisher.meterLimit else {
      throw PatchError(.limit, "\(PlanPublisher.meterLimit) things are metered already")
    }
  }
}
