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
    let request = arguments.positional.joined(separator: " ")
    var matches: [ModuleSearch.Match] = []
    if let module = registry.find(request) {
      chosen = [module]
    } else if !request.isEmpty {
      if let refusal = registry.refusal(of: request) { throw CommandFailure(.failed, refusal) }
      let search = ModuleSearch(chosen)
      matches = search.matches(for: request)
      guard !matches.isEmpty else {
        let near = Nearest.names(to: request, among: search.vocabulary)
        throw CommandFailure(
          .failed,
          UsageError("no module is called '\(request)'", suggestions: near).sentence
            + (near.isEmpty ? "; weft modules lists them all" : ""))
      }
      chosen = matches.map(\.module)
    }
    if let folder = arguments.text("pictures") {
      try draw(chosen, into: folder, registry)
    } else if arguments.has("names") {
      for module in chosen { Console.out(module.name) }
    } else if arguments.has("json") {
      Console.out(ModuleListing.json(chosen))
    } else if arguments.has("markdown") {
      Console.out(ModuleListing.markdown(chosen))
    } else if request.isEmpty {
      Console.out(ModuleListing.overview(chosen))
    } else if !matches.isEmpty {
      Console.out(ModuleListing.found(matches))
    } else {
      for module in chosen { Console.out(ModuleListing.text(module)) }
    }
    return .done
  }

  /// Writes NAME.svg for each module.
  private static func draw(_ modules: [ModuleDescriptor], into folder: String, _ registry: Registry) throws {
    guard let patches = Places.shared.map({ $0 + "/Patches/help/" }) else {
      throw CommandFailure(
        .failed, "the help patches are not installed: make install brings them, in share/weft/Patches")
    }
    for module in modules {
      let picture = try ModulePicture(of: module, in: registry, help: "\(patches)\(module.name).json")
      try TextFile.write(Array(picture.svg.utf8), to: "\(folder)/\(module.name).svg", isDurable: false, replaces: true)
    }
  }
}
