import CommandParser
import Control
import PatchKit

/// `weft demo`: plays a patch of `Patches/demos` with the score and the MIDI file of its name, and prints each command as
/// it acts.
enum DemoCommand {
  /// Options of `weft play` that a demo takes, too.
  static let options = ["osc", "server", "device", "name", "no-connect", "web"]

  /// The demos by name, the guided minute first.
  static var names: [String] {
    guard let folder else { return [] }
    let files = Folder.names(in: folder) ?? []
    let names = files.compactMap { file in
      [".score", ".mid"].first { file.hasSuffix($0) }.map { String(file.dropLast($0.count)) }
    }
    let first = "tour", others = Set(names).subtracting([first]).sorted()
    return names.contains(first) ? [first] + others : others
  }

  private static var folder: String? { Places.shared.map { $0 + "/Patches/demos" } }

  static func run(_ arguments: Arguments) throws -> ExitCode {
    guard let folder, !names.isEmpty else {
      throw CommandFailure(
        .failed, "the demos are not installed: make install brings them, in share/weft/Patches/demos")
    }
    if arguments.has("names") {
      for name in names { Console.out(name) }
      return .done
    }
    let name = arguments.positional.first ?? names[0]
    guard names.contains(name) else {
      let near = Nearest.names(to: name, among: names)
      throw UsageError(
        "no demo '\(name)', only \(listed(names, "and"))", suggestions: near, command: arguments.command)
    }
    var words = ["\(folder)/\(name).json"]
    let files = Folder.names(in: folder) ?? []
    if files.contains("\(name).score") { words += ["--score", "\(folder)/\(name).score"] }
    if files.contains("\(name).mid") { words += ["--midi", "\(folder)/\(name).mid"] }
    for option in options {
      if CommandLineTable.demo.option(named: option)?.value == nil {
        if arguments.has(option) { words.append("--\(option)") }
      } else if arguments.isGiven(option), let value = arguments.text(option) {
        words.append("--\(option)=\(value)")
      }
    }
    let play = try PlayCommand(try Arguments(words, for: CommandLineTable.play))
    play.isDemo = true
    return try play.run()
  }
}
