import Control
import Glibc

ProcessMemory.returnLargeBlocks()
let status = CommandLineProgram.run(Array(CommandLine.arguments.dropFirst()))
Console.flush()
exit(status.rawValue)
