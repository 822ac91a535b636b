import ModuleKit

/// Macros of a patch file.
extension PatchReader {
  private static let macroKeys = ["name", "label", "value", "targets"]
  private static let targetKeys = ["param", "from", "to", "points"]

  mutating func readMacros(_ member: FileMember) {
    guard case .array(let items) = member.value.kind else {
      return addKind(member.value, "the list of macros is a list", "macros")
    }
    guard items.count <= Patch.Limits.macros else {
      let message = "\(items.count) macros; a patch has at most \(Patch.Limits.macros)"
      return errors.add(PatchError(.limit, message, at: Place(path: "macros")), at: member.keyOffset)
    }
    for item in items where !errors.isFull { readMacro(item) }
  }

  private mutating func readMacro(_ item: FileValue) {
    guard let fields = object(item, "a macro", "macros") else { return }
    var macro = Macro(name: ""), nameOffset = item.offset, targets: [(offset: Int, target: MacroTarget)] = []
    for field in fields {
      let path = macro.name.isEmpty ? "macros" : "macros/\(macro.name)"
      switch field.key {
      case "name":
        macro.name = text(field.value, "the name of a macro", path) ?? ""
        nameOffset = field.value.offset
      case "label": macro.label = label(field.value, path) ?? ""
      case "value":
        guard let number = number(field.value, "the value of a macro", path) else { continue }
        macro.value = number
        let name = macro.name
        attempt(field.value.offset) { (_) throws(PatchError) in try Macro.checkValue(number, of: name) }
      case "targets":
        guard case .array(let items) = field.value.kind else {
          addKind(field.value, "the targets of a macro are a list", path)
          continue
        }
        for item in items where !errors.isFull {
          if let target = target(item, path) { targets.append((item.offset, target)) }
        }
      default:
        if let text = extra(field) {
          macro.extras[field.key] = text
        } else {
          addUnknownKey(field, of: "a macro", at: path, among: Self.macroKeys)
        }
      }
    }
    add(macro, nameOffset, targets, isWhole: !item.isDamaged)
  }

  /// Adds the valid part of a macro; errors have the place of the name or of the target.
  private mutating func add(
    _ macro: Macro, _ offset: Int, _ targets: [(offset: Int, target: MacroTarget)], isWhole: Bool
  ) {
    var macro = macro
    let registry = registry
    guard !macro.name.isEmpty else {
      let error = PatchError(.syntax, "a macro has a name: \"name\": \"...\"", at: Place(path: "macros"))
      if isWhole { errors.add(error, at: offset) }
      return
    }
    for (offset, target) in targets {
      guard checksTargets else {
        macro.targets.append(target)
        continue
      }
      // A node lost to a syntax error is not reported again.
      if lacksNodes, patch.nodes[target.param.node] == nil { continue }
      // A node of unknown type has been reported already.
      if let node = patch.nodes[target.param.node], registry[node.type] == nil, !allowMissing { continue }
      let name = macro.name, isDouble = macro.targets.contains { $0.param == target.param }
      attempt(offset) { (patch) throws(PatchError) in
        try patch.check(target, in: registry)
        guard !isDouble else {
          throw PatchError(
            .duplicate, "the macro \(name) drives it already", at: Place(path: target.param.description.placed))
        }
      }
      macro.targets.append(target)
    }
    // The targets have been checked.
    var bare = macro
    bare.targets = []
    (bare.value, bare.label) = (0, "")
    attempt(offset) { (patch) throws(PatchError) in
      _ = try patch.adding(bare, in: registry)
      guard macro.targets.count <= Patch.Limits.macroTargets else { return try patch.check(macro, in: registry) }
      patch.macros.append(macro)
    }
  }

  private mutating func target(_ item: FileValue, _ path: String) -> MacroTarget? {
    guard let fields = object(item, "a target of a macro", path) else { return nil }
    var target: MacroTarget?, from: Float?, to: Float?, points: [MacroTarget.Point] = [], isWhole = true
    for field in fields {
      switch field.key {
      case "param":
        guard let text = text(field.value, "the parameter of a target", path) else { return nil }
        attempt(field.value.offset) { (patch) throws(PatchError) in
          let address = try patch.parameterAddress(text)
          guard address.macro == nil else {
            throw PatchError(.noSuchParam, "a macro drives no macro", at: Place(path: text.placed))
          }
          target = MacroTarget(address)
        }
        if target == nil { return nil }
      case "from": from = number(field.value, "an end of the travel", path)
      case "to": to = number(field.value, "an end of the travel", path)
      case "points":
        let read = self.points(field.value, path)
        isWhole = isWhole && read != nil
        points = read ?? []
      default:
        addUnknownKey(field, of: "a target", at: path, among: Self.targetKeys)
        isWhole = false
      }
    }
    guard var target else {
      let error = PatchError(
        .syntax, "a target names its parameter: \"param\": \"node/parameter\"", at: Place(path: path.placed))
      if !item.isDamaged { errors.add(error, at: item.offset) }
      return nil
    }
    (target.from, target.to, target.points) = (from, to, points)
    return isWhole ? target : nil
  }

  private mutating func points(_ value: FileValue, _ path: String) -> [MacroTarget.Point]? {
    guard case .array(let items) = value.kind else {
      addKind(value, "points are a list of [position, value]", path)
      return nil
    }
    guard items.count != 1, items.count <= Patch.Limits.macroPoints else {
      let message = "a target has 2 to \(Patch.Limits.macroPoints) points, not \(items.count)"
      errors.add(PatchError(.limit, message, at: Place(path: path.placed)), at: value.offset)
      return nil
    }
    var points: [MacroTarget.Point] = []
    for item in items {
      guard let pair = numbers(item, 2, "a point is [position, value]", path) else { return nil }
      points.append(.init(pair[0], pair[1]))
    }
    return points
  }

  /// The values of macros in a snapshot.
  mutating func readMacroValues(_ member: FileMember) {
    guard let members = object(member.value, "the values of the macros", member.key) else { return }
    for field in members where !errors.isFull {
      guard let number = number(field.value, "the value of a macro", member.key) else { continue }
      attempt(field.value.offset) { (_) throws(PatchError) in try Macro.checkValue(number, of: field.key) }
      attempt(field.keyOffset) { (_) throws(PatchError) in try Macro.checkName(field.key) }
      snapshotMacros[field.key] = number
    }
  }
}
