import Foundation
import TestSupport

// weft-fuzz TARGET…|all [--count N] [--seed N] [--corpus DIR] [--replay FILE]
let usage = """
  Usage: weft-fuzz TARGET…|all [--count N] [--seed N] [--corpus DIR] [--replay FILE]
  Targets: \(fuzzTargets.map { $0.name }.joined(separator: ", "))

  """

func fuzz(_ words: [String]) throws -> Int32 {
  var names: [String] = [], options: [String: String] = [:]
  var rest = words[...]
  while let word = rest.popFirst() {
    if word.hasPrefix("--") { options[String(word.dropFirst(2))] = rest.popFirst() ?? "" } else { names.append(word) }
  }
  let targets = fuzzTargets.filter { names.contains($0.name) || names == ["all"] }
  guard !targets.isEmpty, Set(options.keys).isSubset(of: ["count", "seed", "corpus", "replay"]) else {
    FileHandle.standardError.write(Data(usage.utf8))
    return 2
  }
  let folder = FileManager.default.temporaryDirectory.appending(path: "weft-fuzz-\(getpid())")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  if hasMakeFlags && realtimeIsChecked { print("Under RealtimeSanitizer:") }
  var isWhole = true
  for target in targets {
    let run = FuzzRun(
      target: target, count: options["count"].flatMap { Int($0) } ?? 10_000,
      seed: options["seed"].flatMap { UInt64($0) } ?? 1,
      corpus: URL(fileURLWithPath: options["corpus"] ?? "Tests/Corpus"))
    if let replay = options["replay"] {
      let log = InputLog.read(replay)
      isWhole = try FuzzRun(target: target, count: 0, seed: run.seed, corpus: run.corpus).run(
        in: folder, replaying: log)
    } else {
      isWhole = try run.run(in: folder) && isWhole
    }
  }
  if isWhole { try FileManager.default.removeItem(at: folder) }
  return isWhole ? 0 : 1
}

exit(try fuzz(Array(CommandLine.arguments.dropFirst())))
