import CommandParser
import Engine
import ModuleKit
import Modules
import PatchKit

/// `weft plan`: prints the plan of a patch.
enum PlanCommand {
  static func run(_ arguments: Arguments) throws -> ExitCode {
    let registry = try ModuleFolders.registry(arguments)
    let patch: Patch
    if arguments.has("running") {
      patch = try PatchFile.read(Array(try RunningWeft(arguments).patch().utf8), in: registry, allowMissing: true)
    } else {
      guard let path = arguments.positional.first else {
        throw UsageError("PATCH is missing, or --running", command: arguments.command)
      }
      let place = try PatchNames.path(path)
      if let track = try TrackJob(place, nil, registry) {
        Console.out(track.score.text)
        return .done
      }
      patch = try PatchFile.read(
        path: place, in: registry, allowMissing: arguments.has("allow-missing"), acceptsPipes: true)
    }
    let plan = try PlanListing(patch, registry: registry)
    Console.out(arguments.has("dot") ? plan.dot : plan.text)
    return .done
  }
}
