import CommandParser
import Control
import PatchKit
import SoundFiles
import Tracks

/// The track of the command line.
extension PlayCommand {
  /// Plays a track beside an empty patch, and prints its time.
  func start(_ contents: TrackFile.Contents, _ path: String) {
    for warning in contents.warnings { Console.warn(warning.asWarning(in: path)) }
    sounds?.trusted.formUnion(contents.track.soundPaths)
    TrackJob.warnOfMono(contents.track, channels: session.engine.outputChannels)
    var shown = TrackTime()
    session.track.onProgress = { shown.show(step: $0, of: $1, elapsed: $2, remaining: $3) }
    session.track.play(contents, file: path, loops: arguments.has("loop")) { Console.fail($0.description) }
  }
}

/// The time of a playing track: one line that is kept up to date on a terminal, else a line for each step.
struct TrackTime {
  private var lastStep = -1

  mutating func show(step: Int, of steps: Int, elapsed: Double, remaining: Double) {
    guard !Console.isQuiet else { return }
    let line =
      "step \(step) of \(steps), \(Self.text(elapsed)) elapsed, \(Self.text(remaining)) remaining"
    if Console.errorIsTerminal {
      Console.write("\r\(line) ", to: 2)
    } else if step != lastStep {
      Console.say(line)
    }
    lastStep = step
  }

  /// Hours, minutes and seconds.
  static func text(_ seconds: Double) -> String {
    let whole = Int(max(0, seconds).rounded(.down)), hours = whole / 3_600
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let minutes = whole / 60 % 60, rest = two(whole % 60)
    return hours > 0 ? "\(hours):\(two(minutes)):\(rest)" : "\(minutes):\(rest)"
  }
}
