import PatchKit

/// Builds a track from the values of a file, and collects the errors.
struct TrackReader {
  var fields: JSONFields
  let folder: String?
  let allowMissing: Bool
  /// The path under which a file that the track names may be read.
  let resolve: (String) throws(PatchError) -> String
  var track = Track()
  /// Functions whose notes have been reported.
  private var notes: Set<String> = []

  init(
    _ fields: JSONFields, folder: String?, allowMissing: Bool, resolve: @escaping (String) throws(PatchError) -> String
  ) {
    self.resolve = resolve
    self.fields = fields
    self.folder = folder
    self.allowMissing = allowMissing
  }

  private static let top = FieldNames([
    ("global_settings", ["global"]), ("steps", ["progression"]), ("background_noise", ["noise"]),
    ("clips", ["overlayclips"]),
  ])
  private static let global = FieldNames(
    [
      ("sample_rate", []), ("crossfade_duration", []), ("crossfade_curve", []), ("output_filename", []),
      ("phase_align", []),
    ],
    silent: ["parallelvoices", "parallelvoicesmaxworkers", "parallelbackend", "parallelmaxmemorygb"])
  private static let step = FieldNames(
    [
      ("duration", ["durationseconds", "stepduration"]), ("start", ["starttime"]), ("description", []), ("voices", []),
    ])
  private static let voice = FieldNames(
    [
      ("synth_function_name", ["synthfunction"]), ("params", ["parameters"]), ("is_transition", []),
      ("volume_envelope", []), ("description", []),
    ], silent: ["category", "voicetype"])

  mutating func read(_ root: FileValue) {
    if Self.isPreset(root) { return readPreset(root) }
    guard let members = fields.object(root, "track") else { return }
    let found = Self.top.sort(members, &fields, "track")
    if let member = found["global_settings"] { readGlobal(member.value) }
    if let member = found["steps"] {
      for (i, value) in fields.list(member.value, "steps").enumerated() { readStep(value, number: i + 1) }
    } else if !root.isDamaged {
      let suggestions = Nearest.names(to: members.first?.key ?? "", among: ["steps", "progression"])
      fields.fail("a track has \"steps\": [ ... ]", at: root, "track", .syntax, suggestions: suggestions)
    }
    if let member = found["background_noise"] { readNoise(member.value) }
    if let member = found["clips"] {
      for (i, value) in fields.list(member.value, "clips").enumerated() { readClip(value, "clip \(i + 1)") }
    }
  }

  private mutating func readGlobal(_ value: FileValue) {
    guard let members = fields.object(value, "global_settings") else { return }
    let found = Self.global.sort(members, &fields, "global_settings")
    func path(_ name: String) -> String { "global_settings/" + name }
    if let rate = number(found, "sample_rate", path("sample_rate"), in: 1_000...768_000) { track.sampleRate = rate }
    if let seconds = number(found, "crossfade_duration", path("crossfade_duration"), in: 0...Track.longest) {
      track.crossfade = seconds
    }
    if let member = found["crossfade_curve"], let name = fields.text(member.value, path("crossfade_curve")) {
      if let law = Track.CrossfadeLaw(rawValue: name) {
        track.crossfadeLaw = law
      } else {
        let names = Track.CrossfadeLaw.allCases.map(\.rawValue)
        fields.fail(
          "\(name.shown) is no crossfade curve: linear or equal_power", at: member.value, path("crossfade_curve"),
          suggestions: Nearest.names(to: name, among: names))
      }
    }
    if let member = found["phase_align"] {
      track.alignsPhases = fields.bool(member.value, path("phase_align")) ?? false
    }
    if let member = found["output_filename"], let name = fields.text(member.value, path("output_filename")) {
      track.outputName = name
    }
  }

  mutating func number(
    _ found: [String: FileMember], _ name: String, _ path: String, in range: ClosedRange<Double>
  ) -> Double? {
    found[name].flatMap { fields.number($0.value, path, in: range) }
  }

  private mutating func readStep(_ value: FileValue, number: Int) {
    let path = "step \(number)"
    guard let members = fields.object(value, path) else { return }
    let found = Self.step.sort(members, &fields, path)
    if found["duration"] == nil, !value.isDamaged {
      fields.fail("a step has a \"duration\" in seconds", at: value, path, .syntax)
    }
    let duration = self.number(found, "duration", path + "/duration", in: -Track.longest...Track.longest) ?? 0
    var step = TrackStep(duration: duration, number: number)
    if duration <= 0, let member = found["duration"] {
      fields.warn("the step is skipped: its duration is 0", at: member.value.offset, path + "/duration")
    }
    if let start = self.number(found, "start", path + "/start", in: -Track.longest...Track.longest) {
      step.start = max(0, start)
    }
    if let member = found["description"] { step.description = fields.text(member.value, path + "/description") ?? "" }
    if let member = found["voices"] {
      for (i, value) in fields.list(member.value, path + "/voices").enumerated() {
        if let voice = readVoice(value, "\(path), voice \(i + 1)") { step.voices.append(voice) }
      }
    }
    track.steps.append(step)
  }

  /// A voice of a step, or of a preset.
  mutating func readVoice(_ value: FileValue, _ path: String) -> TrackVoice? {
    guard let members = fields.object(value, path) else { return nil }
    let found = Self.voice.sort(members, &fields, path)
    guard let named = found["synth_function_name"] else {
      if !value.isDamaged { fields.fail("a voice has a \"synth_function_name\"", at: value, path, .syntax) }
      return nil
    }
    guard let name = fields.text(named.value, path + "/synth_function_name") else { return nil }
    var voice = TrackVoice(name)
    if let member = found["is_transition"] {
      voice.isTransition = fields.bool(member.value, path + "/is_transition") ?? false
    }
    if SynthFunction.named(name) == nil {
      let error = PatchError(
        .noSuchType, "there is no synth function \(name.shown)", at: Place(path: path),
        suggestions: Nearest.names(to: name, among: SynthFunction.names))
      if allowMissing {
        fields.warnings.add(error, at: named.value.offset)
      } else {
        fields.errors.add(error, at: named.value.offset)
      }
    }
    if let note = SynthFunction.named(name)?.note, notes.insert(name).inserted {
      fields.warn(note, at: named.value.offset, path)
    }
    if let member = found["params"] { readParams(member.value, &voice, path) }
    if let member = found["volume_envelope"] { voice.envelope = readEnvelope(member.value, path + "/volume_envelope") }
    if let member = found["description"] { voice.description = fields.text(member.value, path + "/description") ?? "" }
    return voice
  }
}
