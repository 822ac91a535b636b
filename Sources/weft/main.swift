import Glibc

let status = CommandLineProgram.run(Array(CommandLine.arguments.dropFirst()))
Console.flush()
exit(status.rawValue)
