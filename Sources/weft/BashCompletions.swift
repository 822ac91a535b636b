import CommandParser

/// Completions for bash, from the table.
enum BashCompletions {
  static var text: String {
    var lines = ["# bash completions of \(CommandLineTable.program)", "_weft() {"]
    lines += [
      "  local current=\"${COMP_WORDS[COMP_CWORD]}\" previous=\"${COMP_WORDS[COMP_CWORD-1]}\" command=\"${COMP_WORDS[1]}\"",
      "  COMPREPLY=()",
      "  if [ \"$COMP_CWORD\" -eq 1 ]; then",
      "    COMPREPLY=($(compgen -W \"\(CommandLineTable.commands.map(\.name).joined(separator: " ")) --help --version\" -- \"$current\"))",
      "    return", "  fi",
      "  case \"$command $previous\" in",
    ]
    for command in CommandLineTable.commands {
      for option in command.options {
        guard let value = option.value else { continue }
        var labels = ["\"\(command.name) --\(option.name)\""]
        if let letter = option.letter { labels.append("\"\(command.name) -\(letter)\"") }
        lines.append("    \(labels.joined(separator: "|"))) \(reply(value.completion)); return ;;")
      }
    }
    lines += ["  esac", "  case \"$command\" in"]
    for command in CommandLineTable.commands {
      let options = command.allOptions.map { "--" + $0.name }.joined(separator: " ")
      lines += [
        "    \(command.name))",
        "      case \"$current\" in",
        "        -*) COMPREPLY=($(compgen -W \"\(options)\" -- \"$current\")) ;;",
        "        *) \(reply(command.arguments.first?.completion ?? .nothing)) ;;",
        "      esac ;;",
      ]
    }
    lines += ["  esac", "}", "complete -o bashdefault -F _weft \(CommandLineTable.program)"]
    return lines.joined(separator: "\n")
  }

  private static func reply(_ completion: Completion) -> String {
    switch completion {
    case .nothing: ":"
    case .choices(let names): "COMPREPLY=($(compgen -W \"\(names.joined(separator: " "))\" -- \"$current\"))"
    case .modules:
      "COMPREPLY=($(compgen -W \"$(\(CommandLineTable.program) modules --names 2>/dev/null)\" -- \"$current\"))"
    case .patches:
      "COMPREPLY=($(compgen -d -- \"$current\") $(compgen -f -X '!*.json' -- \"$current\") "
        + "$(compgen -W \"$(\(CommandLineTable.program) patches --names 2>/dev/null)\" -- \"$current\"))"
    case .osc:
      "COMPREPLY=($(\(CommandLineTable.program) send --complete \"${COMP_WORDS[@]:2:COMP_CWORD-1}\" 2>/dev/null)); "
        + "[[ ${#COMPREPLY[@]} != 1 || ${COMPREPLY[0]} != */ ]] || compopt -o nospace"
    case .files(let endings):
      "compopt -o filenames; COMPREPLY=($(compgen -d -- \"$current\")"
        + (endings.isEmpty
          ? " $(compgen -f -- \"$current\")"
          : endings.map { " $(compgen -f -X '!*.\($0)' -- \"$current\")" }.joined()) + ")"
    }
  }
}
