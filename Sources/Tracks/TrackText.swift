import PatchKit

extension Track {
  /// The track as a file of the older schema.
  public var json: String {
    var text = "{\n  \"global_settings\": {\n"
    text += "    \"sample_rate\": \(sampleRate.shortText),\n    \"crossfade_duration\": \(crossfade.shortText),\n"
    text += "    \"crossfade_curve\": \(JSONString.quoted(crossfadeLaw.rawValue)),\n"
    if alignsPhases { text += "    \"phase_align\": true,\n" }
    text += "    \"output_filename\": \(JSONString.quoted(outputName))\n  },\n  \"steps\": [\n"
    text += steps.map(\.json).joined(separator: ",\n") + "\n  ]"
    if let noise { text += ",\n  \"background_noise\": " + noise.json }
    if !clips.isEmpty {
      let all = clips.map {
        "    { \"path\": \(JSONString.quoted($0.path)), \"start_time\": \($0.start.shortText), "
          + "\"gain\": \($0.gain.shortText) }"
      }
      text += ",\n  \"clips\": [\n" + all.joined(separator: ",\n") + "\n  ]"
    }
    return text + "\n}\n"
  }
}

extension TrackStep {
  fileprivate var json: String {
    var text = "    {\n      \"duration\": \(duration.shortText),\n"
    if let start { text += "      \"start\": \(start.shortText),\n" }
    text += "      \"description\": \(JSONString.quoted(description)),\n      \"voices\": ["
    if voices.isEmpty { return text + "]\n    }" }
    return text + "\n" + voices.map(\.json).joined(separator: ",\n") + "\n      ]\n    }"
  }
}

extension TrackVoice {
  fileprivate var json: String {
    let values = params.sorted { $0.key < $1.key }.map { "\(JSONString.quoted($0.key)): \($0.value.json)" }
    return
      "        { \"synth_function_name\": \(JSONString.quoted(name)), \"is_transition\": \(isTransition), \"params\": { "
      + values.joined(separator: ", ") + " }\(envelope.map { ", \"volume_envelope\": " + $0.json } ?? "") }"
  }
}

extension VolumeEnvelope {
  fileprivate var json: String {
    let (type, values): (String, [(String, Double)]) =
      switch self {
      case .adsr(let attack, let decay, let sustain, let release):
        ("adsr", [("attack", attack), ("decay", decay), ("sustain_level", sustain), ("release", release)])
      case .linen(let attack, let release): ("linen", [("attack", attack), ("release", release)])
      case .fade(let seconds, let from, let to):
        ("linear_fade", [("fade_duration", seconds), ("start_amp", from), ("end_amp", to)])
      }
    let params = values.map { "\"\($0.0)\": \($0.1.shortText)" }.joined(separator: ", ")
    return "{ \"type\": \"\(type)\", \"params\": { \(params) } }"
  }
}

extension TrackValue {
  fileprivate var json: String {
    switch self {
    case .number(let number): number.shortText
    case .bool(let isOn): "\(isOn)"
    case .text(let text): JSONString.quoted(text)
    case .list(let items): "[" + items.map(\.json).joined(separator: ", ") + "]"
    }
  }
}

extension TrackNoise {
  fileprivate var json: String {
    var parts: [String] = []
    if !path.isEmpty { parts.append("\"file\": \(JSONString.quoted(path))") }
    if path.isEmpty { parts.append("\"params\": { \"noise_type\": \"pink\", \"sweeps\": [] }") }
    let values: [(name: String, value: Double, standard: Double)] = [
      ("gain", gain, 1), ("start_time", start, 0), ("fade_in", fadeIn, 0), ("fade_out", fadeOut, 0),
    ]
    for (name, value, standard) in values where value != standard {
      parts.append("\"\(name)\": \(value.shortText)")
    }
    if !envelope.isEmpty {
      let points = envelope.map { "[\($0.time.shortText), \($0.gain.shortText)]" }
      parts.append("\"amp_envelope\": [" + points.joined(separator: ", ") + "]")
    }
    return "{ " + parts.joined(separator: ", ") + " }"
  }
}
