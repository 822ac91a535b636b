/// Suggestions for a mistyped name.
public enum Nearest {
  /// The maximum number of suggestions.
  public static let most = 3

  /// The nearest of `names` to `name`, best first; none when nothing is plausible.
  ///
  /// A name is plausible when about a third of its letters are wrong at most (a swap of neighbours
  /// counts once, capitals not at all), or when one of the two begins with the other.
  public static func names(to name: String, among names: some Sequence<String>) -> [String] {
    let length = name.utf8.count
    guard length > 0, length <= 64 else { return [] }
    let pattern = Pattern(name)
    let limit = min(3, (length + 1) / 3)
    var found: [(score: Int, name: String)] = []
    for candidate in names {
      guard let score = pattern.score(candidate, limit: limit) else { continue }
      found.append((score, candidate))
    }
    found.sort { ($0.score, $0.name) < ($1.score, $1.name) }
    guard let best = found.first?.score else { return [] }
    return found.prefix { $0.score <= best + 4 }.prefix(most).map(\.name)
  }

  /// The edit distance (optimal string alignment) between two texts of at most 64 bytes, capitals ignored.
  package static func distance(_ a: String, _ b: String) -> Int {
    let pattern = Pattern(a)
    var b = b
    return b.withUTF8 { pattern.distance(to: $0) }
  }
}

/// A name prepared for many comparisons.
///
/// - Source: Heikki Hyyrö, "A bit-vector algorithm for computing Levenshtein and Damerau edit
///   distances", 2003: one machine word holds a column of the table.
private struct Pattern {
  let bytes: [UInt8]
  /// For each byte, its positions in the name.
  let places: [UInt64]

  init(_ name: String) {
    bytes = name.utf8.map(Self.small)
    var places = [UInt64](repeating: 0, count: 256)
    for (i, byte) in bytes.enumerated() { places[Int(byte)] |= 1 << UInt64(i) }
    self.places = places
  }

  /// Lower is nearer: four for an edit; nil where not plausible.
  func score(_ candidate: String, limit: Int) -> Int? {
    let difference = candidate.utf8.count - bytes.count
    let mayBePrefix = difference > 0 ? bytes.count >= 2 : candidate.utf8.count >= 3
    if abs(difference) > limit && !mayBePrefix { return nil }
    var candidate = candidate
    return candidate.withUTF8 { text in
      var common = 0
      while common < text.count, common < bytes.count, Self.small(text[common]) == bytes[common] { common += 1 }
      let bonus = common > 0 ? 1 : 0
      if mayBePrefix, common == min(text.count, bytes.count) { return 4 + min(abs(difference), 8) - bonus }
      if abs(difference) > limit { return nil }
      let distance = distance(to: text)
      return distance <= limit ? 4 * distance - bonus : nil
    }
  }

  func distance(to text: UnsafeBufferPointer<UInt8>) -> Int {
    if bytes.isEmpty { return text.count }
    let last: UInt64 = 1 << UInt64(bytes.count - 1)
    var distance = bytes.count
    var diagonal: UInt64 = 0, rises: UInt64 = ~0, falls: UInt64 = 0, previous: UInt64 = 0
    for byte in text {
      let match = places[Int(Self.small(byte))]
      let swap = ((~diagonal & match) << 1) & previous
      diagonal = (((match & rises) &+ rises) ^ rises) | match | falls | swap
      var right = falls | ~(diagonal | rises)
      var left = diagonal & rises
      if right & last != 0 { distance += 1 }
      if left & last != 0 { distance -= 1 }
      right = right << 1 | 1
      left <<= 1
      rises = left | ~(diagonal | right)
      falls = right & diagonal
      previous = match
    }
    return distance
  }

  private static func small(_ byte: UInt8) -> UInt8 { (0x41...0x5a).contains(byte) ? byte | 0x20 : byte }
}
