import ModuleKit
import Modules

/// Arguments that make no sense.
struct Usage: Error {
  let message: String
  init(_ message: String) { self.message = message }
}

enum Commands {
  static let help = """
    usage: weft-bench modules [NAME...]   ns per voice and sample of each module
    """

  static func run(_ arguments: [String]) throws {
    let registry = Registry.linked()
    switch arguments.first {
    case "modules": try ModuleCosts.run(registry, names: Array(arguments.dropFirst()))
    case "--help", "-h": print(help)
    case nil: throw Usage("a command is missing")
    case let name?: throw Usage("no command named \(name)")
    }
  }
}
