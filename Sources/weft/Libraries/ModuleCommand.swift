import CommandParser
import Glibc
import ModuleKit
import Modules
import PatchKit

/// `weft module`: prints a module template, and builds or checks module libraries.
enum ModuleCommand {
  static func run(_ arguments: Arguments) throws -> ExitCode {
    let name = arguments.positional[1]
    switch arguments.positional[0] {
    case "new": return try make(name)
    default: return try build(name, arguments)
    }
  }

  private static func make(_ name: String) throws -> ExitCode {
    guard Name.isLegal(name), name.utf8.allSatisfy({ $0 != 0x2d }) else {
      throw UsageError("\(name) is not a name for a module: a letter, then letters, digits or _, 32 at most")
    }
    guard Registry.linked()[name.lowercased()] == nil else {
      throw CommandFailure(.failed, "there is a module \(name.lowercased()) already")
    }
    let type = name.prefix(1).uppercased() + name.dropFirst()
    let path = type + ".swift"
    guard access(path, F_OK) != 0 else { throw CommandFailure(.failed, "\(path) exists already") }
    try TextFile.write(Array(ModuleTemplate.text(type: type, name: name.lowercased()).utf8), to: path)
    Console.out(path)
    Console.say("Build it with: \(CommandLineTable.program) module build \(path)")
    Console.say("Or play and build whenever it is saved: \(CommandLineTable.program) play --dev .")
    return .done
  }

  private static func build(_ source: String, _ arguments: Arguments) throws -> ExitCode {
    let toolkit = try ModuleToolkit.found()
    let build = try ModuleBuild(source, with: toolkit)
    let isBuilt = build.succeeded()
    if !build.text.isEmpty { Console.write(build.text, to: STDERR_FILENO) }
    guard isBuilt else { return .failed }
    // Load it like a patch would, so that the same checks apply.
    let file = try ModuleLibrary.checked(build.output, for: toolkit)
    defer { close(file) }
    let trial = try ConfinedTrial.run(file, source, laws: true), names = trial.names
    guard trial.breaches.isEmpty else {
      throw CommandFailure(.failed, "\(source) breaks laws of modules: \(trial.breaches.joined(separator: "; "))")
    }
    let registry = Registry.linked()
    _ = try ModuleLibrary.open(file, source, registry, replacing: false)
    guard names.count == 1, let module = registry[names[0]] else {
      throw CommandFailure(.failed, "\(source) registers \(listed(names, "and")): one file holds one module")
    }
    var folder = arguments.text("output") ?? "."
    if arguments.has("install") {
      folder = ModuleFolders.usual
      Console.makeFolder(folder)
    }
    let path = folder + "/" + module.name + ModuleLibrary.ending
    try TextFile.write(try TextFile.read(build.output), to: path)
    chmod(path, 0o755)
    Console.out(path)
    Console.say(
      "\(module.name): \(module.about.summary), \(module.inputs.count) inputs, \(module.outputs.count) outputs")
    Console.say(
      "Laws kept: the same sound at any period and in both widths, finite at every extreme"
        + (trial.isWatched ? "; real-time safe." : ". Real-time safety is checked by a weft of make rtsan."))
    return .done
  }
}

/// The source of a working module, as a template.
enum ModuleTemplate {
  static func text(type: String, name: String) -> String {
    """
    \("import") DSP
    \("import") ModuleKit

    /// Folds samples beyond ±1 back: quiet sounds stay unchanged, loud ones gain harmonics.
    struct \(type)<L: Lane>: Module {
      enum In: Int, InputPort {
        case `in`, drive

        var spec: ParamSpec {
          switch self {
          case .in: .audio("Input")
          case .drive: .gain("Gain before the fold", default: 1, upTo: 8)
          }
        }
      }
      enum Out: Int, OutputPort {
        case out
        var summary: String { "The folded input, -1 ... 1" }
      }
      static var about: ModuleAbout { ModuleAbout("\(name)", .shaping, "Wave folder") }

      // Stored properties are the state of a node: plain bits, set here, kept from call to call.
      init(_ setup: ModuleSetup) {}

      // Runs on the audio thread: no allocation, no lock, no system call.
      mutating func process(_ io: ModuleIO<Self>) {
        let x = io.input(.in), drive = io.input(.drive), out = io.output(.out)
        for i in 0..<io.frames { out[i] = L.sine(cycles: x[i] * drive[i] * 0.25) }
      }
    }

    @section("weft_modules") @used
    private let registration: ModuleRegistration = { Registry.from($0).add(\(type)<Float>.self, \(type)<Voices>.self) }

    """
  }
}
