import CommandParser

/// Completions for zsh, from the table.
enum ZshCompletions {
  static var text: String {
    var lines = [
      "#compdef \(CommandLineTable.program)", "_weft_osc() {", "  local -a found",
      "  found=(${(f)\"$(\(CommandLineTable.program) send --complete \"${(@)words[2,CURRENT]}\" 2>/dev/null)\"})",
      "  compadd -S '' -- ${(M)found:#*/}", "  compadd -- ${found:#*/}", "}",
      "_weft_patches() {", "  compadd -- ${(f)\"$(\(CommandLineTable.program) patches --names 2>/dev/null)\"}",
      "  _files -g '*.json'", "}",
      "_weft() {", "  local -a commands", "  commands=(",
    ]
    for command in CommandLineTable.commands { lines.append("    '\(command.name):\(quoted(command.summary))'") }
    lines += [
      "  )", "  if (( CURRENT == 2 )); then", "    _describe command commands",
      "    _arguments '--help[Show the help]' '--version[Show the version]'", "    return", "  fi",
      "  local command=$words[2]", "  shift words; (( CURRENT-- ))", "  case $command in",
    ]
    for command in CommandLineTable.commands {
      var specs: [String] = []
      for option in command.allOptions {
        let value = option.value.map { ":\(quoted($0.name)):\(action($0.completion))" } ?? ""
        let summary = "[\(quoted(option.summary))]"
        specs.append("'--\(option.name)\(value.isEmpty ? "" : "=")\(summary)\(value)'")
        if let letter = option.letter { specs.append("'-\(letter)\(summary)\(value)'") }
      }
      for (i, argument) in command.arguments.enumerated() {
        let place = argument.repeats ? "*" : "\(i + 1)"
        let optional = argument.isRequired || argument.repeats ? ":" : "::"
        specs.append("'\(place)\(optional)\(argument.name):\(action(argument.completion))'")
      }
      lines.append("    \(command.name)) _arguments \\\n      \(specs.joined(separator: " \\\n      ")) ;;")
    }
    lines += ["  esac", "}", "if [ \"$funcstack[1]\" = _weft ]; then _weft \"$@\"; else compdef _weft weft; fi"]
    return lines.joined(separator: "\n")
  }

  private static func action(_ completion: Completion) -> String {
    switch completion {
    case .nothing: " "
    case .choices(let names): "(\(names.joined(separator: " ")))"
    case .modules: "($(\(CommandLineTable.program) modules --names 2>/dev/null))"
    case .patches: "_weft_patches"
    case .osc: "_weft_osc"
    case .files(let endings):
      endings.isEmpty ? "_files" : "_files -g \"*.(\(endings.joined(separator: "|")))\""
    }
  }

  /// Text for single quotes, with the special characters of `_arguments` escaped.
  private static func quoted(_ text: String) -> String {
    var plain = ""
    for character in text {
      switch character {
      case "'": plain += "'\\''"
      case ":", "[", "]": plain += "\\\(character)"
      default: plain.append(character)
      }
    }
    return plain
  }
}
