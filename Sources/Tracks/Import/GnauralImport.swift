import PatchKit

/// Reads Gnaural schedules (`.gnaural`, XML): voices with entries, each a time, levels, a beat and a base frequency that
/// go in straight lines to those of the next entry.
///
/// The track has a step from each entry of any voice to the next one. Voices of binaural beats and of pink noise are
/// imported; any other is an error with its line.
public struct GnauralImport {
  private struct Entry {
    var duration: Double
    var left: Double
    var right: Double
    var beat: Double
    var base: Double
  }
  private struct Voice {
    var type = 0
    var line: Int
    var isMuted = false
    var entries: [Entry] = []

    /// The values at a time; an entry leads to the next one, the last to the first.
    func value(at time: Double) -> Entry {
      var start = 0.0
      for (i, entry) in entries.enumerated() {
        if time < start + entry.duration || i == entries.count - 1 {
          let next = entries[(i + 1) % entries.count]
          let share = entry.duration > 0 ? min(max((time - start) / entry.duration, 0), 1) : 1
          func between(_ a: Double, _ b: Double) -> Double { a + (b - a) * share }
          return Entry(
            duration: 0, left: between(entry.left, next.left), right: between(entry.right, next.right),
            beat: between(entry.beat, next.beat), base: between(entry.base, next.base))
        }
        start += entry.duration
      }
      return Entry(duration: 0, left: 0, right: 0, beat: 0, base: 200)
    }
  }

  private var voices: [Voice] = []
  private var errors = ErrorList()
  private let file: String?
  private static let binaural = 0, pinkNoise = 1
  private static let mostEntries = 100_000

  /// - Throws: every error of the file at once, each with its line.
  public static func read(_ bytes: [UInt8], file: String? = nil) throws(PatchErrors) -> Track {
    var reader = GnauralImport(file: file)
    reader.scan(TextFile.normalized(bytes))
    if reader.errors.errors.isEmpty, !reader.voices.contains(where: { !$0.entries.isEmpty && !$0.isMuted }) {
      reader.fail("the schedule has no voice with entries", at: 1)
    }
    guard reader.errors.errors.isEmpty else { throw PatchErrors(reader.errors.errors) }
    return reader.track()
  }

  private init(file: String?) { self.file = file }

  private mutating func fail(_ message: String, at line: Int) {
    errors.add(PatchError(.syntax, message, at: Place(file: file, line: line, column: 1)))
  }

  /// Reads the tags; text is kept for the tag that ends after it.
  private mutating func scan(_ bytes: [UInt8]) {
    var at = 0, line = 1, text = "", depth = 0, isInVoice = false
    func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0a }
    while at < bytes.count {
      guard bytes[at] == UInt8(ascii: "<") else {
        let start = at
        while at < bytes.count, bytes[at] != UInt8(ascii: "<") {
          if bytes[at] == 0x0a { line += 1 }
          at += 1
        }
        text = String(decoding: bytes[start..<at], as: UTF8.self)
        continue
      }
      let start = at, isComment = bytes[at...].starts(with: "<!--".utf8), first = line
      let end = Array((isComment ? "-->" : ">").utf8)
      while at < bytes.count, !bytes[at...].starts(with: end) {
        if bytes[at] == 0x0a { line += 1 }
        at += 1
      }
      guard at < bytes.count else { return fail("the file ends inside a tag", at: first) }
      at += end.count
      let body = String(decoding: bytes[start..<at], as: UTF8.self).dropFirst().dropLast()
      if isComment || body.hasPrefix("?") || body.hasPrefix("!") { continue }
      let name = body.drop { $0 == "/" }.prefix { !$0.isWhitespace && $0 != "/" }
      if body.hasPrefix("/") {
        depth -= 1
        if name == "voice" { isInVoice = false }
        if isInVoice { close(name, text.split(whereSeparator: \.isWhitespace).joined(), line) }
        continue
      }
      if !body.hasSuffix("/") { depth += 1 }
      if name == "voice" {
        voices.append(Voice(line: first))
        isInVoice = true
      } else if name == "entry", isInVoice {
        guard voices.last!.entries.count < Self.mostEntries else {
          return fail("a voice has at most \(Self.mostEntries) entries", at: first)
        }
        readEntry(String(body), first)
      }
    }
    if depth > 0 { fail("a tag is not closed", at: line) }
    for voice in voices where !voice.isMuted && voice.type != Self.binaural && voice.type != Self.pinkNoise {
      fail(
        "a voice of type \(voice.type) has no counterpart in a track: 0 (binaural) and 1 (pink noise)", at: voice.line)
    }
  }

  private mutating func close(_ name: Substring, _ text: String, _ line: Int) {
    switch name {
    case "type":
      guard let type = Int(text) else { return fail("\(text.shown) is no type of a voice", at: line) }
      voices[voices.count - 1].type = type
    case "voice_mute": voices[voices.count - 1].isMuted = text == "1"
    default: break
    }
  }

  private mutating func readEntry(_ body: String, _ line: Int) {
    var values: [String: Double] = [:], rest = Substring(body)
    while let equals = rest.firstIndex(of: "=") {
      let name = rest[..<equals].split(whereSeparator: \.isWhitespace).last.map(String.init) ?? ""
      rest = rest[equals...].dropFirst()
      guard let quote = rest.first, quote == "\"" || quote == "'",
        let end = rest.dropFirst().firstIndex(of: quote)
      else { return fail("the value of \(name.shown) has no quotes", at: line) }
      let text = rest[rest.index(after: rest.startIndex)..<end]
      rest = rest[end...].dropFirst()
      guard ["duration", "volume_left", "volume_right", "beatfreq", "basefreq"].contains(name) else { continue }
      guard let number = Double(text), number.isFinite else {
        return fail("\(name) \(String(text).shown) is no number", at: line)
      }
      values[name] = number
    }
    func checked(_ name: String, _ standard: Double, _ range: ClosedRange<Double>) -> Double {
      let value = values[name] ?? standard
      if !range.contains(value) { fail("\(name) \(value.shortText) is out of range", at: line) }
      return min(max(value, range.lowerBound), range.upperBound)
    }
    voices[voices.count - 1].entries.append(
      Entry(
        duration: checked("duration", 0, 0...Track.longest), left: checked("volume_left", 0, 0...1),
        right: checked("volume_right", 0, 0...1), beat: checked("beatfreq", 0, -1_000...1_000),
        base: checked("basefreq", 200, 0...20_000)))
  }

  private func track() -> Track {
    var track = Track()
    track.crossfade = 0
    let heard = voices.filter { !$0.isMuted && !$0.entries.isEmpty }
    var times: Set<Double> = [0]
    for voice in heard where voice.type == Self.binaural {
      var time = 0.0
      for entry in voice.entries {
        time += entry.duration
        times.insert((time * 1_000).rounded() / 1_000)
      }
    }
    let sorted = times.sorted()
    for (start, end) in zip(sorted, sorted.dropFirst()) {
      var step = TrackStep(duration: end - start, start: start, number: track.steps.count + 1)
      step.voices = heard.filter { $0.type == Self.binaural }.map { Self.voice($0, from: start, to: end) }
      track.steps.append(step)
    }
    addNoise(heard.first { $0.type == Self.pinkNoise }, to: &track)
    return track
  }

  /// The voice between two of its points. It keeps its level at both ends: the next step goes on from there.
  private static func voice(_ voice: Voice, from start: Double, to end: Double) -> TrackVoice {
    let first = voice.value(at: start), last = voice.value(at: end - 1e-6)
    var params: [String: TrackValue] = [:]
    for (name, from, to) in [
      ("BaseFreq", first.base, last.base), ("BeatFreq", first.beat, last.beat), ("AmpL", first.left, last.left),
      ("AmpR", first.right, last.right),
    ] {
      params["start" + name] = .number((from * 1e6).rounded() / 1e6)
      params["end" + name] = .number((to * 1e6).rounded() / 1e6)
    }
    return TrackVoice("binaural_beat", isTransition: true, params: params)
  }

  private func addNoise(_ voice: Voice?, to track: inout Track) {
    guard let voice else { return }
    var noise = TrackNoise(path: ""), time = 0.0
    noise.voice = TrackVoice("generate_swept_notch_pink_sound", params: ["filter_sweeps": .list([])])
    for entry in voice.entries {
      noise.envelope.append(.init(time: time, gain: (entry.left + entry.right) / 2))
      time += entry.duration
    }
    track.noise = noise
  }
}
