import CommandParser
import Control
import Glibc
import PatchKit

/// `weft repl`: an interactive prompt with completion; shows replies as they arrive.
enum ReplCommand {
  static func run(_ arguments: Arguments) throws -> ExitCode {
    let (host, port) = try OSCPlace.read(arguments.text("osc")!)
    do throws(PatchError) {
      let caller = try OSCCaller(host: host, port: port, transport: .tcp)
      guard isatty(STDIN_FILENO) == 1 else { return try perform(caller) }
      let asker = try OSCCaller(host: host, port: port, transport: .tcp)
      try caller.send(OSCMessage("/notify", ["on"]))
      Console.say("Connected to \(host):\(port). Tab completes; help ADDRESS explains; quit or Ctrl-D ends.")
      return try Prompt(caller, asker).run() ? .done : .failed
    } catch {
      throw CommandFailure(.failed, error.sentence)
    }
  }

  /// Performs the lines of a file or pipe one after the other, and prints their replies.
  private static func perform(_ caller: OSCCaller) throws(PatchError) -> ExitCode {
    var code = ExitCode.done
    while let line = readLine() {
      guard let message = ReplLine.message(line) else { continue }
      let outcome = try caller.call(message, timeout: 10) { Console.out($0.description) }
      if case .done = outcome { continue }
      code = .failed
    }
    return code
  }
}

/// Parsing of a typed line.
enum ReplLine {
  /// The request; nil after printing the reason if the line is invalid.
  static func message(_ line: String) -> OSCMessage? {
    let line = line.trimmed
    guard !line.isEmpty else { return nil }
    let words = line.split(separator: " ")
    if words[0] == "help" {
      help(words.count > 1 ? String(words[1]) : nil)
      return nil
    }
    do throws(PatchErrors) {
      guard let read = try Score.read(Array("0 \(line)\n".utf8)).first else { return nil }
      return OSCMessage(read.address, read.arguments.map(\.osc))
    } catch {
      for error in error.errors { Console.out(error.sentence) }
      return nil
    }
  }

  private static func help(_ address: String?) {
    let commands = CommandTable.all.filter { address == nil || $0.address.hasPrefix(address!) }
    if commands.isEmpty { Console.out("There is no command \(address ?? "").") }
    for command in commands {
      Console.out(command.usage)
      if address != nil { Console.out("  " + command.summary) }
    }
  }
}

extension String {
  /// The text without leading and trailing spaces.
  var trimmed: String {
    guard let first = firstIndex(where: { !$0.isWhitespace }), let last = lastIndex(where: { !$0.isWhitespace }) else {
      return ""
    }
    return String(self[first...last])
  }
}
