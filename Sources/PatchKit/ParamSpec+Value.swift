import Glibc
import ModuleKit

extension ParamSpec {
  /// The number of `value` for this parameter.
  ///
  /// - Throws: `.range` for a value out of range or an unknown choice, `.argumentType` for the wrong kind of
  ///   value, `.noSuchParam` for a plain audio input, which has no value.
  public func number(from value: ParamValue, at path: String) throws(PatchError) -> Float {
    switch type {
    case .signal:
      throw PatchError(
        .noSuchParam, "\(name) is an audio input, which has no value: connect a cable to it", at: Place(path: path))
    case .float, .int: return try plainNumber(value, path)
    case .bool: return try boolean(value, path)
    case .choice(let names): return try choice(value, names, path)
    case .file(let names, _): return try file(value, names, path)
    }
  }

  /// The checked value as a patch stores it: a choice by name, a switch as true or false, a file by its given name.
  public func kept(_ value: ParamValue, at path: String) throws(PatchError) -> ParamValue {
    let number = try number(from: value, at: path)
    return isFile ? value : self.value(of: number)
  }

  /// A number as shown and saved: a choice by name, a switch as true or false.
  public func value(of number: Float) -> ParamValue {
    switch type {
    case .bool: return .bool(number > 0.5)
    case .choice(let names):
      guard number >= 0, number < Float(names.count) else { return .number(number) }
      return .text(names[Int(number)])
    case .file(let names, _): return .text(names.indices.contains(Int(number)) ? names[Int(number)] : "")
    case .signal, .float, .int: return .number(number)
    }
  }

  /// The range in words: `20 to 20000 Hz`.
  public var rangeText: String {
    let unit = unit == .none ? "" : " " + unit.rawValue
    return "\(range.lowerBound.shortText) to \(range.upperBound.shortText)\(unit)"
  }

  private func plainNumber(_ value: ParamValue, _ path: String) throws(PatchError) -> Float {
    guard let number = number(of: value) else {
      let key = isPitch ? ", or a key such as C#4," : ""
      throw PatchError(
        .argumentType, "a number from \(rangeText)\(key) is expected, not \(value.shown)", at: Place(path: path))
    }
    guard range.contains(number) else {  // also where it is not a number
      throw PatchError(.range, "\(number.shortText) is outside \(rangeText)", at: Place(path: path))
    }
    guard type != .int || number == number.rounded() else {
      throw PatchError(
        .range, "\(number.shortText) is not whole: whole numbers from \(rangeText)", at: Place(path: path))
    }
    return number
  }

  /// A number, or for a pitch the name of a key: in hertz, or in octaves from A4, in equal temperament.
  private func number(of value: ParamValue) -> Float? {
    switch value {
    case .number(let number): return number
    case .text(let name):
      guard isPitch, let key = NoteName.key(name) else { return nil }
      let octaves = Float(key - 69) / 12
      return unit == .octaves ? octaves : 440 * exp2(octaves)
    case .bool: return nil
    }
  }

  private func boolean(_ value: ParamValue, _ path: String) throws(PatchError) -> Float {
    switch value {
    case .bool(let bool): return bool ? 1 : 0
    case .number(0), .text("false"): return 0
    case .number(1), .text("true"): return 1
    case .number(let number):
      throw PatchError(.range, "\(number.shortText) is neither 0 nor 1 (false or true)", at: Place(path: path))
    case .text:
      throw PatchError(.argumentType, "true or false is expected, not \(value.shown)", at: Place(path: path))
    }
  }

  private func file(_ value: ParamValue, _ names: [String], _ path: String) throws(PatchError) -> Float {
    let builtIn = names.isEmpty ? "" : ", or one of \(names.joined(separator: ", "))"
    guard case .text(let text) = value else {
      throw PatchError(
        .argumentType, "the name of a sound file is expected\(builtIn), not \(value.shown)", at: Place(path: path))
    }
    guard text.utf8.count < 4_096, !text.utf8.contains(0) else {
      throw PatchError(.range, "\(text.shown) is not the name of a file", at: Place(path: path))
    }
    return Float(names.firstIndex(of: text) ?? names.count)
  }

  private func choice(_ value: ParamValue, _ names: [String], _ path: String) throws(PatchError) -> Float {
    let all = names.joined(separator: ", ")
    switch value {
    case .text(let text):
      if let index = names.firstIndex(of: aliases[text] ?? text) { return Float(index) }
      throw PatchError(
        .range, "\(text.shown) is not one of \(all)", at: Place(path: path),
        suggestions: Nearest.names(to: text, among: names))
    case .number(let number):
      if number >= 0, number < Float(names.count), number == number.rounded() { return number }
      throw PatchError(
        .range, "\(number.shortText) is not the number of a choice, 0 to \(names.count - 1) (\(all))",
        at: Place(path: path))
    case .bool:
      throw PatchError(.argumentType, "one of \(all) is expected, not \(value.shown)", at: Place(path: path))
    }
  }
}

extension PatchNode {
  /// The value of a parameter: as set, else its default.
  public func value(of spec: ParamSpec) -> Float {
    guard let value = params[spec.name], let number = try? spec.number(from: value, at: spec.name) else {
      return spec.defaultValue
    }
    return number
  }
}
