// weft-bench: costs of Weft. See Benchmarks/README.md.
import Glibc

do {
  try Commands.run(Array(CommandLine.arguments.dropFirst()))
} catch let error as Usage {
  complain("\(error.message)\n\(Commands.help)")
  exit(2)
} catch {
  complain("\(error)")
  exit(1)
}

func complain(_ text: String) {
  let line = "weft-bench: \(text)\n"
  write(STDERR_FILENO, line, line.utf8.count)
}
