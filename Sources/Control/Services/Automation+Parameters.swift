import Engine
import PatchKit

/// One segment of an automation: target value, duration and curve.
private struct Segment {
  var value: OSCArgument
  var seconds: Double
  var curve: String?

  /// Parses value, seconds, value, seconds …, each pair optionally followed by a curve name.
  static func all(in arguments: [OSCArgument]) throws(PatchError) -> [Segment] {
    var segments: [Segment] = [], rest = arguments[...]
    while let value = rest.popFirst() {
      guard let seconds = rest.popFirst()?.number else {
        throw PatchError(.argumentType, "an automation is value, seconds, value, seconds …")
      }
      guard (0...3_600).contains(seconds) else { throw PatchError(.range, "a segment is 0 to 3600 seconds") }
      var segment = Segment(value: value, seconds: seconds)
      if let name = rest.first?.text {
        _ = try AutomationCurve(named: name)
        segment.curve = name
        rest.removeFirst()
      }
      segments.append(segment)
    }
    return segments
  }
}

extension Automation {
  /// Automates a parameter along segments; replaces the rest of an earlier automation. Segments after the first wait in
  /// the queue.
  ///
  /// - Returns: the number of segments, and their total duration.
  func automate(_ call: Call) throws(PatchError) -> (segments: Int, seconds: Double) {
    let id = call.names[0], param = call.names[1]
    let address = "/mod/\(id)/\(param)"
    let segments = try Segment.all(in: call.arguments)
    _ = try session.parameters.value(id, param)
    for segment in segments { try check(segment.value, id, param) }
    try checkRoom(commands: segments.count, for: call.requester.id)
    _ = clear { $0.parameter == address }
    let start = call.frame ?? session.engine.frame
    let requester = Requester(id: call.requester.id) { reply in
      if reply.address == "/fail" { call.requester.send(reply) }
    }
    var time = 0.0, from = start
    for (i, segment) in segments.enumerated() {
      time += segment.seconds
      let to = start + Int((time * session.engine.sampleRate).rounded())
      // From frame to frame, so that each segment ends exactly at the start of the next.
      let seconds = Double(to - from) / session.engine.sampleRate
      let message = OSCMessage(
        address, [segment.value, .double(seconds)] + (segment.curve.map { [.string($0)] } ?? []))
      if i == 0 {
        session.perform(message, from: requester, at: call.frame)
      } else {
        try insert(TimedCommand(.automation, .message(message), due: .frame(from), from: requester, parameter: address))
      }
      from = to
    }
    return (segments.count, time)
  }
}

extension Automation {
  /// Checks a value against its parameter.
  fileprivate func check(_ value: OSCArgument, _ id: String, _ param: String) throws(PatchError) {
    var copy = session.draft.patch.nodes[id] == nil ? session.committed.patch : session.draft.patch
    try copy.setParam(id, param, Call.paramValue(value), in: session.registry)
  }
}
