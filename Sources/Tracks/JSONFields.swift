import PatchKit

/// Access to the values of a JSON text, with errors and warnings at their places.
struct JSONFields {
  let bytes: [UInt8]
  var errors: FileErrors
  var warnings = FileErrors()
  /// Keys that have been reported as ignored.
  private var ignored: Set<String> = []

  init(bytes: [UInt8], errors: FileErrors) {
    self.bytes = bytes
    self.errors = errors
  }

  /// A key without capitals and underscores: `crossfadeDuration` and `crossfade_duration` are the same.
  static func plain(_ key: String) -> String {
    String(
      decoding: key.utf8.compactMap { $0 == 0x5f || $0 == 0x2d ? nil : $0 | ($0 < 0x5b && $0 > 0x40 ? 0x20 : 0) },
      as: UTF8.self)
  }

  mutating func fail(
    _ message: String, at value: FileValue, _ path: String, _ code: ErrorCode = .range, suggestions: [String] = []
  ) {
    errors.add(PatchError(code, message, at: Place(path: path), suggestions: suggestions), at: value.offset)
  }

  mutating func warn(_ message: String, at offset: Int, _ path: String, suggestions: [String] = []) {
    warnings.add(PatchError(.range, message, at: Place(path: path), suggestions: suggestions), at: offset)
  }

  mutating func wrongKind(_ value: FileValue, _ wanted: String, _ path: String) {
    if value.isBroken { return }
    fail("\(wanted) is expected here, not \(value.kindText)", at: value, path, .argumentType)
  }

  /// The members of an object; those that are null count as absent.
  mutating func object(_ value: FileValue, _ path: String) -> [FileMember]? {
    guard case .object(let members) = value.kind else {
      wrongKind(value, "an object { ... }", path)
      return nil
    }
    return members.filter { if case .null = $0.value.kind { false } else { true } }
  }

  mutating func list(_ value: FileValue, _ path: String) -> [FileValue] {
    guard case .array(let items) = value.kind else {
      wrongKind(value, "a list [ ... ]", path)
      return []
    }
    return items
  }

  mutating func text(_ value: FileValue, _ path: String) -> String? {
    guard case .string(let text) = value.kind else {
      wrongKind(value, "a text", path)
      return nil
    }
    return text
  }

  mutating func bool(_ value: FileValue, _ path: String) -> Bool? {
    guard case .bool(let isOn) = value.kind else {
      wrongKind(value, "true or false", path)
      return nil
    }
    return isOn
  }

  /// A number in double precision.
  mutating func number(_ value: FileValue, _ path: String, in range: ClosedRange<Double> = -1e9...1e9) -> Double? {
    guard case .number = value.kind, let number = double(value) else {
      wrongKind(value, "a number", path)
      return nil
    }
    guard range.contains(number) else {
      fail(
        "\(number.shortText) is out of range: \(range.lowerBound.shortText) to \(range.upperBound.shortText)",
        at: value, path)
      return nil
    }
    return number
  }

  /// The digits of a number's text.
  func double(_ value: FileValue) -> Double? {
    guard value.offset < value.end, value.end <= bytes.count else { return nil }
    return Double(String(decoding: bytes[value.offset..<value.end], as: UTF8.self))
  }

  /// Reports a key that is not used: once in a file.
  mutating func ignore(_ member: FileMember, _ path: String, among names: [String] = []) {
    guard ignored.insert(member.key).inserted else { return }
    warn(
      "the key \(member.key.shown) is ignored", at: member.keyOffset, path,
      suggestions: Nearest.names(to: member.key, among: names))
  }
}

/// The known keys of one kind of object: each field with every name that files have for it.
struct FieldNames {
  /// The documented name of a field, and its others without capitals and underscores.
  private let names: [String: String]
  let documented: [String]
  /// Keys without effect on the sound, which are not reported.
  private let silent: Set<String>

  init(_ fields: [(String, [String])], silent: [String] = []) {
    var names: [String: String] = [:]
    for (name, others) in fields {
      names[JSONFields.plain(name)] = name
      for other in others { names[other] = name }
    }
    self.names = names
    documented = fields.map(\.0)
    self.silent = Set(silent)
  }

  /// The members by documented name; of two names for one field the first of the list above wins.
  func sort(_ members: [FileMember], _ fields: inout JSONFields, _ path: String) -> [String: FileMember] {
    var found: [String: FileMember] = [:]
    for member in members {
      let plain = JSONFields.plain(member.key)
      if let name = names[plain] {
        if found[name] == nil || plain == JSONFields.plain(name) { found[name] = member }
      } else if !silent.contains(plain) {
        fields.ignore(member, path, among: documented)
      }
    }
    return found
  }
}
