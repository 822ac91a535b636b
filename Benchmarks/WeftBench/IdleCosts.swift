import Engine
import ModuleKit
import PatchKit

/// `weft-bench idle-voices`: cost of a polyphonic patch without notes, against full play.
enum IdleCosts {
  static let seconds = 4

  static func run(_ registry: Registry) throws {
    print("ns per sample   all voices play   none plays    share")
    for voices in [8, 64, 512] {
      let host = BenchHost(registry)
      try host.commit(Workload.rest.patch(voices))
      host.settle()
      host.plans.together { for i in 0..<voices { _ = host.plans.play(note(.on, i)) } }
      let played = try cost(host, sounding: voices)
      _ = host.plans.play(NoteEvent(.allOff))
      let idle = try cost(host, sounding: 0)
      print(
        Table.left("\(voices) voices", 16) + Table.left(Table.number(played, digits: 1), 18)
          + Table.left(Table.number(idle, digits: 1), 14) + Table.number(100 * idle / played, digits: 2) + " %")
    }
  }

  private static func cost(_ host: BenchHost, sounding: Int) throws -> Double {
    host.render(frames: BenchHost.rate)
    guard host.engine.soundingVoices == sounding else { throw Failure("\(host.engine.soundingVoices) voices sound") }
    let frames = seconds * BenchHost.rate
    return Stopwatch.median(rounds: 5) { host.render(frames: frames) } / Double(frames) * 1e9
  }

  private static func note(_ kind: NoteEvent.Kind, _ index: Int) -> NoteEvent {
    NoteEvent(kind, id: Int32(index + 1), key: 30 + Float(index % 64), value: 0.8, isNamed: true)
  }
}
