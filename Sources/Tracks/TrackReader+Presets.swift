import PatchKit

/// Voice presets: `.voice`, one voice, and `.voices`, a list of them, as a track of one step.
extension TrackReader {
  /// Seconds of a preset's step.
  private static let presetSeconds = 60.0

  /// True for a voice, or a list of voices.
  static func isPreset(_ root: FileValue) -> Bool {
    switch root.kind {
    case .array(let items): return items.contains(where: isPreset)
    case .object(let members):
      let keys = members.map { JSONFields.plain($0.key) }
      return keys.contains("synthfunctionname") && !keys.contains("steps") && !keys.contains("progression")
    default: return false
    }
  }

  mutating func readPreset(_ root: FileValue) {
    var step = TrackStep(duration: Self.presetSeconds)
    if case .array(let items) = root.kind {
      for (i, item) in items.enumerated() {
        guard case .object = item.kind else {
          fields.warn("\(item.kindText) is skipped: it is not a voice", at: item.offset, "voice \(i + 1)")
          continue
        }
        if let voice = readVoice(item, "voice \(i + 1)") { step.voices.append(voice) }
      }
    } else if let voice = readVoice(root, "voice") {
      step.voices.append(voice)
    }
    track.crossfade = 0
    track.steps = [step]
  }
}
