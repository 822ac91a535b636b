import CommandParser
import Control
import PatchKit

/// `weft send`: sends one request to a running weft and prints the replies.
enum SendCommand {
  static func run(_ arguments: Arguments) throws -> ExitCode {
    let (host, port) = try OSCPlace.read(arguments.text("osc")!)
    if arguments.has("complete") {
      for word in completions(of: arguments.positional, host, port) { Console.out(word) }
      return .done
    }
    let message = OSCMessage(arguments.positional[0], arguments.positional.dropFirst().map(argument))
    do throws(PatchError) {
      let caller = try OSCCaller(host: host, port: port, transport: .tcp)
      switch try caller.call(message, timeout: arguments.number("timeout"), reply: { Console.out($0.description) }) {
      case .done: return .done
      case .failed: return .failed
      case .silent: throw PatchError(.noSuchAddress, "no reply from \(OSCPlace.text(host, port)) in time")
      }
    } catch {
      throw CommandFailure(.failed, error.sentence)
    }
  }

  /// The words that can stand in the place of the last one: from the table, and from what a running weft has.
  private static func completions(of words: [String], _ host: String, _ port: Int) -> [String] {
    var tree = LiveTree()
    if let caller = try? OSCCaller(host: host, port: port, transport: .tcp) {
      try? tree.refresh { (request) throws(PatchError) in
        var replies: [OSCMessage] = []
        _ = try caller.call(request, timeout: 0.5) { replies.append($0) }
        return replies
      }
    }
    return LineCompletion(of: words.joined(separator: " "), in: tree).words
  }

  /// Parses a word: a number without a point is an int, with one a float; anything else a string.
  private static func argument(_ word: String) -> OSCArgument {
    if let whole = Int32(word) { return .int32(whole) }
    if let number = Float(word), number.isFinite { return .float(number) }
    return .string(word)
  }
}

/// Parsing of an OSC address: `PORT`, `HOST:PORT` or `[IPV6]:PORT`.
enum OSCPlace {
  /// True if a word can only be an address.
  static func isPlace(_ word: String) -> Bool {
    let port = word.split(separator: ":", omittingEmptySubsequences: false).last ?? ""
    return !port.isEmpty && port.allSatisfy(\.isNumber) && !word.contains("/")
  }

  static func read(_ text: String, option: String = "osc") throws(UsageError) -> (host: String, port: Int) {
    var host = "localhost", port = text
    if let colon = text.lastIndex(of: ":") {
      host = String(text[..<colon])
      port = String(text[text.index(after: colon)...])
    }
    // An IPv6 address is in brackets, as in a URL; without them it is understood if a port follows.
    if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
    guard let number = Int(port), (0...65_535).contains(number), !host.isEmpty, !host.contains(where: "[]".contains)
    else {
      throw UsageError("--\(option) takes PORT, HOST:PORT or [IPV6]:PORT, not '\(text)'")
    }
    return (host, number)
  }

  /// The place as it is written on a command line.
  static func text(_ host: String, _ port: Int) -> String {
    host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
  }

  static func isLoopback(_ host: String) -> Bool {
    host == "localhost" || host == "::1"
      || host.hasPrefix("127.") && host.allSatisfy { $0 == "." || $0.isNumber }
  }
}
