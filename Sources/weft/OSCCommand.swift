import CommandParser
import Control
import PatchKit

/// `weft osc`: the OSC commands of a running weft, from its command table.
enum OSCCommand {
  static func run(_ arguments: Arguments) throws -> ExitCode {
    if arguments.has("markdown") {
      Console.out(OSCReference.markdown)
      return .done
    }
    let all = Control.CommandTable.all
    guard let address = arguments.positional.first else {
      if arguments.has("json") {
        Console.out(JSONText.list(all.map(\.json)).text)
      } else {
        for command in all { Console.out(line(command)) }
      }
      return .done
    }
    let chosen = all.filter { $0.address == address }
    guard let command = chosen.first else {
      let near = Nearest.names(to: address, among: all.map(\.address))
      throw CommandFailure(.failed, UsageError("no command '\(address)'", suggestions: near).sentence)
    }
    if arguments.has("json") {
      Console.out(JSONText.list(chosen.map(\.json)).text)
    } else {
      Console.out("\(line(command))\n    Example: \(CommandExamples.example(of: command.address))")
    }
    return .done
  }

  private static func line(_ command: Control.Command) -> String {
    ([command.usage] + Help.wrapped(command.summary, indent: 4, first: 4)).joined(separator: "\n")
  }
}
