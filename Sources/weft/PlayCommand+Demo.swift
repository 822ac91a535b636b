import Control
import PatchKit

/// Demos: the commands of the score are printed as they act, and the program ends with the score.
extension PlayCommand {
  /// Seconds of sound after the last event of a demo.
  private static let demoTail = 3.0

  func startNarration() throws(PatchError) {
    guard isDemo, let path = arguments.text("score") else { return }
    narration = Narration(of: String(decoding: try TextFile.read(path), as: UTF8.self), send: sendCommand)
  }

  /// `weft send`, with the port where it is not the usual one.
  var sendCommand: String {
    let port = osc?.server.port ?? CommandLineTable.oscPort
    return "weft send" + (port == CommandLineTable.oscPort ? "" : " --osc \(port)")
  }

  /// - Parameters:
  ///   - seconds: since the start of score and MIDI file.
  ///   - isPlaying: whether one of them has events to come.
  func narrate(at seconds: Double, isPlaying: Bool) {
    guard isDemo else { return }
    for line in narration?.lines(upTo: seconds) ?? [] { Console.say(line) }
    if isPlaying { demoEnd = seconds + PlayCommand.demoTail }
    if seconds > demoEnd {
      Console.say("\nThe end. weft demo --names lists the demos; weft play plays patches: weft patches lists them.")
      loop.stop()
    }
  }
}
