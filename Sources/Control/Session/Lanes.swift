import Engine
import PatchKit

extension Session {
  /// Starts a knob along a lane; the parts that come later wait in the schedule.
  func startLane(_ call: Call) throws(PatchError) -> Outcome {
    let id = call.names[0], param = call.names[1]
    let address = "/mod/\(id)/\(param)"
    let parts = try lane(call)
    _ = try knob(id, param)
    for part in parts { try check(part.value, id, param) }
    guard schedule.room >= parts.count else {
      throw PatchError(.limit, "\(Schedule.limit) things wait already; a lane of \(parts.count) parts does not fit")
    }
    schedule.remove(lane: address)
    let start = call.frame ?? engine.frame
    let requester = Requester(id: call.requester.id) { reply in
      if reply.address == "/fail" { call.requester.send(reply) }
    }
    var time = 0.0, from = start
    for (i, part) in parts.enumerated() {
      time += part.seconds
      let to = start + Int((time * engine.sampleRate).rounded())
      // From frame to frame, so that each part arrives where the next one starts.
      let seconds = Double(to - from) / engine.sampleRate
      let message = OSCMessage(
        address, [part.value, .double(seconds)] + (part.curve.map { [.string($0)] } ?? []))
      if i == 0 {
        perform(message, from: requester, at: call.frame)
      } else {
        _ = schedule.insert(
          .bundle(timeTag: OSCTime.immediately, [.message(message)]), at: from, from: requester, lane: address)
      }
      from = to
    }
    return .done([.int32(Int32(clamping: parts.count)), .float(Float(time))])
  }

  private struct Part {
    var value: OSCArgument
    var seconds: Double
    var curve: String?
  }

  private func lane(_ call: Call) throws(PatchError) -> [Part] {
    var parts: [Part] = [], rest = call.arguments[...]
    while let value = rest.popFirst() {
      guard let seconds = rest.popFirst()?.number else {
        throw PatchError(.argumentType, "a lane is value, seconds, value, seconds …")
      }
      guard (0...3_600).contains(seconds) else { throw PatchError(.range, "a part takes 0 to 3600 seconds") }
      var part = Part(value: value, seconds: seconds)
      if let name = rest.first?.text {
        _ = try AutomationCurve(named: name)
        part.curve = name
        rest.removeFirst()
      }
      parts.append(part)
    }
    return parts
  }

  private func check(_ value: OSCArgument, _ id: String, _ param: String) throws(PatchError) {
    var copy = draft.patch.nodes[id] == nil ? committed.patch : draft.patch
    try copy.setParam(id, param, Call.paramValue(value), in: registry)
  }
}
