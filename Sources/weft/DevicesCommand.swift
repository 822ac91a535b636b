import CommandParser
import Hosts
import PatchKit

/// `weft devices`: sound cards and MIDI inputs, as `weft play` chooses among them.
enum DevicesCommand {
  static func run(_ arguments: Arguments) throws -> ExitCode {
    // It may not answer; the cards are listed in any case, and that is reported below.
    try? PipeWireJack.restartIfNeeded()
    let cards = SoundCard.all()
    say("Sound cards, in the order in which play tries them (play --device NAME):")
    let rows = cards.map { ($0.shortName, "\($0.title) (\($0.records ? "plays and records" : "plays"))") }
    for (card, lines) in zip(cards, Help.rows(rows)) {
      lines.forEach(Console.out)
      if let obstacle = card.obstacle() { say("    \(obstacle)") }
    }
    if cards.isEmpty { Console.out("  none: ALSA lists no card that plays") }
    let ports: (outputs: [String], midi: [String])?
    do throws(PatchError) { ports = try AudioServer.runningPorts() } catch {
      Console.warn(error.sentence)
      ports = nil
    }
    let midi = ports?.midi ?? SoundCard.midiInputs()
    Console.out("MIDI inputs (play --midi-in NAME):")
    for name in midi { Console.out("  \(name)") }
    if midi.isEmpty { Console.out("  none") }
    if let ports {
      let kind = PipeWireJack.isUsed ? "PipeWire's JACK" : "A JACK server"
      say("\(kind) is running and is used unless --device is given; it plays on:")
      for name in ports.outputs { Console.out("  \(name)") }
      if ports.outputs.isEmpty { Console.out("  no physical output") }
    } else {
      say("No JACK server is running: play starts one of its own.")
    }
    return .done
  }

  private static func say(_ text: String) {
    let indent = text.prefix { $0 == " " }.count
    Help.wrapped(String(text.dropFirst(indent)), indent: max(indent, 2), first: indent).forEach(Console.out)
  }
}
