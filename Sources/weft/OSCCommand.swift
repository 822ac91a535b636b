import Control

/// `weft osc`: the OSC commands of a running weft, from its command table.
enum OSCCommand {
  static func run(_ arguments: Arguments) -> ExitCode {
    let commands = CommandTable.all
    if arguments.has("json") {
      Console.out(
        JSONText.list(
          commands.map { command in
            .object([
              ("address", .string(command.address)), ("summary", .string(command.summary)),
              (
                "arguments",
                .list(
                  command.arguments.map {
                    .object([
                      ("name", .string($0.name)), ("kind", .string($0.kind.rawValue)),
                      ("presence", .string("\($0.presence)")),
                    ])
                  })
              ),
            ])
          }
        ).text)
    } else {
      for command in commands { Console.out("\(command.usage)\n    \(command.summary)") }
    }
    return .done
  }
}
