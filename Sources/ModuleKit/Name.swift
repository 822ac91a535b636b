/// Names of nodes, modules and ports.
public enum Name {
  public static let longest = 32
  public static let rule = "a letter, then at most 31 letters, digits, _ or -"

  /// Returns whether `name` matches [A-Za-z][A-Za-z0-9_-]{0,31}.
  public static func isLegal(_ name: some StringProtocol) -> Bool {
    let bytes = name.utf8
    guard let first = bytes.first, isLetter(first), bytes.count <= longest else { return false }
    return bytes.allSatisfy { isLetter($0) || (0x30...0x39).contains($0) || $0 == 0x5f || $0 == 0x2d }
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
  }
}
