import ModuleKit

/// A JSON value for output; keys keep their order.
package indirect enum JSONText {
  case string(String)
  case number(Float)
  case int(Int)
  case bool(Bool)
  case null
  case list([JSONText])
  case object([(String, JSONText)])

  package var text: String {
    switch self {
    case .string(let string): JSONString.quoted(string)
    case .number(let number): number.isFinite ? number.shortText : "null"
    case .int(let number): "\(number)"
    case .bool(let bool): bool ? "true" : "false"
    case .null: "null"
    case .list(let items): "[" + items.map(\.text).joined(separator: ", ") + "]"
    case .object(let members):
      "{" + members.map { JSONString.quoted($0) + ": " + $1.text }.joined(separator: ", ") + "}"
    }
  }
}

extension ModuleDescriptor {
  /// Frames of look-ahead at 48 kHz, with default parameters.
  package var defaultLatencyFrames: Int { latencyFrames(48_000) { inputs[$0].defaultValue } }

  package var json: JSONText {
    .object([
      ("name", .string(name)), ("family", .string(about.family.rawValue)), ("summary", .string(about.summary)),
      ("voicing", .string(about.voicing.rawValue)), ("tail", about.tail.map { .number($0) } ?? .null),
      ("latency", .string(about.latency.rawValue)), ("latencyFrames", .int(defaultLatencyFrames)),
      ("otherNames", .list(about.otherNames.all.map { .string($0) })),
      ("mainInput", mainInput.map { .string(inputs[$0].name) } ?? .null),
      ("inputs", .list(inputs.map(\.json))),
      ("outputs", .list(outputs.map { .object([("name", .string($0.name)), ("summary", .string($0.summary))]) })),
    ])
  }
}

extension ParamSpec {
  package var json: JSONText {
    var members: [(String, JSONText)] = [("name", .string(name)), ("summary", .string(summary))]
    switch type {
    case .signal: members.append(("type", .string("signal")))
    case .float: members.append(("type", .string("float")))
    case .int: members.append(("type", .string("int")))
    case .bool: members.append(("type", .string("bool")))
    case .choice(let names):
      members += [("type", .string("choice")), ("choices", .list(names.map { .string($0) }))]
    case .file(let names, _):
      members += [("type", .string("file")), ("choices", .list(names.map { .string($0) }))]
    }
    if isParameter {
      members += [
        ("default", .number(defaultValue)), ("minimum", .number(range.lowerBound)),
        ("maximum", .number(range.upperBound)),
        ("travel", .list([.number(travel.lowerBound), .number(travel.upperBound)])),
        ("unit", .string(unit.rawValue)), ("curve", .string(curve.rawValue)),
        ("smoothing", .string(smoothing.rawValue)), ("smoothingTime", .number(smoothing == .none ? 0 : smoothingTime)),
      ]
    }
    members += [("modulation", .string(modulation.rawValue)), ("reading", .string(reading.rawValue))]
    return .object(members)
  }
}
