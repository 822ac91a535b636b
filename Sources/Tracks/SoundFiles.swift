/// The samples of the sound files of voices, by path, at the rate of the compiler.
struct SoundFiles: Sendable {
  /// The mean of the channels: of words.
  private(set) var means: [String: [Float]] = [:]
  /// The first channel: of sounds in place of noise.
  private(set) var firsts: [String: [Float]] = [:]

  /// The file of head responses that spatial voices are placed with; nil: by level alone.
  var head: String?

  mutating func read(_ voice: TrackVoice, _ read: (String) -> [[Float]]?) {
    for path in voice.soundPaths where means[path] == nil && firsts[path] == nil {
      guard let channels = read(path), let first = channels.first, !first.isEmpty else { continue }
      if voice.isNoise {
        firsts[path] = first
      } else if channels.count == 1 {
        means[path] = first
      } else {
        let count = Float(channels.count)
        means[path] = first.indices.map { i in channels.reduce(0) { $0 + $1[i] } / count }
      }
    }
  }
}
