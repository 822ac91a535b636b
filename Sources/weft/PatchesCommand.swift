import CommandParser
import ModuleKit
import Modules
import PatchKit

/// `weft patches`: the patches that `weft play NAME` finds from any folder.
enum PatchesCommand {
  static func run(_ arguments: Arguments) throws -> ExitCode {
    let all = PatchNames.all
    if arguments.has("names") {
      for (name, _) in all { Console.out(name) }
      return .done
    }
    let registry = try ModuleFolders.registry(arguments)
    let rows = all.map { name, path in
      let patch = try? PatchFile.read(path: path, in: registry, allowMissing: true)
      return (name, patch?.about ?? "cannot be read: weft check \(name)")
    }
    for line in Help.columns(rows) { Console.out(line) }
    Console.say("Your own: \(Places.saved)" + (Places.shared.map { ", the program's: \($0)/Patches" } ?? ""))
    return .done
  }
}
