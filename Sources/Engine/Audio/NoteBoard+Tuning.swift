// [audio] What a key sounds.
import DSP
import ModuleKit

extension VoiceAllocator {
  /// Octaves from A4 = key 69 = 440 Hz.
  static func equalPitch(of key: Float) -> Float { (key - 69) / 12 }

  /// Octaves from A4; between two keys in a straight line. Not a number where the key is silent.
  func pitch(of key: Float) -> Float {
    let concert = setting(.concert)
    let offset = concert > 0 && concert != 440 ? Float.log2(concert / 440) : 0
    guard !tuning.isEmpty else { return VoiceAllocator.equalPitch(of: key) + offset }
    let lower = min(max(Int(key), 0), tuning.count - 1), upper = min(lower + 1, tuning.count - 1)
    let part = key - Float(lower)
    if part == 0 || lower == upper { return tuning[lower] + part / 12 + offset }
    // Beside a silent key the half-tone is the usual one.
    let step = tuning[upper].isFinite ? tuning[upper] - tuning[lower] : 1 / 12
    return tuning[lower] + part * step + offset
  }
}
