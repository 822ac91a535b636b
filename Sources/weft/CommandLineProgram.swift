import CommandParser
import CRealtime
import Control
import PatchKit

/// Entry point: runs a command line and returns the exit status.
enum CommandLineProgram {
  static func run(_ words: [String]) -> ExitCode {
    do {
      return try dispatch(words)
    } catch let error as UsageError {
      Console.fail(error.sentence)
      let name = error.command.map { " " + $0.name } ?? ""
      Console.write("Try '\(CommandLineTable.program)\(name) --help'.\n", to: 2)
      return .usage
    } catch let error as CommandFailure {
      Console.fail(error.message)
      return error.code
    } catch let error as PatchErrors {
      Console.write(error.description + "\n", to: 2)
      return .patch
    } catch let error as PatchError {
      Console.write(error.description + "\n", to: 2)
      return ExitCode(error.code)
    } catch {
      Console.fail("\(error)")
      return .failed
    }
  }

  private static func dispatch(_ words: [String]) throws -> ExitCode {
    guard let first = words.first else { throw UsageError("a COMMAND is missing") }
    switch first {
    case "--help", "-h":
      Console.out(Help.program)
      return .done
    case "--version":
      Console.out("\(CommandLineTable.program) \(Version.version) (\(String(cString: weft_built_for_level())))")
      return .done
    case ConfinedTrial.command: return ConfinedTrial.child(Array(words.dropFirst()))
    default: break
    }
    let command = try command(named: first)
    let arguments = try Arguments(words.dropFirst(), for: command)
    if arguments.has("help") {
      Console.out(Help.text(for: command))
      return .done
    }
    Console.isQuiet = arguments.has("quiet")
    return try run(command, arguments)
  }

  private static func command(named name: String) throws(UsageError) -> CommandSpec {
    if let command = CommandLineTable.commands.first(where: { $0.name == name }) { return command }
    if name.hasPrefix("-") { throw UsageError("no option \(name) before the command") }
    let near = Nearest.names(to: name, among: CommandLineTable.commands.map(\.name))
    throw UsageError("no command '\(name)'", suggestions: near)
  }

  private static func run(_ command: CommandSpec, _ arguments: Arguments) throws -> ExitCode {
    switch command.name {
    case CommandLineTable.patches.name: return try PatchesCommand.run(arguments)
    case CommandLineTable.modules.name: return try ModulesCommand.run(arguments)
    case CommandLineTable.completions.name:
      switch arguments.positional[0] {
      case "bash": Console.out(BashCompletions.text)
      case "zsh": Console.out(ZshCompletions.text)
      default: Console.out(FishCompletions.text)
      }
    case CommandLineTable.man.name: Console.out(try ManPage.text(of: arguments.positional.first ?? "weft"))
    case CommandLineTable.help.name: return try HelpCommand.run(arguments)
    case CommandLineTable.devices.name: return try DevicesCommand.run(arguments)
    case CommandLineTable.patch.name: return try PatchCommand.run(arguments)
    case CommandLineTable.why.name: return try WhyCommand.run(arguments)
    case CommandLineTable.play.name: return try PlayCommand(arguments).run()
    case CommandLineTable.demo.name: return try DemoCommand.run(arguments)
    case CommandLineTable.render.name: return try RenderCommand.run(arguments)
    case CommandLineTable.check.name: return try CheckCommand.run(arguments)
    case CommandLineTable.convert.name: return try ConvertCommand.run(arguments)
    case CommandLineTable.export.name: return try ExportCommand.run(arguments)
    case CommandLineTable.importing.name: return try ImportCommand.run(arguments)
    case CommandLineTable.plan.name: return try PlanCommand.run(arguments)
    case CommandLineTable.osc.name: return try OSCCommand.run(arguments)
    case CommandLineTable.module.name: return try ModuleCommand.run(arguments)
    case CommandLineTable.repl.name: return try ReplCommand.run(arguments)
    case CommandLineTable.watch.name: return try WatchCommand.run(arguments)
    case CommandLineTable.send.name: return try SendCommand.run(arguments)
    default: throw CommandFailure(.failed, "\(command.name) is in the table but has no implementation")
    }
    return .done
  }
}
