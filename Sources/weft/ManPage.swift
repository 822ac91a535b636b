import CommandParser
import ModuleKit
import PatchKit

/// The manual pages in mdoc, from the table of the command line and from the reference.
enum ManPage {
  /// The names of the pages, as `weft man` takes them.
  static let names = ["weft", "weft-patch", "weft-osc"]

  static func text(of name: String) throws(PatchError) -> String {
    let registry = Registry()
    switch name {
    case "weft-patch":
      return try MarkdownPage(HelpTopic.patchFile.markdown(in: registry)).manual(
        name: name, section: 5, summary: "patch file of the modular synthesizer weft",
        seeAlso: [("weft", 1), ("weft-osc", 7)])
    case "weft-osc":
      return try MarkdownPage(HelpTopic.osc.markdown(in: registry)).manual(
        name: name, section: 7, summary: "OSC commands of the modular synthesizer weft",
        seeAlso: [("weft", 1), ("weft-patch", 5)])
    default: return text
    }
  }

  static var text: String {
    var lines = [".Dd $Mdocdate$", ".Dt \(CommandLineTable.program.uppercased()) 1", ".Os"]
    lines += [".Sh NAME", ".Nm \(CommandLineTable.program)", ".Nd \(CommandLineTable.summary)", ".Sh SYNOPSIS"]
    for command in CommandLineTable.commands {
      lines.append(".Nm")
      lines.append(".Cm \(command.name)")
      if !command.options.isEmpty { lines.append(".Op Ar option ...") }
      for argument in command.arguments {
        let name = "Ar \(argument.name)" + (argument.repeats ? " ..." : "")
        lines.append(argument.isRequired ? ".\(name)" : ".Op \(name)")
      }
    }
    lines += [".Sh DESCRIPTION", "Every command takes", ".Fl Fl help .", ".Bl -tag -width Ds"]
    for command in CommandLineTable.commands { lines += item(command) }
    lines += [".El", ".Sh ENVIRONMENT", ".Bl -tag -width Ds"]
    for variable in CommandLineTable.environment { lines += [".It Ev \(variable.name)", escaped(variable.summary)] }
    lines += [".El", ".Sh EXIT STATUS", ".Bl -tag -width Ds"]
    for (code, summary) in CommandLineTable.exitCodes { lines += [".It \(code.rawValue)", escaped(summary)] }
    lines += [".El", ".Sh EXAMPLES", ".Bd -literal"]
    lines += CommandLineTable.commands.flatMap(\.examples).map(escaped)
    lines += [".Ed", ".Sh SEE ALSO", ".Xr jackd 1 ,", ".Xr oscsend 1 ,", ".Xr weft-patch 5 ,", ".Xr weft-osc 7"]
    return lines.joined(separator: "\n")
  }

  private static func item(_ command: CommandSpec) -> [String] {
    var lines =
      [".It Cm \(command.name)", escaped(command.summary + ".")] + command.details.flatMap(sentences).map(escaped)
    if command.options.isEmpty { return lines }
    lines.append(".Bl -tag -width Ds")
    for option in command.options {
      var words = ".It "
      if let letter = option.letter { words += "Fl \(letter) , " }
      words += "Fl Fl \(option.name)"
      if let value = option.value { words += " Ar \(value.name)" }
      lines += [words, escaped(Help.summary(option) + ".")]
    }
    return lines + [".El"]
  }

  /// The sentences of a text: mdoc wants each on a line of its own.
  static func sentences(_ text: String) -> [String] {
    let parts = text.split(separator: ". ").map(String.init)
    return parts.indices.map { $0 == parts.count - 1 ? parts[$0] : parts[$0] + "." }
  }

  /// Text as one argument of a macro.
  static func quoted(_ text: String) -> String {
    "\"" + escaped(text).split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\\(dq") + "\""
  }

  /// Text with escaped macro characters.
  static func escaped(_ text: String) -> String {
    var plain = ""
    for character in text {
      switch character {
      case "\\": plain += "\\e"
      case "-": plain += "\\-"
      case "…": plain += "..."
      default: plain.append(character)
      }
    }
    return plain.hasPrefix(".") || plain.hasPrefix("'") ? "\\&" + plain : plain
  }
}
