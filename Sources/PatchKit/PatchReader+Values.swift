/// Type checks of values; a syntactically broken one has been reported already.
extension PatchReader {
  mutating func attempt(_ offset: Int, _ edit: (inout Patch) throws(PatchError) -> Void) {
    do {
      try edit(&patch)
    } catch {
      errors.add(error, at: offset)
    }
  }

  mutating func object(_ value: FileValue, _ what: String, _ path: String? = nil) -> [FileMember]? {
    if case .object(let members) = value.kind { return members }
    addKind(value, "\(what) is an object { ... }", path)
    return nil
  }

  mutating func text(_ value: FileValue, _ what: String, _ path: String? = nil) -> String? {
    if case .string(let text) = value.kind { return text }
    addKind(value, "\(what) is a text", path)
    return nil
  }

  mutating func number(_ value: FileValue, _ what: String, _ path: String?) -> Float? {
    if case .number(let number) = value.kind { return number }
    addKind(value, "\(what) is a number", path)
    return nil
  }

  mutating func addKind(_ value: FileValue, _ wanted: String, _ path: String?) {
    if value.isBroken { return }
    var found = value.kindText
    if case .array(let items) = value.kind { found = "a list of \(items.count)" }
    errors.add(PatchError(.argumentType, "\(wanted), not \(found)", at: Place(path: path?.placed)), at: value.offset)
  }

  mutating func addUnknownKey(
    _ member: FileMember, of what: String, at path: String? = nil, among keys: [String]
  ) {
    let all = keys.joined(separator: ", ")
    errors.add(
      PatchError(
        .syntax, "\(what) has no key \(member.key.shown), only \(all)", at: Place(path: path?.placed),
        suggestions: Nearest.names(to: member.key, among: keys)), at: member.keyOffset)
  }
}
