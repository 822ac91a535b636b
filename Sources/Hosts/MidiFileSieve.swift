import PatchKit

/// Validates a Standard MIDI file before libsmf reads it, since libsmf aborts the program on damaged files: libsmf gets
/// a rewritten file with the channel messages and tempos of a valid one.
struct MidiFileSieve {
  private let bytes: [UInt8]
  private var at = 0
  /// The end of the current chunk.
  private var end = 0
  private(set) var eventCount = 0
  private var header: [UInt8] = []
  private var tracks: [[UInt8]] = []
  /// Ticks since the last kept event.
  private var pause = 0

  static let trackLimit = 1_024
  static let eventLimit = 1_000_000
  /// Maximum ticks from the start: the largest variable-length number.
  private static let tickLimit = 0x0fff_ffff

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var trackCount: Int { tracks.count }

  /// Returns the file reduced to channel messages, tempos and ends of tracks.
  ///
  /// - Throws: the error, with the byte offset.
  mutating func run() throws(PatchError) -> [UInt8] {
    guard bytes.starts(with: "MThd".utf8) else {
      throw PatchError(.syntax, "this is no MIDI file: it does not begin with MThd")
    }
    end = bytes.count
    at = 4
    let length = try number(of: 4, "the length of the header")
    guard length == 6 else { throw damage("the header is \(length) bytes long and not 6") }
    let format = try number(of: 2, "the format"), count = try number(of: 2, "the number of tracks")
    guard format <= 1 else {
      throw PatchError(.syntax, "it has format \(format); formats 0 and 1 are read")
    }
    guard (1...MidiFileSieve.trackLimit).contains(count) else {
      throw PatchError(.limit, "it has \(count) tracks; 1 to \(MidiFileSieve.trackLimit) are read")
    }
    let division = try number(of: 2, "the division of time")
    guard format == 1 || count == 1 else { throw damage("format 0 has one track, not \(count)") }
    guard division < 0x8000 else {
      throw PatchError(.syntax, "its time is counted in film frames; beats are read")
    }
    guard division > 0 else { throw damage("a beat has no ticks") }
    header = Array(bytes[..<at])
    while tracks.count < count {
      guard at < bytes.count else { throw damage("it has \(tracks.count) of its \(count) tracks") }
      try chunk()
    }
    var clean = header
    for track in tracks {
      clean += "MTrk".utf8
      clean += (0..<4).map { UInt8(truncatingIfNeeded: track.count >> (24 - 8 * $0)) }
      clean += track
    }
    return clean
  }

  private func damage(_ text: String, at place: Int? = nil) -> PatchError {
    PatchError(.syntax, "it is damaged at byte \(place ?? at): \(text)")
  }

  private mutating func byte(_ what: String) throws(PatchError) -> UInt8 {
    guard at < end else { throw damage("\(what) is cut off") }
    at += 1
    return bytes[at - 1]
  }

  private mutating func number(of count: Int, _ what: String) throws(PatchError) -> Int {
    var number = 0
    for _ in 0..<count { number = number << 8 | Int(try byte(what)) }
    return number
  }

  /// Reads a number in groups of seven bits, at most four.
  private mutating func variableNumber(_ what: String) throws(PatchError) -> Int {
    var number = 0
    for _ in 0..<4 {
      let byte = try byte(what)
      number = number << 7 | Int(byte & 0x7f)
      if byte < 0x80 { return number }
    }
    throw damage("\(what) is longer than four bytes")
  }

  /// Keeps a track; skips chunks of other kinds.
  private mutating func chunk() throws(PatchError) {
    let start = at
    end = bytes.count
    let kind = try number(of: 4, "the kind of a chunk"), length = try number(of: 4, "the length of a chunk")
    guard length <= bytes.count - at else {
      throw damage("a chunk of \(length) bytes has \(bytes.count - at)", at: start)
    }
    end = at + length
    if kind == 0x4d54_726b {  // MTrk
      tracks.append([])
      try track()
    }
    at = end
  }

  private mutating func track() throws(PatchError) {
    var ticks = 0, running: UInt8 = 0
    pause = 0
    while at < end {
      let wait = try variableNumber("a time")
      (ticks, pause) = (ticks + wait, pause + wait)
      guard ticks <= MidiFileSieve.tickLimit else { throw damage("its time runs over") }
      eventCount += 1
      guard eventCount <= MidiFileSieve.eventLimit else {
        throw PatchError(.limit, "it has more than \(MidiFileSieve.eventLimit) events")
      }
      var status = running
      if at < end, bytes[at] >= 0x80 { status = try byte("an event") }
      switch status {
      case 0x80...0xef:
        running = status
        var message = [status]
        for _ in 0..<(status & 0xe0 == 0xc0 ? 1 : 2) {
          message.append(try byte("an event"))
          guard message.last! < 0x80 else { throw damage("a value above 127", at: at - 1) }
        }
        keep(message)
      case 0xff:
        running = 0
        if try meta() { return }
      case 0xf0, 0xf7:
        running = 0
        try skip("a system message")
      default: throw damage("no event begins with this")
      }
    }
    throw damage("a track has no end")
  }

  private mutating func keep(_ event: [UInt8]) {
    for shift in [21, 14, 7] where pause >> shift > 0 {
      tracks[tracks.count - 1].append(UInt8(pause >> shift & 0x7f | 0x80))
    }
    tracks[tracks.count - 1].append(UInt8(pause & 0x7f))
    tracks[tracks.count - 1] += event
    pause = 0
  }

  /// Reads a meta event. Returns true for the end of the track.
  private mutating func meta() throws(PatchError) -> Bool {
    let start = at, kind = try byte("a text or setting")
    let length = try skip("a text or setting")
    switch kind {
    case 0x2f:
      keep([0xff, 0x2f, 0])
      return true
    case 0x51:
      guard length == 3, bytes[(at - 3)..<at].contains(where: { $0 != 0 }) else {
        throw damage("a tempo that is none", at: start)
      }
      keep([0xff, 0x51, 3] + bytes[(at - 3)..<at])
    default: break
    }
    return false
  }

  @discardableResult
  private mutating func skip(_ what: String) throws(PatchError) -> Int {
    let length = try variableNumber(what)
    guard length <= end - at else { throw damage("\(what) is cut off") }
    at += length
    return length
  }
}
