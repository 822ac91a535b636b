import CommandParser
import Control
import Glibc
import PatchKit

/// `weft watch`: prints the notifications of a running weft, one per line, until Ctrl-C.
enum WatchCommand {
  /// Topics that are measured on request, and how they are requested: with a target, or as a whole.
  private static let measured: [String: (address: String, hasTarget: Bool)] = [
    "meter": ("/meter", true), "levels": ("/meters", false), "probe": ("/probe", true), "scope": ("/scope", true),
    "spectrum": ("/spectrum", true), "tuner": ("/tuner", true), "profile": ("/profile", false),
    "edit": ("/edits", false),
  ]

  static func run(_ arguments: Arguments) throws -> ExitCode {
    let weft = try RunningWeft(arguments), words = arguments.positional
    if let topic = words.first, let (address, hasTarget) = measured[topic] {
      guard hasTarget else {
        _ = try weft.replies(to: OSCMessage(address, topic == "edit" ? ["on"] : ["on", 2]))
        try weft.each(print)
        return .done
      }
      if topic == "probe", words.count < 2 {
        throw UsageError("probe needs the parameters to watch: weft watch probe ID/PARAM", command: arguments.command)
      }
      let targets = words.count > 1 ? Array(words.dropFirst()) : ["out"]
      for target in targets { _ = try weft.replies(to: OSCMessage(address, [.string(target), "on", 4])) }
    } else {
      _ = try weft.replies(to: OSCMessage("/notify", ["on"] + words.map { .string($0) }))
    }
    try weft.each(print)
    return .done
  }

  private static func print(_ message: OSCMessage) {
    switch message.address {
    case "/notify/meter": Console.out(meter(message))
    case "/notify/scope": Console.out(scope(message))
    case "/notify/tuner": Console.out(tuner(message))
    default: if message.address.hasPrefix("/notify/") { Console.out(message.description) }
    }
  }

  private static func meter(_ message: OSCMessage) -> String {
    let levels = message.arguments.dropFirst().compactMap(\.number)
    let pairs = stride(from: 0, to: levels.count - 1, by: 2).map {
      "peak \(decibels(levels[$0])) RMS \(decibels(levels[$0 + 1]))"
    }
    return "\(message.arguments.first?.text ?? ""): " + pairs.joined(separator: " | ") + " dB"
  }

  private static func decibels(_ level: Double) -> String { level > 0 ? fixed(20 * log10(level), 1) : "-inf" }

  /// The samples as a line of blocks, eight steps high.
  private static func scope(_ message: OSCMessage) -> String {
    let samples = message.arguments.dropFirst().compactMap(\.number)
    let peak = samples.map(\.magnitude).max() ?? 0, steps = Array("▁▂▃▄▅▆▇█")
    let shown = 64, size = max(1, samples.count / shown)
    let line = stride(from: 0, to: samples.count, by: size).map { start in
      let mean = samples[start..<min(start + size, samples.count)].reduce(0, +) / Double(size)
      return steps[min(max(Int((peak > 0 ? mean / peak : 0) * 3.5 + 4), 0), 7)]
    }
    return "\(message.arguments.first?.text ?? ""): \(String(line.prefix(shown))) peak \(decibels(peak)) dB"
  }

  private static func tuner(_ message: OSCMessage) -> String {
    let numbers = message.arguments.dropFirst().compactMap(\.number), id = message.arguments.first?.text ?? ""
    guard numbers.count > 1, numbers[0] > 0 else { return "\(id): no pitch" }
    let key = numbers[1].rounded(), names = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"]
    let name = "\(names[Int(key) % 12])\(Int(key) / 12 - 1)"
    return "\(id): \(fixed(numbers[0], 2)) Hz, \(name) \(fixed((numbers[1] - key) * 100, 0)) cents"
  }
}
