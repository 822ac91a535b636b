import CommandParser
import ModuleKit
import PatchKit

/// `weft convert`: a patch file in format 2, with a position for every node.
enum ConvertCommand {
  static func run(_ arguments: Arguments) throws -> ExitCode {
    let registry = try ModuleFolders.registry(arguments)
    guard let output = arguments.text("output") else {
      throw UsageError("-o FILE is missing", command: arguments.command)
    }
    let path = arguments.positional[0]
    let patch = try PatchFile.read(path: path, in: registry, allowMissing: arguments.has("allow-missing"))
    try PatchFile.write(patch.placed(), to: output, in: registry, commentsOf: path)
    Console.say("\(output): format 2, \(patch.nodes.count) nodes")
    return .done
  }
}
