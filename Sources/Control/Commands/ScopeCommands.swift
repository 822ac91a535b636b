import Engine
import PatchKit

extension CommandTable {
  /// What signals look like, and what they cost.
  static let scopeCommands: [Command] = [
    Command(
      "/scope", [.text("id-or-out"), .toggle("on/off"), .number("rate", .optional), .integer("frames", .optional)],
      "Sends this sender /notify/scope id and so many samples (256), rate times a second (20), or no more; of a node, "
        + "node/port, out or out/channel; voices are summed"
    ) { session, call throws(PatchError) in
      let frames = call.optionalNumber(3) ?? 256
      guard (16...4_096).contains(frames) else { throw PatchError(.range, "16 to 4096 samples are sent at a time") }
      return try session.look(.samples(Int(frames)), call)
    },
    Command(
      "/spectrum", [.text("id-or-out"), .toggle("on/off"), .number("rate", .optional), .integer("bands", .optional)],
      "Sends this sender /notify/spectrum id lowest highest Hz, then the level in dB of each of so many bands (48), "
        + "evenly in octaves, rate times a second (20), or no more"
    ) { session, call throws(PatchError) in
      let bands = call.optionalNumber(3) ?? 48
      guard (4...512).contains(bands) else { throw PatchError(.range, "4 to 512 bands are sent") }
      return try session.look(.bands(Int(bands)), call)
    },
    Command(
      "/tuner", [.text("id-or-out"), .toggle("on/off"), .number("rate", .optional)],
      "Sends this sender /notify/tuner id Hz key certainty, rate times a second (20), or no more: the pitch from "
        + "\(Int(Pitch.range.lowerBound)) to \(Int(Pitch.range.upperBound)) Hz, its key with the fraction, 0 to 1; zeros where there is none"
    ) { session, call throws(PatchError) in
      try session.look(.pitch, call)
    },
    Command(
      "/profile", [.toggle("on/off"), .number("rate", .optional)],
      "Sends this sender /notify/profile total, then id and cost of each node, dearest first, in % of the period, rate "
        + "times a second (2), or no more"
    ) { session, call throws(PatchError) in
      guard call.arguments[0].isOn else {
        if let id = call.requester.id { session.profile.remove(id) }
        return .done([.int32(0)])
      }
      let rate = try call.notificationRate(1, usual: 2)
      try session.listeners.add(call.requester, [.profile], at: session.clock())
      session.profile.add(call.requester.id!, rate: rate, at: session.engine.frame)
      return .done([.int32(1)])
    },
  ]
}

extension Call {
  fileprivate func notificationRate(_ index: Int, usual: Double) throws(PatchError) -> Double {
    let rate = optionalNumber(index) ?? usual
    guard (0.1...60).contains(rate) else { throw PatchError(.range, "it is sent 0.1 to 60 times a second") }
    return rate
  }
}

extension Session {
  fileprivate func look(_ look: Scopes.Look, _ call: Call) throws(PatchError) -> Outcome {
    let name = call.text(0)
    guard call.arguments[1].isOn else {
      if let id = call.requester.id { scopes.remove(id, name, look.topic) }
      return .done([.string(name), .int32(0)])
    }
    let rate = try call.notificationRate(2, usual: 20), target = try scopeTarget(name)
    try listeners.add(call.requester, [look.topic], at: clock())
    try scopes.add(call.requester.id!, target, look, rate: rate, at: engine.frame)
    return .done([.string(name), .int32(1)])
  }
}
