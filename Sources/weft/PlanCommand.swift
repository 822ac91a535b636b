import Engine
import ModuleKit
import Modules
import PatchKit

/// `weft plan`: prints the plan of a patch.
enum PlanCommand {
  static func run(_ arguments: Arguments) throws -> ExitCode {
    let registry = try ModuleFolders.registry(arguments)
    let patch = try PatchFile.read(
      path: try PatchNames.path(arguments.positional[0]), in: registry, allowMissing: arguments.has("allow-missing"),
      acceptsPipes: true)
    let plan = try PlanListing(patch, registry: registry)
    Console.out(arguments.has("dot") ? plan.dot : plan.text)
    return .done
  }
}
