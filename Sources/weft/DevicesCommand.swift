import Hosts
import PatchKit

/// `weft devices`: sound cards and MIDI inputs, as `weft play` chooses among them.
enum DevicesCommand {
  static func run(_ arguments: Arguments) throws -> ExitCode {
    // It may not answer; the cards are listed in any case, and that is reported below.
    try? PipeWireJack.restartIfNeeded()
    let cards = SoundCard.all()
    Console.out("Sound cards, in the order in which play tries them (play --device NAME):")
    let width = (cards.map(\.shortName.count).max() ?? 0) + 2
    for card in cards {
      let name = card.shortName + String(repeating: " ", count: width - card.shortName.count)
      Console.out("  \(name)\(card.title) (\(card.records ? "plays and records" : "plays"))")
      if let obstacle = card.obstacle() { Console.out("    \(obstacle)") }
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
      Console.out("\(kind) is running and is used unless --device is given; it plays on:")
      for name in ports.outputs { Console.out("  \(name)") }
      if ports.outputs.isEmpty { Console.out("  no physical output") }
    } else {
      Console.out("No JACK server is running: play starts one of its own.")
    }
    return .done
  }
}
