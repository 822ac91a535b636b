import Foundation

/// Measurements of the program at one moment.
struct SoakReading {
  /// Seconds from the start.
  var time: Double
  var memory: Double  // MB
  var files: Double
  var threads: Double
  /// Milliseconds from request to answer, since the last reading.
  var median: Double, slow: Double, slowest: Double
  /// Discontinuities since the start.
  var breaks: Double
  var xruns: Double
  var nodes: Double
  /// Share of the period, %.
  var load: Double

  static let columns: [(name: String, unit: String, value: @Sendable (SoakReading) -> Double)] = [
    ("memory", "MB", { $0.memory }), ("open files", "", { $0.files }), ("threads", "", { $0.threads }),
    ("answer, median", "ms", { $0.median }), ("answer, 99 %", "ms", { $0.slow }),
    ("answer, slowest", "ms", { $0.slowest }), ("broken samples", "", { $0.breaks }), ("xruns", "", { $0.xruns }),
    ("nodes", "", { $0.nodes }),
    ("load", "%", { $0.load }),
  ]

  /// Memory, files and threads of a process, as the kernel counts them.
  static func process(_ identifier: pid_t) -> (memory: Double, files: Double, threads: Double) {
    let status = (try? String(contentsOfFile: "/proc/\(identifier)/status", encoding: .utf8)) ?? ""
    func number(_ name: String) -> Double {
      let line = status.split(separator: "\n").first { $0.hasPrefix(name + ":") }
      return Double(line.map { $0.filter(\.isNumber) } ?? "") ?? 0
    }
    let files = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(identifier)/fd").count) ?? 0
    return (number("VmRSS") / 1_024, Double(files), number("Threads"))
  }
}
