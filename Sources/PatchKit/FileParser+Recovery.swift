/// Continuation after a value, and recovery after an error.
extension FileParser {
  /// Reads the comma after a value; continues if only the comma is missing.
  mutating func separate(from value: FileValue, isNext: (UInt8) -> Bool) {
    if value.isBroken {
      // An unclosed text includes its comma; parsing resumes on the next line.
      if scanner.byte == UInt8(ascii: "\n") || scanner.byte == UInt8(ascii: "\r") { return }
      skipToMark()
    }
    scanner.skipSpace()
    guard let byte = scanner.byte, byte != UInt8(ascii: "}"), byte != UInt8(ascii: "]") else { return }
    if byte == UInt8(ascii: ",") {
      scanner.at += 1
      return
    }
    scanner.fail("a comma is expected here, not \(scanner.mark())", at: scanner.at)
    if !isNext(byte) { recover() }
  }

  /// Skips a broken member or item and its comma.
  mutating func recover() {
    skipToMark()
    if scanner.byte == UInt8(ascii: ",") { scanner.at += 1 }
  }

  /// Skips to the comma or bracket that ends the broken value, over nested values.
  private mutating func skipToMark() {
    var open = 0
    while let byte = scanner.byte {
      switch byte {
      case UInt8(ascii: "\""):
        scanner.at += 1
        while let byte = scanner.byte, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\n") { scanner.at += 1 }
      case UInt8(ascii: "{"), UInt8(ascii: "["): open += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        if open == 0 { return }
        open -= 1
      case UInt8(ascii: ","): if open == 0 { return }
      default: break
      }
      if scanner.byte != nil { scanner.at += 1 }
    }
  }
}
