import PatchKit

/// Reads the structure of a Standard MIDI file, a damaged one as far as it goes: what is wrong is repaired as other
/// players do it, and each repair is reported with its byte.
///
/// - Source: "Standard MIDI-File Format Spec. 1.1"; RIFF: "RP-029". Format 2 follows TiMidity, one track after the other.
struct MidiFileReader {
  enum Division {
    case ticksPerBeat(Int)
    /// Film frames: there is no tempo.
    case ticksPerSecond(Double)

    /// - Parameter tempo: microseconds of a beat.
    func secondsPerTick(tempo: Int) -> Double {
      switch self {
      case .ticksPerBeat(let ticks): Double(tempo) / 1e6 / Double(ticks)
      case .ticksPerSecond(let ticks): 1 / ticks
      }
    }

    var hasTempo: Bool { if case .ticksPerBeat = self { true } else { false } }

    func beats(_ ticks: Int) -> Double {
      switch self {
      case .ticksPerBeat(let ticksPerBeat): Double(ticks) / Double(ticksPerBeat)
      case .ticksPerSecond: 0
      }
    }
  }
  struct Event {
    enum Content {
      case message([UInt8])
      /// Microseconds of a beat.
      case tempo(Int)
      /// Beats (quarters) of a bar.
      case meter(Double)
    }
    var ticks: Int
    var content: Content
  }
  struct Track {
    var events: [Event] = []
    /// Its length.
    var ticks = 0
  }

  private(set) var format = 0
  private(set) var division = Division.ticksPerBeat(96)
  private(set) var tracks: [Track] = []
  private(set) var repairs: [String] = []

  private let bytes: [UInt8]
  private var at = 0
  /// The end of the chunk that is being read.
  private var end = 0
  /// The last status of the track, which an event may leave out; 0: none. A text or system message cancels it.
  private var running: UInt8 = 0
  private var isCancelled = false
  private var eventCount = 0
  private var repairCount = 0

  static let trackLimit = 1_024
  static let eventLimit = 1_000_000
  private static let repairLimit = 20
  /// Ticks from the start: what the longest number holds.
  private static let tickLimit = 0x0fff_ffff

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// - Throws: why nothing can be played, and at which byte.
  mutating func run() throws(PatchError) {
    try findHeader()
    let start = at - 4
    end = bytes.count
    guard let length = number(of: 4), let format = number(of: 2), let count = number(of: 2), let units = number(of: 2)
    else { throw damage("the header is cut off") }
    guard length >= 6 else { throw damage("the header is \(length) bytes long and not 6", at: start + 4) }
    if length > 6 { at = min(start + 8 + length, bytes.count) }
    guard format <= 2 else { throw PatchError(.syntax, "it has format \(format); formats 0, 1 and 2 are read") }
    guard count <= MidiFileReader.trackLimit else {
      throw PatchError(.limit, "it has \(count) tracks; \(MidiFileReader.trackLimit) at most are read")
    }
    try setDivision(units, at: start + 12)
    self.format = format == 0 ? 1 : format
    if format == 0, count != 1 { repair("format 0 has one track, not \(count); they are played together", start + 10) }
    // Tracks that are missing are reported; tracks beyond the announced number are played, too.
    while at < bytes.count, tracks.count < MidiFileReader.trackLimit {
      if tracks.count >= count, !bytes.dropFirst(at).starts(with: "MTrk".utf8) { break }
      try chunk()
    }
    if tracks.count < count { repair("it has \(tracks.count) of its \(count) tracks", bytes.count) }
    if tracks.count > count { repair("it has \(tracks.count) tracks and announces \(count)", start + 10) }
    if tracks.isEmpty { throw damage("it has no track", at: bytes.count) }
    let more = repairCount - repairs.count
    if more > 0 { repairs.append("\(more) more repairs") }
  }

  /// Moves behind `MThd`, which may lie in the data of a RIFF file or behind what a mail program put before it.
  private mutating func findHeader() throws(PatchError) {
    let magic = Array("MThd".utf8)
    if bytes.starts(with: magic) { return at = 4 }
    let isRIFF = bytes.starts(with: "RIFF".utf8) && bytes.dropFirst(8).starts(with: "RMID".utf8)
    for start in 1..<max(2, min(bytes.count - 3, isRIFF ? 65_536 : 1_024))
    where bytes.dropFirst(start).starts(with: magic) {
      if !isRIFF { repair("the first \(start) bytes are no MIDI", 0) }
      return at = start + 4
    }
    throw PatchError(.syntax, "this is not a MIDI file: it does not begin with MThd")
  }

  private mutating func setDivision(_ units: Int, at place: Int) throws(PatchError) {
    if units < 0x8000 {
      guard units > 0 else { throw damage("a beat has no ticks", at: place) }
      return division = .ticksPerBeat(units)
    }
    let frames = 256 - units >> 8, ticks = units & 0xff
    guard [24, 25, 29, 30].contains(frames), ticks > 0 else {
      throw damage("\(frames) film frames a second of \(ticks) ticks are not known", at: place)
    }
    // 29 stands for 30 with drop frames.
    division = .ticksPerSecond((frames == 29 ? 30_000 / 1_001.0 : Double(frames)) * Double(ticks))
  }

  private func damage(_ text: String, at place: Int? = nil) -> PatchError {
    PatchError(.syntax, "it is damaged at byte \(place ?? at): \(text)")
  }

  private mutating func repair(_ text: String, _ place: Int) {
    repairCount += 1
    if repairs.count < MidiFileReader.repairLimit { repairs.append("byte \(place): \(text)") }
  }

  private mutating func byte() -> UInt8? {
    guard at < end else { return nil }
    at += 1
    return bytes[at - 1]
  }

  private mutating func number(of count: Int) -> Int? {
    var number = 0
    for _ in 0..<count {
      guard let byte = byte() else { return nil }
      number = number << 8 | Int(byte)
    }
    return number
  }

  /// A number in groups of seven bits, at most four of them; nil where it is longer or cut off.
  private mutating func variableNumber() -> Int? {
    var number = 0
    for _ in 0..<4 {
      guard let byte = byte() else { return nil }
      number = number << 7 | Int(byte & 0x7f)
      if byte < 0x80 { return number }
    }
    return nil
  }

  /// Reads a track; chunks of other kinds are passed over.
  private mutating func chunk() throws(PatchError) {
    let start = at
    end = bytes.count
    guard let kind = number(of: 4), let length = number(of: 4) else {
      repair("a chunk is cut off", start)
      return at = bytes.count
    }
    if length > bytes.count - at {
      repair("a chunk of \(length) bytes has \(bytes.count - at)", start)
    }
    end = min(at + length, bytes.count)
    let next = end
    if kind == 0x4d54_726b {  // MTrk
      tracks.append(Track())
      try track()
    }
    at = next
  }

  private mutating func track() throws(PatchError) {
    let number = tracks.count
    var ticks = 0, hasTime = true
    running = 0
    defer { tracks[number - 1].ticks = ticks }
    while at < end {
      let start = at
      if hasTime {
        guard let wait = variableNumber(), ticks + wait <= MidiFileReader.tickLimit else {
          return repair("the rest of track \(number) has no legal time and is left out", start)
        }
        ticks += wait
      }
      eventCount += 1
      guard eventCount <= MidiFileReader.eventLimit else {
        throw PatchError(.limit, "it has more than \(MidiFileReader.eventLimit) events")
      }
      switch event(at: ticks) {
      case .whole: hasTime = true
      case .broken: hasTime = false
      case .cutOff: return repair("an event of track \(number) is cut off and left out", start)
      case .endOfTrack: return
      }
    }
    repair("track \(number) has no end; it is played to its last event", end)
  }

  private enum Outcome {
    case whole
    /// It ends early: another event, without a time, begins here.
    case broken
    case cutOff, endOfTrack
  }

  private mutating func event(at ticks: Int) -> Outcome {
    guard var status = byte() else { return .cutOff }
    if status < 0x80, running < 0x80 {
      repair("an event begins with \(status), which is no status byte", at - 1)
      repeat {
        guard let next = byte() else { return .cutOff }
        status = next
      } while status < 0x80
    }
    if status < 0x80 {
      if isCancelled { repair("running status goes on behind a text or system message", at - 1) }
      isCancelled = false
      at -= 1
      status = running
    }
    switch status {
    case 0x80...0xef:
      (running, isCancelled) = (status, false)
      return message(status, ticks)
    case 0xff:
      isCancelled = running != 0
      return meta(ticks)
    case 0xf0, 0xf7:
      isCancelled = running != 0
      guard let length = skip() else { return .cutOff }
      // Tunings of single keys are played; others are not.
      if status == 0xf0, length > 3, bytes[at - length] == 0x7f, bytes[at - length + 2] == 0x08 {
        let message = [status] + bytes[(at - length)..<at]
        tracks[tracks.count - 1].events.append(Event(ticks: ticks, content: .message(message)))
      }
      return .whole
    default:
      // System messages that have no place in a file: song position has two data bytes, two others one.
      repair("a message \(String(status, radix: 16)) has no place in a file and is left out", at - 1)
      for _ in 0..<(status == 0xf2 ? 2 : status == 0xf1 || status == 0xf3 ? 1 : 0) where byte() == nil {
        return .cutOff
      }
      return .whole
    }
  }

  private mutating func message(_ status: UInt8, _ ticks: Int) -> Outcome {
    var message = [status]
    for _ in 0..<(status & 0xe0 == 0xc0 ? 1 : 2) {
      guard let value = byte() else { return .cutOff }
      if value >= 0x80 {
        // A status where a value belongs: the message lacks its end, and the next event its time.
        repair("the value \(value) is above 127; its message is left out", at - 1)
        at -= 1
        return .broken
      }
      message.append(value)
    }
    tracks[tracks.count - 1].events.append(Event(ticks: ticks, content: .message(message)))
    return .whole
  }

  private mutating func meta(_ ticks: Int) -> Outcome {
    let start = at
    guard let kind = byte(), let length = skip() else { return .cutOff }
    if kind == 0x2f { return .endOfTrack }
    if kind == 0x51 {
      let tempo = length == 3 ? bytes[(at - 3)..<at].reduce(0) { $0 << 8 | Int($1) } : 0
      if tempo > 0 {
        tracks[tracks.count - 1].events.append(Event(ticks: ticks, content: .tempo(tempo)))
      } else {
        repair("a tempo that is none is left out", start - 1)
      }
    }
    // Numerator, and the denominator as a power of two; two more bytes concern metronomes.
    if kind == 0x58, length >= 2, bytes[at - length] > 0, bytes[at - length + 1] < 8 {
      let beats = Double(4 * Int(bytes[at - length])) / Double(1 << Int(bytes[at - length + 1]))
      tracks[tracks.count - 1].events.append(Event(ticks: ticks, content: .meter(beats)))
    }
    return .whole
  }

  /// Passes over data that its length precedes; the length, nil where it is cut off.
  private mutating func skip() -> Int? {
    guard let length = variableNumber(), length <= end - at else { return nil }
    at += length
    return length
  }
}
