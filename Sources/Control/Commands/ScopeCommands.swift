import Engine
import PatchKit

extension CommandTable {
  /// Signals as samples, bands and pitch; the cost of nodes.
  static let scopeCommands: [Command] = [
    Command(
      "/scope", [.text("id-or-out"), .toggle("on/off"), .number("rate", .optional), .integer("frames", .optional)],
      "Subscribes to /notify/scope id and a number of samples (256), rate times a second (\(Int(Subscription.defaultRate))), of a node, node/port, out "
        + "or out/channel; voices are summed"
    ) { session, call throws(PatchError) in
      let frames = call.optionalNumber(3) ?? 256
      guard (16...4_096).contains(frames) else { throw PatchError(.range, "16 to 4096 samples are sent at a time") }
      return try session.monitoring.observe(.scope, call) { .scope($0, samples: Int(frames)) }
    },
    Command(
      "/spectrum", [.text("id-or-out"), .toggle("on/off"), .number("rate", .optional), .integer("bands", .optional)],
      "Subscribes to /notify/spectrum id lowest highest Hz, then the level in dB of a number of bands (48), evenly in "
        + "octaves, rate times a second (\(Int(Subscription.defaultRate)))"
    ) { session, call throws(PatchError) in
      let bands = call.optionalNumber(3) ?? 48
      guard (4...512).contains(bands) else { throw PatchError(.range, "4 to 512 bands are sent") }
      return try session.monitoring.observe(.spectrum, call) { .spectrum($0, bands: Int(bands)) }
    },
    Command(
      "/tuner", [.text("id-or-out"), .toggle("on/off"), .number("rate", .optional)],
      "Subscribes to /notify/tuner id Hz key certainty, rate times a second (\(Int(Subscription.defaultRate))): the pitch from "
        + "\(Int(Pitch.range.lowerBound)) to \(Int(Pitch.range.upperBound)) Hz, the key with its fraction, 0 to 1; zeros without a pitch"
    ) { session, call throws(PatchError) in
      try session.monitoring.observe(.tuner, call) { .tuner($0) }
    },
    Command(
      "/profile", [.toggle("on/off"), .number("rate", .optional)],
      "Subscribes to /notify/profile total, then id and cost of each node, highest first, in % of the period, rate "
        + "times a second (2)"
    ) { session, call throws(PatchError) in
      guard call.arguments[0].isOn else {
        session.monitoring.unsubscribe(call.requester, from: .profile)
        return .done([.int32(0)])
      }
      try session.monitoring.subscribe(
        call.requester, to: .profile, rate: try call.notificationRate(1, standard: 2))
      return .done([.int32(1)])
    },
  ]
}

extension Monitoring {
  /// Starts or ends a subscription to a signal.
  fileprivate func observe(
    _ topic: Topic, _ call: Call, _ observation: (SignalAddress) -> Observation
  ) throws(PatchError) -> Outcome {
    let name = call.text(0)
    guard call.arguments[1].isOn else {
      unsubscribe(call.requester, from: topic, name)
      return .done([.string(name), .int32(0)])
    }
    let rate = try call.notificationRate(2)
    try subscribe(call.requester, to: observation(try signal(named: name)), rate: rate)
    return .done([.string(name), .int32(1)])
  }
}
