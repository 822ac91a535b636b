import Glibc

/// A scale in Scala's format: a description, the number of notes, then one note per line, in cents (with a point) or
/// as a ratio. The last note is the interval at which it repeats.
///
/// - Source: the format as Manuel Op de Coul describes it with his program Scala.
package struct ScaleFile {
  /// Octaves above the first note, which is not listed.
  private(set) var notes: [Double] = []
  static let noteLimit = 4_096

  init(path: String) throws(PatchError) {
    try self.init(try TextFile.read(path), file: path)
  }

  package init(_ bytes: [UInt8], file: String? = nil) throws(PatchError) {
    var lines = ScalaLines(TextFile.normalized(bytes), file: file)
    guard lines.next() != nil else { throw lines.failure("a scale begins with a line about it") }
    let count = try lines.whole("the number of notes", 1...ScaleFile.noteLimit)
    for i in 1...count {
      guard let line = lines.next() else { throw lines.failure("note \(i) of \(count) is missing") }
      guard let octaves = ScaleFile.octaves(line) else {
        throw lines.failure("\(line.shown) is neither cents, such as 701.955, nor a ratio, such as 3/2")
      }
      notes.append(octaves)
    }
    guard period != 0 else { throw lines.failure("the scale repeats at its first note") }
  }

  /// The interval at which the scale repeats.
  var period: Double { notes[notes.count - 1] }

  /// Octaves of any degree above the first note.
  func octaves(of degree: Int) -> Double {
    let place = ((degree % notes.count) + notes.count) % notes.count
    return Double((degree - place) / notes.count) * period + (place == 0 ? 0 : notes[place - 1])
  }

  private static func octaves(_ text: String) -> Double? {
    if text.contains(".") {
      guard let cents = Double(text), cents.magnitude <= 100_000 else { return nil }
      return cents / 1_200
    }
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Double(Int($0) ?? 0) }
    guard (1...2).contains(parts.count), parts.allSatisfy({ $0 > 0 }) else { return nil }
    return log2(parts[0] / (parts.count == 2 ? parts[1] : 1))
  }
}

/// The lines of a Scala file without comments, by their first words.
struct ScalaLines {
  private let lines: [ArraySlice<UInt8>]
  private let file: String?
  /// The number of the line that was read last, from 1.
  private(set) var number = 0

  init(_ bytes: [UInt8], file: String?) {
    let (feed, carriage) = (UInt8(ascii: "\n"), UInt8(ascii: "\r"))
    // Old files end their lines with a carriage return alone.
    let end = bytes.contains(feed) ? feed : carriage
    lines = bytes.split(separator: end, omittingEmptySubsequences: false).map {
      $0.last == carriage ? $0.dropLast() : $0
    }
    self.file = file
  }

  /// The first word of the next line, "" if it is empty; nil at the end.
  mutating func next() -> String? {
    while number < lines.count {
      number += 1
      let line = lines[number - 1]
      if line.first == UInt8(ascii: "!") || number == lines.count && line.isEmpty { continue }
      let word = line.drop { ScalaLines.isBlank($0) }.prefix { !ScalaLines.isBlank($0) }
      return String(decoding: word, as: UTF8.self)
    }
    return nil
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

  mutating func whole(_ what: String, _ range: ClosedRange<Int>) throws(PatchError) -> Int {
    guard let word = next() else { throw failure("\(what) is missing") }
    guard let number = Int(word), range.contains(number) else {
      throw failure("\(what) is a whole number from \(range.lowerBound) to \(range.upperBound), not \(word.shown)")
    }
    return number
  }

  func failure(_ message: String) -> PatchError {
    PatchError(.syntax, message, at: Place(file: file, line: max(number, 1)))
  }
}
