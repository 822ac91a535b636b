import PatchKit

/// Parameters and envelopes of voices.
extension TrackReader {
  mutating func readParams(_ value: FileValue, _ voice: inout TrackVoice, _ path: String) {
    guard let members = fields.object(value, path + "/params") else { return }
    let function = SynthFunction.named(voice.name)
    let isTransition = voice.isTransition && function?.hasTransition == true
    for member in members {
      let place = "\(path), params/\(member.key)"
      guard let function else {
        voice.params[member.key] = plainValue(member.value)
        continue
      }
      guard let parameter = function.parameter(member.key, isTransition: isTransition) else {
        fields.ignore(member, place, among: function.parameterNames(isTransition: isTransition))
        voice.params[member.key] = plainValue(member.value)
        continue
      }
      if let value = read(member.value, as: parameter, place) { voice.params[member.key] = value }
    }
  }

  private mutating func read(_ value: FileValue, as parameter: VoiceParameter, _ path: String) -> TrackValue? {
    switch parameter.kind {
    case .number:
      // Editors write switches as numbers, and numbers as switches.
      if case .bool(let isOn) = value.kind { return .number(isOn ? 1 : 0) }
      return fields.number(value, path, in: parameter.range).map(TrackValue.number)
    case .bool:
      if case .number = value.kind, let number = fields.double(value) { return .bool(number != 0) }
      return fields.bool(value, path).map(TrackValue.bool)
    case .choice(let names):
      guard let text = fields.text(value, path) else { return nil }
      guard names.contains(text) else {
        fields.fail(
          "\(text.shown) is none of \(names.joined(separator: ", "))", at: value, path,
          suggestions: Nearest.names(to: text, among: names))
        return nil
      }
      return .text(text)
    case .curve:
      guard let text = fields.text(value, path) else { return nil }
      do throws(PatchError) { _ = try TransitionCurve(text) } catch {
        var error = error
        error.place.path = path
        fields.errors.add(error, at: value.offset)
        return nil
      }
      return .text(text)
    case .path:
      guard let text = fields.text(value, path) else { return nil }
      return text.isEmpty ? nil : soundPath(text, value, path).map(TrackValue.text)
    case .paths:
      var paths: [TrackValue] = []
      if case .string(let text) = value.kind {
        for part in text.split(separator: ";") {
          if let found = soundPath(String(part), value, path) { paths.append(.text(found)) }
        }
      } else {
        for item in fields.list(value, path) {
          if let text = fields.text(item, path), let found = soundPath(text, item, path) { paths.append(.text(found)) }
        }
      }
      return .list(paths)
    case .text: return fields.text(value, path).map(TrackValue.text)
    case .list: return plainValue(value)
    }
  }

  /// The path of a sound file that may be read.
  mutating func soundPath(_ text: String, _ value: FileValue, _ path: String) -> String? {
    do throws(PatchError) { return try resolve(FilePath.absolute(text, in: folder)) } catch {
      fields.fail(error.message, at: value, path, error.code)
      return nil
    }
  }

  /// A value of a parameter that no function reads.
  private func plainValue(_ value: FileValue) -> TrackValue? {
    switch value.kind {
    case .number: fields.double(value).map(TrackValue.number)
    case .bool(let isOn): .bool(isOn)
    case .string(let text): .text(text)
    case .array(let items): .list(items.compactMap(plainValue))
    case .object, .null, .broken: nil
    }
  }

  private static let envelope = FieldNames([("type", []), ("params", ["parameters"])])
  private static let shapes = ["adsr", "linen", "linear_fade"]

  mutating func readEnvelope(_ value: FileValue, _ path: String) -> VolumeEnvelope? {
    guard let members = fields.object(value, path) else { return nil }
    let found = Self.envelope.sort(members, &fields, path)
    guard let typed = found["type"], let type = fields.text(typed.value, path + "/type") else {
      if found["type"] == nil { fields.fail("an envelope has a \"type\"", at: value, path, .syntax) }
      return nil
    }
    var values: [String: Double] = [:]
    if let params = found["params"], let members = fields.object(params.value, path + "/params") {
      for member in members {
        if let number = fields.number(member.value, "\(path)/params/\(member.key)", in: -100...Track.longest) {
          values[member.key] = number
        }
      }
    }
    func seconds(_ name: String, _ standard: Double) -> Double { max(0, values[name] ?? standard) }
    switch type {
    case "adsr":
      return .adsr(
        attack: seconds("attack", 0.01), decay: seconds("decay", 0.1),
        sustain: min(max(values["sustain_level"] ?? 0.8, 0), 1), release: seconds("release", 0.1))
    case "linen": return .linen(attack: seconds("attack", 0.1), release: seconds("release", 0.1))
    case "linear_fade":
      for name in ["fade_duration", "start_amp", "end_amp"] where values[name] == nil {
        fields.fail("a linear_fade has fade_duration, start_amp and end_amp", at: value, path, .syntax)
        return nil
      }
      return .fade(seconds: seconds("fade_duration", 0), from: values["start_amp"]!, to: values["end_amp"]!)
    default:
      fields.fail(
        "\(type.shown) is no envelope: adsr, linen or linear_fade", at: typed.value, path,
        suggestions: Nearest.names(to: type, among: Self.shapes))
      return nil
    }
  }
}
