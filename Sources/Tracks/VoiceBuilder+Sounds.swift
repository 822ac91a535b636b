import PatchKit

/// Sounds that are made while a voice is compiled.
extension VoiceBuilder {
  /// Plays a made sound from a frame of the step on.
  ///
  /// - Parameter channels: one for both sides, or two.
  mutating func play(_ channels: [[Float]], from first: Int = 0) -> String {
    let name = TrackScore.name(of: channels)
    sounds[name] = channels
    let length = min(channels.first?.count ?? 0, frames - first)
    let node = add("sampler", choices: ["file": name], span: (first, length))
    setGate(of: node)
    return node
  }
}

extension TrackScore {
  /// The name of a made sound: equal sounds have the same. No file has such a name.
  static func name(of channels: [[Float]]) -> String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for channel in channels {
      for sample in channel { hash = (hash ^ UInt64(sample.bitPattern)) &* 0x100_0000_01b3 }
      hash = (hash ^ UInt64(channel.count)) &* 0x100_0000_01b3
    }
    return "(track \(String(hash, radix: 16)))"
  }
}
