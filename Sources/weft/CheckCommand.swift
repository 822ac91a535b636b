import CommandParser
import Control
import Engine
import Hosts
import ModuleKit
import Modules
import PatchKit
import SoundFiles

/// `weft check`: reads and compiles patches, and reports all errors.
enum CheckCommand {
  static func run(_ arguments: Arguments) throws -> ExitCode {
    let registry = try ModuleFolders.registry(arguments)
    let library = try SoundLibrary(samples: arguments.text("samples"))
    var isValid = true
    var results: [JSONText] = []
    for word in arguments.positional {
      var errors: [PatchError] = [], warnings: [PatchError] = [], path = word
      do throws(PatchErrors) {
        do throws(PatchError) { path = try PatchNames.path(word) } catch { throw PatchErrors([error]) }
        if let track = try TrackJob.track(path) {
          warnings = try TrackJob.check(track, path, allowMissing: arguments.has("allow-missing")) {
            if !arguments.has("json") { Console.say($0) }
          }
        } else {
          let patch = try PatchFile.read(
            path: path, in: registry, allowMissing: arguments.has("allow-missing"), acceptsPipes: true)
          let plan = try PlanListing(patch, registry: registry) { (name, rate) throws(PatchError) in
            try library.load(name, rate: rate)
          }
          warnings = plan.warnings
          if let reason = SilenceWarning(registry: registry).silence(of: patch) {
            warnings.append(PatchError(.silent, reason))
          }
          if !plan.unreadable.isEmpty { throw PatchErrors(plan.unreadable) }
          if !arguments.has("json") {
            Console.say("\(path): \(patch.nodes.count) nodes, \(patch.cables.count) cables, \(plan.steps.count) steps")
          }
        }
      } catch {
        errors = error.errors.map { error in
          var error = error
          // An unreadable sound is an error of the patch that names it.
          if error.place.file == nil || error.place.line == nil { error.place.file = path }
          return error
        }
        isValid = false
      }
      if arguments.has("json") {
        let lists = [("errors", errors), ("warnings", warnings)].map { ($0, JSONText.list($1.map(json))) }
        results.append(.object([("file", .string(path))] + lists))
      } else {
        for warning in warnings { Console.warn(warning.asWarning(in: path)) }
        for error in errors { Console.write(error.description + "\n", to: 2) }
      }
    }
    if arguments.has("json") { Console.out(JSONText.list(results).text) }
    return isValid ? .done : .patch
  }

  private static func json(_ error: PatchError) -> JSONText {
    var members: [(String, JSONText)] = [("code", .string(error.code.rawValue)), ("message", .string(error.message))]
    if let line = error.place.line { members.append(("line", .int(line))) }
    if let column = error.place.column { members.append(("column", .int(column))) }
    if let path = error.place.path { members.append(("place", .string(path))) }
    return .object(members + [("suggestions", .list(error.suggestions.map(JSONText.string)))])
  }
}

extension PatchError {
  /// The error as a warning about a file.
  func asWarning(in path: String) -> String {
    let line = place.line.map { line in ":\(line)" + (place.column.map { ":\($0)" } ?? "") } ?? ""
    return "\(path)\(line): " + (place.path.map { $0 + ": " } ?? "") + sentence
  }
}
