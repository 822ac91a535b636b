/// The rules for registered modules.
extension ModuleDescriptor {
  /// Maximum number of inputs, and of outputs.
  public static let portLimit = 256

  var brokenRules: [String] {
    var broken: [String] = []
    if !Name.isLegal(name) { broken.append("its name is not \(Name.rule)") }
    if about.summary.isEmpty { broken.append("it has no summary") }
    for (count, kind) in [(inputs.count, "inputs"), (outputs.count, "outputs")] where count > ModuleDescriptor.portLimit
    {
      broken.append("it has \(count) \(kind); at most \(ModuleDescriptor.portLimit) are allowed")
    }
    if outputs.isEmpty && about.voicing != .sums { broken.append("it has no output") }
    let names = inputs.map(\.name) + outputs.map(\.name)
    for name in names where !Name.isLegal(name) { broken.append("port \(name): its name is not \(Name.rule)") }
    for list in [inputs.map(\.name), outputs.map(\.name)] where Set(list).count != list.count {
      broken.append("two ports have one name")
    }
    for output in outputs where output.summary.isEmpty { broken.append("output \(output.name): no summary") }
    for input in inputs { broken += input.brokenRules.map { "input \(input.name): \($0)" } }
    return broken
  }
}

extension ParamSpec {
  var brokenRules: [String] {
    var broken: [String] = []
    let bounds = [defaultValue, range.lowerBound, range.upperBound]
    if !bounds.allSatisfy(\.isFinite) { broken.append("a bound is not finite") }
    if !range.contains(defaultValue) { broken.append("the default is outside the range") }
    if travel.clamped(to: range) != travel { broken.append("the range of its control exceeds its own range") }
    if summary.isEmpty { broken.append("no summary") }
    if curve == .logarithmic || smoothing == .logarithmic || modulation == .octaves, range.lowerBound <= 0 {
      broken.append("a logarithmic range must be above 0")
    }
    if smoothing != .none, !(smoothingTime > 0) { broken.append("the smoothing time must be above 0") }
    switch type {
    case .choice(let names):
      if names.isEmpty || Set(names).count != names.count { broken.append("choices must be distinct names") }
      for (alias, name) in aliases where !names.contains(name) || names.contains(alias) {
        broken.append("\(alias) must be another name of a choice")
      }
      if smoothing != .none { broken.append("a choice cannot be smoothed") }
    case .file(let names, _):
      if Set(names).count != names.count { broken.append("what is built in must have distinct names") }
      if smoothing != .none || isPatchable { broken.append("a file is neither smoothed nor patched") }
    case .int, .bool: if smoothing != .none { broken.append("a whole number cannot be smoothed") }
    case .signal: if modulation != .add { broken.append("an audio input only sums") }
    case .float: break
    }
    return broken
  }
}
