import PatchKit

/// Background noise and clips.
extension TrackReader {
  private static let noise = FieldNames(
    [
      ("file", ["paramspath", "noisefile", "filepath"]), ("gain", ["amp"]), ("start_time", ["start"]), ("fade_in", []),
      ("fade_out", []), ("amp_envelope", []),
    ], silent: ["pan", "type"])
  private static let clip = FieldNames(
    [("path", ["filepath", "file"]), ("start_time", ["start"]), ("gain", ["amp"])],
    silent: ["pan", "fadein", "fadeout", "duration", "description", "category"])
  private static let gains = -100.0...100.0

  mutating func readNoise(_ value: FileValue) {
    let path = "background_noise"
    guard let members = fields.object(value, path) else { return }
    let found = Self.noise.sort(members, &fields, path)
    guard let member = found["file"], let name = fields.text(member.value, path + "/file"), !name.isEmpty else {
      return
    }
    fields.fail("background noise is not played yet", at: member.value, path)
    var noise = TrackNoise(path: FilePath.absolute(name, in: folder))
    if let gain = number(found, "gain", path + "/gain", in: Self.gains) { noise.gain = gain }
    let seconds = 0...Track.longest
    if let start = number(found, "start_time", path + "/start_time", in: seconds) { noise.start = start }
    if let time = number(found, "fade_in", path + "/fade_in", in: seconds) { noise.fadeIn = time }
    if let time = number(found, "fade_out", path + "/fade_out", in: seconds) { noise.fadeOut = time }
    if let member = found["amp_envelope"] {
      for (i, item) in fields.list(member.value, path + "/amp_envelope").enumerated() {
        let place = "\(path)/amp_envelope \(i + 1)"
        let pair = fields.list(item, place)
        guard pair.count == 2, let time = fields.number(pair[0], place, in: 0...Track.longest),
          let gain = fields.number(pair[1], place, in: Self.gains)
        else {
          if pair.count != 2 { fields.fail("a point is [seconds, gain]", at: item, place, .syntax) }
          continue
        }
        noise.envelope.append(.init(time: time, gain: gain))
      }
    }
    track.noise = noise
  }

  mutating func readClip(_ value: FileValue, _ path: String) {
    guard let members = fields.object(value, path) else { return }
    let found = Self.clip.sort(members, &fields, path)
    guard let member = found["path"] else {
      if !value.isDamaged { fields.fail("a clip has a \"path\"", at: value, path, .syntax) }
      return
    }
    guard let name = fields.text(member.value, path + "/path") else { return }
    var clip = TrackClip(path: FilePath.absolute(name, in: folder))
    if let start = number(found, "start_time", path + "/start_time", in: 0...Track.longest) { clip.start = start }
    if let gain = number(found, "gain", path + "/gain", in: Self.gains) { clip.gain = gain }
    track.clips.append(clip)
  }
}
