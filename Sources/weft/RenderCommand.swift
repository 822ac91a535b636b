import CommandParser
import ModuleKit
import PatchKit

/// `weft render`: offline rendering with the same engine and commands as `play`.
enum RenderCommand {
  static func run(_ arguments: Arguments) throws -> ExitCode {
    let registry = try ModuleFolders.registry(arguments)
    guard let output = arguments.text("output") else {
      throw UsageError("-o FILE is missing", command: arguments.command)
    }
    let job = try RenderJob(arguments, registry)
    guard let names = arguments.text("stems") else { return try job.render(job.patch, to: output) }
    guard output != "-" else { throw UsageError("--stems needs files, not -o -", command: arguments.command) }
    var code = ExitCode.done
    for stem in try Stem.all(of: job.patch, names, registry) {
      let result = try job.render(stem.patch, to: stem.path(beside: output))
      if result != .done { code = result }
    }
    return code
  }
}

/// The contribution of one node to a patch's sound: the patch, of which only that node reaches the outputs.
struct Stem {
  let node: String
  let patch: Patch

  /// - Parameter names: ids with commas between them, or `all` for every output.
  /// - Throws: `.noSuchNode` for an unknown id.
  static func all(of patch: Patch, _ names: String, _ registry: Registry) throws(PatchError) -> [Stem] {
    let outputs = patch.nodes.keys.filter { patch.nodes[$0]?.type == "output" }.sorted()
    let ids = names == "all" ? outputs : names.split(separator: ",").map(String.init)
    guard let first = outputs.first else { throw PatchError(.noSuchNode, "the patch has no output") }
    var stems: [Stem] = []
    for id in ids {
      let type = try patch.node(id).type
      var alone = patch
      for cable in patch.cables.keys where outputs.contains(cable.destination.node) && cable.destination.node != id {
        try alone.disconnect(cable.source.description, cable.destination.description, in: registry)
      }
      if !outputs.contains(id) {
        let sides = ["left", "right"]
        if let module = registry[type], sides.allSatisfy({ module.output(named: $0) != nil }) {
          for side in sides { try alone.connect("\(id)/\(side)", "\(first)/\(side)", in: registry) }
        } else {
          try alone.connect(id, first, in: registry)
        }
      }
      stems.append(Stem(node: id, patch: alone))
    }
    return stems
  }

  /// `song.wav` becomes `song.drums.wav`.
  func path(beside output: String) -> String {
    let name = output[(output.lastIndex(of: "/").map { output.index(after: $0) } ?? output.startIndex)...]
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return output + "." + node }
    return output[..<dot] + "." + node + output[dot...]
  }
}
