import CommandParser

/// Completions for fish, from the table.
enum FishCompletions {
  static var text: String {
    let program = CommandLineTable.program
    var lines = ["# fish completions of \(program)", "complete -c \(program) -f"]
    lines += [
      "function __weft_osc", "  set -l words (commandline -opc)", "  set -e words[1..2]",
      "  \(program) send --complete $words (commandline -ct | string collect --allow-empty) 2>/dev/null", "end",
    ]
    let first = "-n __fish_use_subcommand"
    lines += ["complete -c \(program) \(first) -l help -s h", "complete -c \(program) \(first) -l version"]
    for command in CommandLineTable.commands {
      lines.append("complete -c \(program) \(first) -a \(command.name) -d \(quoted(command.summary))")
      let here = "complete -c \(program) -n '__fish_seen_subcommand_from \(command.name)'"
      for option in command.allOptions {
        let letter = option.letter.map { " -s \($0)" } ?? ""
        let value = option.value.map { " -x" + source($0.completion) } ?? ""
        lines.append("\(here) -l \(option.name)\(letter)\(value) -d \(quoted(option.summary))")
      }
      if let argument = command.arguments.first {
        let words = source(argument.completion)
        if !words.isEmpty { lines.append(here + words) }
      }
    }
    return lines.joined(separator: "\n")
  }

  private static func source(_ completion: Completion) -> String {
    switch completion {
    case .nothing: ""
    case .choices(let names): " -a '\(names.joined(separator: " "))'"
    case .modules: " -a '(\(CommandLineTable.program) modules --names 2>/dev/null)'"
    case .patches: " -a '(__fish_complete_suffix .json; \(CommandLineTable.program) patches --names 2>/dev/null)'"
    case .osc: " -a '(__weft_osc)'"
    case .files(let endings):
      endings.isEmpty
        ? " -F" : " -a '(" + endings.map { "__fish_complete_suffix .\($0)" }.joined(separator: "; ") + ")'"
    }
  }

  private static func quoted(_ text: String) -> String {
    "'" + text.map { $0 == "'" || $0 == "\\" ? "\\\($0)" : String($0) }.joined() + "'"
  }
}
