import PatchKit

/// Background noise and clips.
extension TrackReader {
  private static let noise = FieldNames(
    [
      ("file", ["paramspath", "noisefile", "filepath"]), ("params", []), ("gain", ["amp"]), ("start_time", ["start"]),
      ("fade_in", []),
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
    var noise = TrackNoise(path: "")
    if let member = found["file"], let name = fields.text(member.value, path + "/file"), !name.isEmpty {
      noise.path = FilePath.absolute(name, in: folder)
      noise.voice = noiseFile(noise.path, member.value, path + "/file")
    } else if let member = found["params"] {
      noise.voice = NoiseFile.voice(member.value, &fields, path + "/params")
    }
    if case .text(let name)? = noise.voice?.params["input_audio_path"] {
      let member = found["file"] ?? found["params"]!
      noise.voice?.params["input_audio_path"] =
        soundPath(name, member.value, path + "/input_audio_path").map(TrackValue.text)
    }
    guard noise.voice != nil else { return }
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

  /// Reads a noise file; its errors are errors of the track.
  private mutating func noiseFile(_ path: String, _ value: FileValue, _ place: String) -> TrackVoice? {
    do throws(PatchErrors) {
      let bytes: [UInt8]
      do throws(PatchError) { bytes = try TextFile.read(try resolve(path)) } catch { throw PatchErrors([error]) }
      let (voice, warnings) = try NoiseFile.read(bytes, file: path)
      for warning in warnings { fields.warnings.add(warning, at: value.offset) }
      return voice
    } catch {
      for var error in error.errors {
        if error.place.line == nil {
          error.message = "\(path): \(error.message)"
          error.place = Place(path: place)
        }
        if allowMissing {
          fields.warnings.add(error, at: value.offset)
        } else {
          fields.errors.add(error, at: value.offset)
        }
      }
      return nil
    }
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
