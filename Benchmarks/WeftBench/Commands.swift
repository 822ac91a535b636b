import ModuleKit
import Modules

/// Invalid arguments.
struct Usage: Error {
  let message: String
  init(_ message: String) { self.message = message }
}

enum Commands {
  static let help = """
    usage: weft-bench CASE N SECONDS [--output FILE] [--threads N]
                                                       renders a workload as fast as it goes
           weft-bench modules [NAME...]                ns per voice and sample of each module; --names lists them,
                                                       NAME:SETTING=VALUE,... sets some
           weft-bench compile                          ms to compile a patch
           weft-bench swap                             ns for the audio thread to take over a plan
           weft-bench idle-voices                      ns per sample of voices that nobody plays
           weft-bench memory                           peak memory of each workload
           weft-bench threads                          what two threads gain over one
           weft-bench live                             ms from start, knob and commit to sound, on JACK
           weft-bench all                              all of these
    cases: \(Workload.allCases.map(\.rawValue).joined(separator: " "))
    """

  static func run(_ arguments: [String]) throws {
    guard let command = arguments.first else { throw Usage("a command is missing") }
    let rest = Array(arguments.dropFirst())
    if command == "modules" { return try ModuleCosts.run(Registry.linked(), names: rest) }
    if let workload = Workload(rawValue: command) { return try render(workload, rest) }
    guard rest.isEmpty else { throw Usage("\(command) takes no arguments") }
    switch command {
    case "compile": try CompileCosts.run(Registry.linked())
    case "swap": try SwapCosts.run(Registry.linked())
    case "idle-voices": try IdleCosts.run(Registry.linked())
    case "memory": try MemoryCosts.run()
    case "threads": try ThreadCosts.run(Registry.linked())
    case "live": try LiveCosts.run()
    case "all":
      try ModuleCosts.run(Registry.linked(), names: [])
      try CompileCosts.run(Registry.linked())
      try SwapCosts.run(Registry.linked())
      try IdleCosts.run(Registry.linked())
      try ThreadCosts.run(Registry.linked())
      try LiveCosts.run()
      try MemoryCosts.run()
    case "--help", "-h": print(help)
    default: throw Usage("no command or case named \(command)")
    }
  }

  private static func render(_ workload: Workload, _ arguments: [String]) throws {
    var words = arguments
    func value(of option: String) throws -> String? {
      guard let at = words.firstIndex(of: option) else { return nil }
      guard at + 1 < words.count else { throw Usage("\(option) needs a value") }
      defer { words.removeSubrange(at...at + 1) }
      return words[at + 1]
    }
    let output = try value(of: "--output"), threads = try value(of: "--threads").map { Int($0) ?? 0 } ?? 1
    guard threads > 0 else { throw Usage("--threads takes a number above 0") }
    guard words.count == 2, let units = Int(words[0]), units > 0, let seconds = Double(words[1]), seconds > 0 else {
      throw Usage("a case takes N and SECONDS, both above 0")
    }
    try WorkloadRun.run(workload, Registry.linked(), units: units, seconds: seconds, threads: threads, output: output)
  }

}
