import CommandParser
import ModuleKit
import Modules
import PatchKit

/// `weft help`: the help of a command, or a reference page.
enum HelpCommand {
  static func run(_ arguments: Arguments) throws -> ExitCode {
    guard let word = arguments.positional.first else {
      if arguments.has("names") {
        for topic in HelpTopic.allCases { Console.out(topic.rawValue) }
      } else {
        Console.out(Help.program)
      }
      return .done
    }
    if let command = CommandLineTable.commands.first(where: { $0.name == word }), HelpTopic(rawValue: word) == nil {
      Console.out(Help.text(for: command))
      return .done
    }
    let registry = try ModuleFolders.registry(arguments)
    guard let topic = HelpTopic.named(word) else { throw unknown(word, registry) }
    let markdown = try topic.markdown(in: registry)
    Console.out(arguments.has("markdown") ? markdown : MarkdownPage(markdown).terminalText)
    return .done
  }

  private static func unknown(_ word: String, _ registry: Registry) -> UsageError {
    let names = CommandLineTable.commands.map(\.name) + HelpTopic.vocabulary
    let near = Nearest.names(to: word, among: names)
    let modules = ModuleSearch(registry.names.compactMap { registry.find($0) }).matches(for: word)
    if near.isEmpty, !modules.isEmpty {
      return UsageError("no topic '\(word)', but modules match: weft modules \(word)")
    }
    return UsageError("no command or topic '\(word)'", suggestions: near)
  }
}
