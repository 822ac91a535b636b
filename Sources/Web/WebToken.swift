import Glibc
import PatchKit

/// An access token: 128 random bits as 32 hexadecimal digits.
package struct WebToken: Equatable, Sendable {
  package let text: String

  package static func new() -> WebToken {
    var random = SystemRandomNumberGenerator()
    let digits = (0..<2).map { _ in
      let digits = String(random.next(), radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }
    return WebToken(text: digits.joined())
  }

  private init(text: String) { self.text = text }

  package init?(_ text: String) {
    guard text.utf8.count == 32, text.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
    else { return nil }
    self.text = text
  }

  /// Compares in constant time.
  func matches(_ other: String) -> Bool {
    let mine = Array(text.utf8), others = Array(other.utf8.prefix(64))
    var difference = UInt8(others.count == mine.count ? 0 : 1)
    for i in mine.indices { difference |= mine[i] ^ (i < others.count ? others[i] : 0) }
    return difference == 0
  }

  /// The token stored in a file, which is created if missing; readable by this user only.
  package static func kept(in path: String, isNew: Bool) throws(PatchError) -> WebToken {
    if !isNew, let bytes = try? TextFile.read(path) {
      let text = String(decoding: bytes, as: UTF8.self).split(separator: "\n").first.map(String.init) ?? ""
      if let token = WebToken(text), chmod(path, 0o600) == 0 { return token }
    }
    let token = WebToken.new()
    unlink(path)
    let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard file >= 0 else {
      throw PatchError(
        .unwritable, "the token cannot be kept: \(String(cString: strerror(errno)))", at: Place(file: path))
    }
    defer { close(file) }
    let line = Array((token.text + "\n").utf8)
    guard write(file, line, line.count) == line.count else {
      throw PatchError(.unwritable, "the token cannot be kept", at: Place(file: path))
    }
    return token
  }
}
