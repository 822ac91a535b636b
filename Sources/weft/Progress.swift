import CRealtime
import Glibc

/// Progress of a long operation: a bar on a terminal, else one line per 10 %.
struct Progress {
  private var shownTenth = 0
  private var shownAt: UInt64 = 0
  private let began = weft_nanoseconds()
  /// Total seconds of sound.
  private let seconds: Double

  init(seconds: Double) { self.seconds = seconds }

  /// Shows that `fraction` (0 … 1) is done.
  mutating func show(_ fraction: Double) {
    guard !Console.isQuiet else { return }
    let now = weft_nanoseconds()
    if Console.errorIsTerminal {
      guard now - shownAt > 100_000_000 || fraction >= 1 else { return }
      shownAt = now
      // The text after the bar takes 30 columns at most.
      let width = min(30, max(Console.errorColumns - 31, 0)), filled = Int(fraction * Double(width))
      let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
      Console.write("\r\(bar) \(Int(fraction * 100)) %, \(speed(fraction, now)) × real time ", to: STDERR_FILENO)
      if fraction >= 1 { Console.write("\n", to: STDERR_FILENO) }
    } else if Int(fraction * 10) > shownTenth {
      shownTenth = Int(fraction * 10)
      Console.say("\(shownTenth * 10) %, \(speed(fraction, now)) × real time")
    }
  }

  private func speed(_ fraction: Double, _ now: UInt64) -> Int {
    Int(fraction * seconds / max(Double(now - began) * 1e-9, 1e-6))
  }
}
