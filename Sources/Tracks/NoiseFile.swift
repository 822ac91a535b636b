import PatchKit

/// A noise file (`.noise`): the parameters of background noise, as a voice of its synth function.
struct NoiseFile {
  private static let names = FieldNames(
    [
      ("noise_type", []), ("lfo_waveform", []), ("transition", []), ("lfo_freq", []), ("start_lfo_freq", []),
      ("end_lfo_freq", []), ("sweeps", []), ("start_lfo_phase_offset_deg", []), ("end_lfo_phase_offset_deg", []),
      ("start_intra_phase_offset_deg", []), ("end_intra_phase_offset_deg", []), ("initial_offset", []),
      ("post_offset", []), ("input_audio_path", []),
    ], silent: ["durationseconds", "samplerate", "starttime", "fadein", "fadeout", "ampenvelope", "duration"])

  /// - Throws: every error of the file.
  static func read(_ bytes: [UInt8], file: String?) throws(PatchErrors) -> (voice: TrackVoice, warnings: [PatchError]) {
    let bytes = TextFile.normalized(bytes)
    let (value, syntax, isStopped) = FileParser.parse(bytes, as: .noise)
    var fields = JSONFields(bytes: bytes, errors: syntax)
    let voice = isStopped ? nil : voice(value, &fields, "noise")
    let errors = fields.errors.located(in: bytes, file: file)
    guard errors.isEmpty, let voice else { throw PatchErrors(errors) }
    return (voice, fields.warnings.located(in: bytes, file: file))
  }

  /// The noise of an object, of a file or in a track.
  static func voice(_ value: FileValue, _ fields: inout JSONFields, _ path: String) -> TrackVoice? {
    guard let members = fields.object(value, path) else { return nil }
    let found = names.sort(members, &fields, path)
    var voice = TrackVoice("generate_swept_notch_pink_sound")
    voice.params["lfo_phase_offset_deg"] = .number(0)
    if let member = found["transition"] {
      voice.isTransition = fields.bool(member.value, path + "/transition") ?? false
    }
    let prefix = voice.isTransition ? "start_" : ""
    func number(_ name: String, _ range: ClosedRange<Double>) -> TrackValue? {
      found[name].flatMap { fields.number($0.value, "\(path)/\(name)", in: range) }.map(TrackValue.number)
    }
    if let member = found["noise_type"] { voice.params["noise_type"] = text(member, &fields, path) }
    if let member = found["lfo_waveform"] { voice.params["lfo_waveform"] = text(member, &fields, path) }
    if let member = found["input_audio_path"], case .text(let name)? = text(member, &fields, path), !name.isEmpty {
      // As it is in the file.
      voice.params["input_audio_path"] = .text(name)
    }
    let rates = 0.0...200.0, angles = -3_600.0...3_600.0
    if voice.isTransition {
      for name in ["start_lfo_freq", "end_lfo_freq"] { voice.params[name] = number(name, rates) }
      for name in ["initial_offset", "post_offset"] { voice.params[name] = number(name, 0...Track.longest) }
    } else {
      voice.params["lfo_freq"] = number("lfo_freq", rates)
    }
    for name in ["lfo_phase_offset_deg", "intra_phase_offset_deg"] {
      voice.params[prefix + name] = number("start_" + name, angles) ?? .number(0)
      if voice.isTransition { voice.params["end_" + name] = number("end_" + name, angles) }
    }
    if let member = found["sweeps"] { readSweeps(member.value, &voice, prefix, &fields, path + "/sweeps") }
    return voice
  }

  private static func text(_ member: FileMember, _ fields: inout JSONFields, _ path: String) -> TrackValue? {
    fields.text(member.value, "\(path)/\(member.key)").map(TrackValue.text)
  }

  private static let sweep = FieldNames([
    ("start_min", []), ("end_min", []), ("start_max", []), ("end_max", []), ("start_q", []), ("end_q", []),
    ("start_casc", []), ("end_casc", []),
  ])

  private static func readSweeps(
    _ value: FileValue, _ voice: inout TrackVoice, _ prefix: String, _ fields: inout JSONFields, _ path: String
  ) {
    var lists: [String: [TrackValue]] = [:]
    for (i, item) in fields.list(value, path).enumerated() {
      let place = "\(path) \(i + 1)"
      guard let members = fields.object(item, place) else { continue }
      let found = sweep.sort(members, &fields, place)
      func number(_ name: String, _ standard: Double, _ range: ClosedRange<Double>) -> Double {
        found[name].flatMap { fields.number($0.value, "\(place)/\(name)", in: range) } ?? standard
      }
      let hertz = 1.0...100_000.0
      let low = number("start_min", 1_000, hertz), high = number("start_max", 10_000, hertz)
      let q = number("start_q", 30, 0.01...10_000), stages = number("start_casc", 10, 1...1_000)
      lists[prefix + "filter_sweeps", default: []].append(.list([.number(low), .number(high)]))
      lists[prefix + "notch_q", default: []].append(.number(q))
      lists[prefix + "cascade_count", default: []].append(.number(stages))
      guard voice.isTransition else { continue }
      lists["end_filter_sweeps", default: []].append(
        .list([.number(number("end_min", low, hertz)), .number(number("end_max", high, hertz))]))
      lists["end_notch_q", default: []].append(.number(number("end_q", q, 0.01...10_000)))
      lists["end_cascade_count", default: []].append(.number(number("end_casc", stages, 1...1_000)))
    }
    // An empty list leaves the noise as it is.
    if lists.isEmpty { lists[prefix + "filter_sweeps"] = [] }
    for (name, list) in lists { voice.params[name] = .list(list) }
  }
}
