/// The keys of a MIDI mapping.
enum ControlKey: String, CaseIterable {
  case channel, controller, fine, from, to
}

/// The MIDI mappings of a patch file.
extension PatchReader {
  mutating func readControls(_ member: FileMember) {
    guard let members = object(member.value, "the list of controllers", "midi") else { return }
    for member in members where !errors.isFull { readControl(member) }
  }

  private mutating func readControl(_ member: FileMember) {
    let path = member.key.placed
    guard let fields = object(member.value, "a controller", path) else { return }
    var control = MidiControl(controller: -1), isWhole = true
    for field in fields {
      guard let key = ControlKey(rawValue: field.key) else {
        addUnknownKey(field, of: "a controller", at: member.key, among: ControlKey.allCases.map(\.rawValue))
        continue
      }
      switch key {
      case .channel: isWhole = read(field.value, path, into: &control.channel) && isWhole
      case .controller: isWhole = read(field.value, path, into: &control.controller) && isWhole
      case .from: control.from = number(field.value, "an end of the travel", path)
      case .to: control.to = number(field.value, "an end of the travel", path)
      case .fine:
        if case .bool(let isFine) = field.value.kind {
          control.isFine = isFine
        } else {
          addKind(field.value, "fine is true or false", path)
        }
      }
    }
    guard isWhole, !member.value.isDamaged else { return }
    let registry = registry
    // A node lost to a syntax error is not reported again.
    if lacksNodes, let parameter = try? patch.parameterAddress(member.key), parameter.macro == nil,
      patch.nodes[parameter.node] == nil
    {
      return
    }
    attempt(member.keyOffset) { (patch) throws(PatchError) in
      guard control.controller >= 0 else {
        throw PatchError(
          .syntax, "it names its number: \"controller\": 0 to \(MidiControl.last)", at: Place(path: path))
      }
      try patch.setControl(control, of: member.key, in: registry)
    }
  }

  private mutating func read(_ value: FileValue, _ path: String, into target: inout Int) -> Bool {
    guard let number = number(value, "a number of MIDI", path) else { return false }
    guard let whole = Int(exactly: number) else {
      errors.add(
        PatchError(.range, "\(number.shortText) is not a whole number", at: Place(path: path)), at: value.offset)
      return false
    }
    target = whole
    return true
  }
}
