/// Places, labels, frames and foreign keys in a patch file.
extension PatchReader {
  private static let frameKeys = ["label", "rect", "collapsed"]

  /// Returns true if the file may have this key of format 2; otherwise adds an error.
  mutating func allowsFormatTwo(_ member: FileMember) -> Bool {
    if format >= 2 { return true }
    errors.add(
      PatchError(
        .syntax, "\(member.key.shown) belongs to format 2: the file must begin with \"weft\": 2",
        at: Place(path: member.key.placed)), at: member.keyOffset)
    return false
  }

  /// The JSON text of a foreign key, which begins with `x-`; nil for any other key.
  mutating func extra(_ member: FileMember) -> String? {
    guard member.key.hasPrefix("x-"), member.key.utf8.count > 2 else { return nil }
    guard allowsFormatTwo(member) else { return "null" }
    return text(of: member.value)
  }

  /// The value as JSON on one line, without comments; numbers with their original digits.
  private func text(of value: FileValue) -> String {
    switch value.kind {
    case .object(let members):
      let fields = members.map { "\(JSONString.quoted($0.key)): \(text(of: $0.value))" }
      return fields.isEmpty ? "{}" : "{ \(fields.joined(separator: ", ")) }"
    case .array(let items): return "[\(items.map(text(of:)).joined(separator: ", "))]"
    case .string(let text): return JSONString.quoted(text)
    case .number: return String(decoding: bytes[value.offset..<value.end], as: UTF8.self)
    case .bool(let isOn): return isOn ? "true" : "false"
    case .null, .broken: return "null"
    }
  }

  mutating func label(_ value: FileValue, _ path: String) -> String? {
    guard let text = text(value, "a label", path) else { return nil }
    attempt(value.offset) { (_) throws(PatchError) in try Patch.checkLabel(text, at: path) }
    return text
  }

  mutating func position(_ value: FileValue, of id: String) -> NodePosition? {
    guard let pair = numbers(value, 2, "at is [x, y]", id) else { return nil }
    attempt(value.offset) { (_) throws(PatchError) in try Patch.checkPosition(pair, at: id) }
    return NodePosition(pair[0], pair[1])
  }

  /// A list of `count` numbers.
  mutating func numbers(_ value: FileValue, _ count: Int, _ rule: String, _ path: String) -> [Float]? {
    guard case .array(let items) = value.kind, items.count == count else {
      addKind(value, rule, path)
      return nil
    }
    var numbers: [Float] = []
    for item in items { if let number = number(item, "each of them", path) { numbers.append(number) } }
    return numbers.count == count ? numbers : nil
  }

  mutating func readFrames(_ member: FileMember) {
    guard case .array(let items) = member.value.kind else {
      return addKind(member.value, "the list of frames is a list", "frames")
    }
    guard items.count <= Patch.Limits.frames else {
      let message = "\(items.count) frames; a patch has at most \(Patch.Limits.frames)"
      return errors.add(PatchError(.limit, message, at: Place(path: "frames")), at: member.keyOffset)
    }
    for item in items where !errors.isFull {
      guard let fields = object(item, "a frame", "frames") else { continue }
      var frame = Frame(label: "", rect: []), hasRect = false
      for field in fields {
        switch field.key {
        case "label": frame.label = label(field.value, "frames") ?? ""
        case "rect":
          frame.rect = numbers(field.value, 4, "the rect of a frame is [left, top, width, height]", "frames") ?? []
          hasRect = true
        case "collapsed":
          if case .bool(let isOn) = field.value.kind {
            frame.isCollapsed = isOn
          } else {
            addKind(field.value, "collapsed is true or false", "frames")
          }
        default:
          if let text = extra(field) {
            frame.extras[field.key] = text
          } else {
            addUnknownKey(field, of: "a frame", at: "frames", among: Self.frameKeys)
          }
        }
      }
      if !hasRect, !item.isDamaged {
        let message = "a frame has a rect: \"rect\": [left, top, width, height]"
        errors.add(PatchError(.syntax, message, at: Place(path: "frames")), at: item.offset)
      }
      guard frame.rect.count == 4 else { continue }
      attempt(item.offset) { (patch) throws(PatchError) in
        try Patch.check([frame])
        patch.frames.append(frame)
      }
    }
  }
}
