import Foundation

// weft-soak MINUTES [PICTURE.svg], weft-soak flood [SECONDS], weft-soak voices [MINUTES]
let words = CommandLine.arguments.dropFirst()
let picture = words.dropFirst().first ?? "soak.svg"
do {
  if words.first == "flood" {
    exit(try run { try $0.flood(seconds: words.dropFirst().first.flatMap { Int($0) } ?? 60) } ? 0 : 1)
  }
  if words.first == "voices" {
    let minutes = words.dropFirst().first.flatMap { Double($0) } ?? 15
    exit(try run(options: ["--memory", "\(Soak.memoryLimit)"]) { try $0.runVoices(minutes: minutes) } ? 0 : 1)
  }
  guard let minutes = words.first.flatMap({ Double($0) }), minutes > 0 else {
    FileHandle.standardError.write(
      Data("Usage: weft-soak MINUTES [PICTURE.svg] | flood [SECONDS] | voices [MINUTES]\n".utf8))
    exit(2)
  }
  exit(try soak(minutes: minutes) ? 0 : 1)
} catch {
  FileHandle.standardError.write(Data("weft-soak: \(error)\n".utf8))
  exit(1)
}

/// - Parameters:
///   - options: further options of `weft play`.
///   - work: returns whether all went well.
func run(options: [String] = [], _ work: (Soak) throws -> Bool) throws -> Bool {
  let soak = try Soak(port: 17_770 + Int(getpid()) % 1_000, options: options)
  do {
    let isFine = try work(soak)
    return soak.end() == 0 && isFine
  } catch {
    FileHandle.standardError.write(Data(soak.messages.utf8))
    _ = soak.end()
    throw error
  }
}

func soak(minutes: Double) throws -> Bool {
  let soak = try Soak(port: 17_770 + Int(getpid()) % 1_000)
  var problem: String?
  do { try soak.run(minutes: minutes) } catch { problem = "\(error)\n\(soak.messages)" }
  let heard = soak.heard
  let status = soak.end()
  let readings = soak.readings
  try SoakPlot.svg(of: readings).write(toFile: picture, atomically: true, encoding: .utf8)
  if let problem {
    print(problem)
    return false
  }
  // Bounded stores (look-back, history, allocator) are full after a third of the time.
  let settled = readings.filter { $0.time >= min(150, minutes * 20) }
  guard let first = settled.first, let last = settled.last else { return false }
  let breaks = Int(last.breaks)
  print(
    "\(soak.requests) requests, \(soak.failures) of them refused, \(soak.commits) commits, "
      + "\(heard.all / 48_000) s heard; \(breaks) broken samples, \(heard.wild) not finite")
  for (name, unit, value) in SoakReading.columns.prefix(3) {
    print(String(format: "%@: %.1f -> %.1f %@", name, value(first), value(last), unit))
  }
  let slow = settled.map(\.slow).sorted()
  print(
    String(
      format: "answers, 99 %%: %.1f ms in the median interval, %.1f ms in the worst", slow[slow.count / 2], slow.last!))
  print("exit status \(status); picture: \(picture)")
  return breaks == 0 && heard.wild == 0 && status == 0 && last.memory - first.memory <= 16
    && last.files - first.files <= 8 && last.threads - first.threads <= 4
}
