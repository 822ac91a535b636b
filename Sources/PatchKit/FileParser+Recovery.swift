/// How reading goes on after a value, and after an error.
extension FileParser {
  /// The comma after a value; where only the comma is missing, reading goes on without it.
  mutating func separate(from value: FileValue, isNext: (UInt8) -> Bool) {
    if value.isBroken {
      // A text that was not closed has swallowed its comma, and the next line begins afresh.
      if scanner.byte == UInt8(ascii: "\n") || scanner.byte == UInt8(ascii: "\r") { return }
      skipToMark()
    }
    scanner.skipSpace()
    guard let byte = scanner.byte, byte != UInt8(ascii: "}"), byte != UInt8(ascii: "]") else { return }
    if byte == UInt8(ascii: ",") {
      scanner.at += 1
      return
    }
    scanner.fail("a comma is wanted here, not \(scanner.mark())", at: scanner.at)
    if !isNext(byte) { recover() }
  }

  /// Leaves a broken member or item behind, its comma with it.
  mutating func recover() {
    skipToMark()
    if scanner.byte == UInt8(ascii: ",") { scanner.at += 1 }
  }

  /// Goes to the comma or bracket that ends what is broken, over what is nested in it.
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
