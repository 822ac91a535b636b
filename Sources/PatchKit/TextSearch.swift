/// Search in texts, byte by byte.
///
/// The standard library's own `replacing` and `contains` bring its parser of regular expressions into every program: a
/// megabyte.
extension String {
  package func containsText(_ text: String) -> Bool {
    firstPlace(of: Array(text.utf8), in: Array(utf8), from: 0) != nil
  }

  /// The text with every occurrence of another one replaced, from left to right.
  package func replacingText(_ text: String, with replacement: String) -> String {
    let bytes = Array(utf8), wanted = Array(text.utf8)
    guard !wanted.isEmpty else { return self }
    var result: [UInt8] = [], start = 0
    while let place = firstPlace(of: wanted, in: bytes, from: start) {
      result += bytes[start..<place]
      result += replacement.utf8
      start = place + wanted.count
    }
    return start == 0 ? self : String(decoding: result + bytes[start...], as: UTF8.self)
  }

  private func firstPlace(of wanted: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
    guard bytes.count - start >= wanted.count else { return nil }
    return (start...bytes.count - wanted.count).first { place in
      wanted.indices.allSatisfy { bytes[place + $0] == wanted[$0] }
    }
  }
}
