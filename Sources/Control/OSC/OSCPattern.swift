import PatchKit

/// An address with wildcards. All paths through the pattern are followed in parallel, so that no crafted pattern causes
/// backtracking, and a budget bounds their number: matching takes linear time.
///
/// `?` one character, `*` any number, `[a-z]` one of a set, `[!a-z]` one not of it, `{one,two}` one of the words: all
/// within one part of the address. `//` matches any number of parts (OSC 1.1).
/// - Source: Ken Thompson, "Regular Expression Search Algorithm" (1968).
public struct OSCPattern: Sendable {
  /// Maximum length of a pattern, bytes.
  public static let longest = 1_024

  /// A set of ASCII characters.
  struct Characters {
    var low: UInt64 = 0
    var high: UInt64 = 0

    mutating func insert(_ c: UInt8) { if c < 64 { low |= 1 << c } else if c < 128 { high |= 1 << (c - 64) } }
    func contains(_ c: UInt8) -> Bool { c < 64 ? low >> c & 1 == 1 : c < 128 && high >> (c - 64) & 1 == 1 }
    var inverted: Characters { Characters(low: ~low, high: ~high) }
    static let slash = UInt8(ascii: "/")
    /// All characters within a part of an address.
    static let withoutSlash: Characters = {
      var set = Characters()
      set.insert(slash)
      return set.inverted
    }()
    static let all = Characters(low: ~0, high: ~0)
  }

  enum Step {
    case one(Characters)
    /// Continue at both places.
    case fork(Int, Int)
    case end
  }

  private(set) var steps: [Step] = []
  public let text: String

  public static func isPattern(_ address: String) -> Bool { wildcard(in: address.utf8) != address.utf8.endIndex }

  private static func wildcard(in address: String.UTF8View) -> String.Index {
    var last: UInt8 = 0
    return address.firstIndex { c in
      defer { last = c }
      return "?*[]{}".utf8.contains(c) || (c == Characters.slash && last == Characters.slash)
    } ?? address.endIndex
  }

  /// - Throws: `malformed` for unclosed brackets, `limit` for a pattern that is too long.
  public init(_ text: String) throws(PatchError) {
    self.text = text
    let bytes = Array(text.utf8)
    if bytes.count > OSCPattern.longest {
      throw PatchError(.limit, "an address pattern may have at most \(OSCPattern.longest) bytes")
    }
    var i = 0
    while i < bytes.count {
      let c = bytes[i]
      i += 1
      switch c {
      case UInt8(ascii: "?"): steps.append(.one(.withoutSlash))
      case UInt8(ascii: "*"):
        // Several in a row match as one does.
        while i < bytes.count, bytes[i] == UInt8(ascii: "*") { i += 1 }
        appendRepeat(.withoutSlash)
      case UInt8(ascii: "["): i = try appendSet(bytes, from: i)
      case UInt8(ascii: "{"): i = try appendWords(bytes, from: i)
      case UInt8(ascii: "]"), UInt8(ascii: "}"): throw fault("'\(UnicodeScalar(c))' closes nothing", i - 1)
      case Characters.slash where i < bytes.count && bytes[i] == Characters.slash:
        while i < bytes.count, bytes[i] == Characters.slash { i += 1 }
        appendParts()
      default: append(c)
      }
    }
    steps.append(.end)
  }

  private mutating func append(_ c: UInt8) {
    var set = Characters()
    set.insert(c)
    steps.append(.one(set))
  }

  private mutating func appendRepeat(_ set: Characters) {
    let start = steps.count
    steps += [.fork(start + 1, start + 3), .one(set), .fork(start, start)]
  }

  /// Appends `/`, then nothing or anything that ends with `/`.
  private mutating func appendParts() {
    append(Characters.slash)
    let fork = steps.count
    steps.append(.end)
    appendRepeat(.all)
    append(Characters.slash)
    steps[fork] = .fork(fork + 1, steps.count)
  }

  private mutating func appendSet(_ bytes: [UInt8], from start: Int) throws(PatchError) -> Int {
    guard let close = bytes[start...].firstIndex(of: UInt8(ascii: "]")) else { throw fault("'[' needs ']'", start - 1) }
    let inverted = bytes[start] == UInt8(ascii: "!")
    var i = inverted ? start + 1 : start
    if i == close { throw fault("'[]' must name a character", start - 1) }
    var set = Characters()
    while i < close {
      if i + 2 < close, bytes[i + 1] == UInt8(ascii: "-") {
        for c in min(bytes[i], bytes[i + 2])...max(bytes[i], bytes[i + 2]) { set.insert(c) }
        i += 3
      } else {
        set.insert(bytes[i])
        i += 1
      }
    }
    if inverted { set = set.inverted }
    set.low &= Characters.withoutSlash.low
    steps.append(.one(set))
    return close + 1
  }

  private mutating func appendWords(_ bytes: [UInt8], from start: Int) throws(PatchError) -> Int {
    guard let close = bytes[start...].firstIndex(of: UInt8(ascii: "}")) else { throw fault("'{' needs '}'", start - 1) }
    let words = bytes[start..<close].split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
    let end = steps.count + words.reduce(0) { $0 + $1.count + 2 } - 1
    for (index, word) in words.enumerated() {
      if index < words.count - 1 { steps.append(.fork(steps.count + 1, steps.count + word.count + 2)) }
      for c in word { append(c) }
      steps.append(.fork(end, end))
    }
    return close + 1
  }

  private func fault(_ rule: String, _ offset: Int) -> PatchError {
    PatchError(.malformed, rule, at: Place(path: "character \(offset) of \(text)"))
  }
}
