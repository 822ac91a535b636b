import PatchKit

/// Reads SBaGen sequences (`.sbg`): tone-sets and the times at which they begin.
///
/// Each tone-set becomes a step, each sine a voice. A set marked `->` slides to the next one; others are crossfaded. A
/// construct that a track cannot hold is an error with its line.
public struct SbagenImport {
  private struct Tone {
    var carrier: Double
    /// Positive: the left ear is higher.
    var beat: Double
    var amp: Double
  }
  private struct ToneSet {
    var name: String
    var tones: [Tone] = []
    /// The level of pink noise.
    var noise = 0.0
  }
  private struct Entry {
    var time: Double
    var set: ToneSet
    var slides: Bool
    var line: Int
  }

  private var sets: [String: ToneSet] = [:]
  private var entries: [Entry] = []
  private var errors = ErrorList()
  /// Seconds: the time that `+` adds to, and the last one.
  private var base = 0.0, last = 0.0
  /// Seconds of a fade from one tone-set to the next.
  private var fade = 60.0
  private var line = 0
  private let file: String?

  /// Seconds of a crossfade between tone-sets that slide.
  private static let shortFade = 1.0
  private static let day = 86_400.0
  /// Seconds of the last tone-set, which the original plays on and on.
  private static let lastLength = 60.0

  /// - Throws: every error of the file at once, each with its line.
  public static func read(_ bytes: [UInt8], file: String? = nil) throws(PatchErrors) -> Track {
    var reader = SbagenImport(file: file)
    let lines = TextFile.normalized(bytes).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for line in lines {
      reader.line += 1
      reader.read(String(decoding: line, as: UTF8.self))
    }
    if reader.errors.errors.isEmpty, reader.entries.isEmpty {
      reader.fail("the sequence has no times, such as NOW or +00:10:00")
    }
    guard reader.errors.errors.isEmpty else { throw PatchErrors(reader.errors.errors) }
    let track = reader.track()
    guard reader.errors.errors.isEmpty else { throw PatchErrors(reader.errors.errors) }
    return track
  }

  private init(file: String?) { self.file = file }

  private mutating func fail(_ message: String, at line: Int? = nil, suggestions: [String] = []) {
    errors.add(
      PatchError(
        .syntax, message, at: Place(file: file, line: line ?? self.line, column: 1), suggestions: suggestions))
  }

  private mutating func read(_ text: String) {
    let plain = text.prefix { $0 != "#" }.split { $0 == " " || $0 == "\t" }.map(String.init)
    guard let first = plain.first else { return }
    if first.hasPrefix("-"), first.count > 1 {
      readOptions(plain)
    } else if first.hasSuffix(":"), first.first?.isLetter == true {
      define(String(first.dropLast()), Array(plain.dropFirst()))
    } else {
      readTime(first, Array(plain.dropFirst()))
    }
  }

  private mutating func readOptions(_ words: [String]) {
    var rest = words[...]
    while let word = rest.popFirst() {
      switch word {
      case "-F":
        guard let text = rest.popFirst(), let milliseconds = Double(text), milliseconds >= 0 else {
          return fail("-F is followed by milliseconds")
        }
        fade = milliseconds / 1_000
      case let word where word.hasPrefix("-") && word.dropFirst().allSatisfy({ "SEQDi".contains($0) }):
        // Start and end of the run, output to the sound card: of the player, not of the sequence.
        continue
      default: return fail("the option \(word.shown) has no counterpart in a track")
      }
    }
  }

  private mutating func define(_ name: String, _ words: [String]) {
    if words.first == "{" { return fail("blocks of tone-sets are not imported") }
    if sets[name] != nil { return fail("the tone-set \(name.shown) is defined already") }
    var set = ToneSet(name: name)
    for word in words where word != "-" { read(word, into: &set) }
    sets[name] = set
  }

  private mutating func read(_ word: String, into set: inout ToneSet) {
    let parts = word.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let percent = Double(parts[1]), (0...100).contains(percent) else {
      return fail("\(word.shown) is no voice: carrier+beat/amplitude, in Hz and %")
    }
    let amp = percent / 100
    if parts[0] == "pink" {
      set.noise += amp
      return
    }
    for name in ["mix", "bell", "spin", "wave"] where parts[0].hasPrefix(name) {
      return fail("\(word.shown): \(name) has no counterpart in a track")
    }
    var tone = Tone(carrier: 0, beat: 0, amp: amp)
    let sign = parts[0].dropFirst().firstIndex { $0 == "+" || $0 == "-" }
    let carrier = parts[0][..<(sign ?? parts[0].endIndex)]
    guard let hertz = Double(carrier), (20...20_000).contains(hertz) else {
      return fail("\(word.shown): a carrier has 20 to 20000 Hz")
    }
    tone.carrier = hertz
    if let sign {
      guard let beat = Double(parts[0][sign...]), beat.magnitude <= 1_000 else {
        return fail("\(word.shown): a beat has at most 1000 Hz")
      }
      tone.beat = beat
    }
    set.tones.append(tone)
  }

  private mutating func readTime(_ word: String, _ rest: [String]) {
    guard let time = time(word) else { return }
    var words = rest
    let slides = words.last == "->"
    if slides { words.removeLast() }
    // Marks of fades in and out.
    if words.count == 2, words[0].allSatisfy({ "<>-=".contains($0) }) { words.removeFirst() }
    guard words.count == 1 else { return fail("a time is followed by the name of a tone-set") }
    guard let set = sets[words[0]] else {
      return fail("there is no tone-set \(words[0].shown)", suggestions: Nearest.names(to: words[0], among: sets.keys))
    }
    if let before = entries.last, time <= before.time { return fail("this time is not after the one before") }
    entries.append(Entry(time: time, set: set, slides: slides, line: line))
  }

  /// Seconds of `NOW`, `12:30:00`, `+00:10` or a sum of them.
  private mutating func time(_ word: String) -> Double? {
    var total = 0.0, isRelative = word.hasPrefix("+"), rest = word[...]
    if rest.hasPrefix("NOW") {
      rest = rest.dropFirst(3)
      (base, total, isRelative) = (entries.isEmpty ? 0 : last, entries.isEmpty ? 0 : last, false)
    } else if isRelative {
      total = base
    }
    let pieces = rest.split(separator: "+")
    for (i, piece) in pieces.enumerated() {
      let numbers = piece.split(separator: ":", omittingEmptySubsequences: false).map { Double($0) }
      guard (2...3).contains(numbers.count), let hours = numbers[0], let minutes = numbers[1], hours >= 0, minutes >= 0,
        minutes < 60
      else {
        fail("\(word.shown) is no time: NOW, hours:minutes:seconds, or + and a time")
        return nil
      }
      guard let seconds = numbers.count > 2 ? numbers[2] : 0, (0..<60).contains(seconds) else {
        fail("\(word.shown) has 0 to 59 seconds")
        return nil
      }
      total += hours * 3_600 + minutes * 60 + seconds
      if i == 0, !isRelative, !word.hasPrefix("NOW") {
        // A time of the day.
        while let before = entries.last, total <= before.time { total += Self.day }
        base = total
      }
    }
    last = total
    return total
  }

  private mutating func track() -> Track {
    var track = Track()
    let start = entries[0].time, slides = entries.contains { $0.slides }
    var spans: [Double] = []
    for (i, entry) in entries.enumerated() {
      spans.append(i + 1 < entries.count ? entries[i + 1].time - entry.time : Self.lastLength)
    }
    track.crossfade = min(slides ? Self.shortFade : fade, (spans.min() ?? 0) / 2)
    for (i, entry) in entries.enumerated() {
      let next = i + 1 < entries.count ? entries[i + 1].set : nil
      if next == nil, entry.set.tones.isEmpty { continue }
      var step = TrackStep(duration: spans[i] + (next == nil ? 0 : track.crossfade), start: entry.time - start)
      step.number = track.steps.count + 1
      step.description = entry.set.name
      for (k, tone) in entry.set.tones.enumerated() {
        guard entry.slides, let next else {
          step.voices.append(Self.voice(tone))
          continue
        }
        guard next.tones.count == entry.set.tones.count else {
          fail("the tone-set \(entry.set.name) cannot slide to \(next.name): it has other voices", at: entry.line)
          break
        }
        step.voices.append(Self.voice(tone, to: next.tones[k], over: spans[i], of: step.duration))
      }
      track.steps.append(step)
    }
    addNoise(to: &track, from: start, spans)
    return track
  }

  /// The right ear of a track's voice is the higher one.
  private static func voice(_ tone: Tone) -> TrackVoice {
    TrackVoice(
      "binaural_beat",
      params: [
        "baseFreq": .number(tone.carrier), "beatFreq": .number(-tone.beat), "ampL": .number(tone.amp),
        "ampR": .number(tone.amp),
      ])
  }

  private static func voice(_ tone: Tone, to end: Tone, over seconds: Double, of duration: Double) -> TrackVoice {
    var params: [String: TrackValue] = [:]
    for (name, from, to) in [
      ("BaseFreq", tone.carrier, end.carrier), ("BeatFreq", -tone.beat, -end.beat), ("AmpL", tone.amp, end.amp),
      ("AmpR", tone.amp, end.amp),
    ] {
      params["start" + name] = .number(from)
      params["end" + name] = .number(to)
    }
    params["post_offset"] = .number(duration - seconds)
    return TrackVoice("binaural_beat", isTransition: true, params: params)
  }

  /// Pink noise follows the tone-sets.
  private func addNoise(to track: inout Track, from start: Double, _ spans: [Double]) {
    guard entries.contains(where: { $0.set.noise > 0 }) else { return }
    var voice = TrackVoice("generate_swept_notch_pink_sound")
    voice.params["filter_sweeps"] = .list([])
    var noise = TrackNoise(path: "")
    noise.voice = voice
    for (i, entry) in entries.enumerated() {
      let time = entry.time - start
      if i > 0, !entries[i - 1].slides {
        noise.envelope.append(.init(time: time, gain: entries[i - 1].set.noise))
        noise.envelope.append(.init(time: time + track.crossfade, gain: entry.set.noise))
      } else {
        noise.envelope.append(.init(time: time, gain: entry.set.noise))
      }
    }
    track.noise = noise
  }
}
