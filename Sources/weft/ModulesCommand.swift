import CommandParser
import ModuleKit
import Modules
import PatchKit

/// `weft modules`: the registry, as text, JSON or Markdown.
enum ModulesCommand {
  static func run(_ arguments: Arguments) throws -> ExitCode {
    let registry = try ModuleFolders.registry(arguments)
    for refusal in registry.refusals { Console.warn(refusal) }
    var chosen = registry.names.compactMap { registry.find($0) }
    if let type = arguments.positional.first {
      guard let module = registry.find(type) else {
        if let refusal = registry.refusal(of: type) { throw CommandFailure(.failed, refusal) }
        let near = Nearest.names(to: type, among: registry.names)
        throw CommandFailure(.failed, UsageError("no module '\(type)'", suggestions: near).sentence)
      }
      chosen = [module]
    }
    if arguments.has("names") {
      for module in chosen { Console.out(module.name) }
    } else if arguments.has("json") {
      Console.out(ModuleListing.json(chosen))
    } else if arguments.has("markdown") {
      Console.out(ModuleListing.markdown(chosen))
    } else if arguments.positional.isEmpty {
      Console.out(ModuleListing.overview(chosen))
    } else {
      for module in chosen { Console.out(ModuleListing.text(module)) }
    }
    return .done
  }
}
