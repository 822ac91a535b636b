import CRealtime
import Foundation

/// Feeds one target and reports the result.
struct FuzzRun {
  let target: any FuzzTarget.Type
  let count: Int
  let seed: UInt64
  let corpus: URL

  /// Inputs besides the corpus: examples and files of the tests.
  private static let others = [
    PatchTarget.name: "../../Patches", TuningTarget.name: "../../Patches/tunings",
    SongTarget.name: "../../Patches/songs",
  ]

  /// The files of the corpus, in the order of their names.
  private func inputs() throws -> [[UInt8]] {
    var folders = [corpus.appending(path: target.name)]
    if let other = FuzzRun.others[target.name] {
      folders.append(URL(fileURLWithPath: corpus.path + "/" + other).standardizedFileURL)
    }
    return try folders.filter { FileManager.default.fileExists(atPath: $0.path) }.flatMap { folder in
      try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        .filter { !$0.hasDirectoryPath }.sorted { $0.path < $1.path }.map { [UInt8](try Data(contentsOf: $0)) }
    }
  }

  /// - Returns: true if no law was broken.
  func run(in folder: URL, replaying replay: [[UInt8]]? = nil) throws -> Bool {
    let log = InputLog(path: folder.appending(path: "inputs-" + target.name).path)
    let watch = HangWatch(log: log.path)
    // Every valid input first, unchanged.
    let given = try replay ?? inputs()
    let fuzzed = try target.init(seed: seed, corpus: given, folder: folder.path)
    var taken = 0, broken = 0, slowest: UInt64 = 0
    let began = weft_nanoseconds(), held = memory
    for number in 0..<max(count, given.count) {
      let input = number < given.count ? given[number] : fuzzed.next()
      if number % target.sequence == 0 { log.reset() }
      log.append(input)
      let start = weft_nanoseconds()
      watch.begin()
      do {
        if try fuzzed.run(input) { taken += 1 }
        watch.end()
      } catch {
        watch.end()
        broken += 1
        let kept = folder.appending(path: "broken-\(target.name)-\(number)")
        try Data(contentsOf: URL(fileURLWithPath: log.path)).write(to: kept)
        print("\(target.name): input \(number): \(error); it is the last one in \(kept.path)")
        if broken == 10 { break }
      }
      slowest = max(slowest, weft_nanoseconds() - start)
    }
    let seconds = Double(weft_nanoseconds() - began) / 1e9
    print(
      "\(target.name): \(max(count, given.count)) inputs, \(taken) taken, \(broken) laws broken, slowest "
        + String(format: "%.1f ms, %.1f s, memory %d -> %d MB", Double(slowest) / 1e6, seconds, held, memory))
    fflush(nil)
    return broken == 0
  }

  /// Resident memory of the process, MB.
  private var memory: Int {
    let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = status?.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
    return (line.flatMap { Int($0.filter(\.isNumber)) } ?? 0) / 1_024
  }
}
