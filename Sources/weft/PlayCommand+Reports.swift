import Control
import Engine
import Hosts
import PatchKit

/// The last reports of `PlayCommand`.
struct PlayReports {
  /// The patch whose latency the audio server knows.
  var patch: Patch?
  var sampleRate = 0.0
  /// Events that found no room or no node, and when that was reported.
  var drops = 0
  var dropsAt: UInt64 = 0
  /// Refused requests that were printed in the second that began then, and those that were not.
  var refusals = 0, unprinted = 0
  var refusalsAt: UInt64 = 0
  /// Failures of the score that were printed.
  var scoreFailures = 0
  static let refusalsPerSecond = 5
}

/// Reports of what has changed since the last look.
extension PlayCommand {
  /// The limiter and the patch delay the sound: the audio server knows by how much.
  func reportLatency() {
    let patch = session.soundingPatch, rate = session.engine.sampleRate
    guard patch != reports.patch || rate != reports.sampleRate else { return }
    (reports.patch, reports.sampleRate) = (patch, rate)
    host.report(latency: session.engine.limiterLatency + patch.latencyFrames(in: registry, sampleRate: rate))
  }

  /// Notes and messages that were dropped, at most once a second.
  func reportDrops() {
    let drops = session.engine.droppedCount + session.plans.refusedEvents, now = ControlLoop.now
    guard drops > reports.drops, now - reports.dropsAt > 1_000_000_000 else { return }
    let text = "\(drops - reports.drops) notes or messages found no node that receives notes, or no room"
    (reports.drops, reports.dropsAt) = (drops, now)
    session.report(PatchError(.overload, text), from: "/midi")
    Console.warn(text)
  }

  /// A refused request of another program, at most some a second.
  func reportRefusal(_ address: String, _ error: PatchError, _ requester: Requester) {
    guard let sender = requester.id else { return }
    reportUnprinted()
    let now = ControlLoop.now
    if now - reports.refusalsAt > 1_000_000_000 { (reports.refusals, reports.refusalsAt) = (0, now) }
    reports.refusals += 1
    guard reports.refusals <= PlayReports.refusalsPerSecond else { return reports.unprinted += 1 }
    Console.warn("\(sender): \(address): \(error.place.path.map { $0 + ": " } ?? "")\(error.sentence)")
  }

  /// The number of refused requests that were not printed, when their second is over.
  func reportUnprinted() {
    guard reports.unprinted > 0, ControlLoop.now - reports.refusalsAt > 1_000_000_000 else { return }
    Console.warn("\(reports.unprinted) more refused requests")
    reports.unprinted = 0
  }

  /// Sound cards and MIDI inputs: those in use, and those that were asked for and are not there.
  func report(_ server: AudioServer) {
    if let name = server.name { Console.say("Other programs join it with JACK_DEFAULT_SERVER=\(name).") }
    for card in server.refused { Console.warn("no JACK server starts on sound card \(card)") }
    if server.isSilent {
      Console.warn(
        "nothing is heard, as no sound card plays: weft devices lists the cards, weft render writes a sound file")
    }
    let sources = host.midiSources, accepted = sources.filter(\.isAccepted).map(\.name)
    if case .named(let name) = host.midi, accepted.isEmpty {
      let others = sources.isEmpty ? "there is none" : "there are " + sources.map(\.name).joined(separator: ", ")
      Console.warn("no MIDI input is named \(name): \(others)")
    }
    if !accepted.isEmpty, !arguments.has("no-connect") {
      Console.say("MIDI from \(accepted.joined(separator: ", ")).")
    }
  }

  /// - Throws: `.busy` with the program that has the port, where that is a weft.
  static func listen(
    _ session: Session, _ loop: ControlLoop, _ place: (host: String, port: Int)
  ) throws(PatchError) -> SessionServer {
    do throws(PatchError) {
      return try SessionServer(session, loop: loop, host: place.host, port: place.port)
    } catch {
      guard error.code == .busy else { throw error }
      var error = error
      let caller = try? OSCCaller(host: place.host == "0.0.0.0" ? "localhost" : place.host, port: place.port)
      var version: OSCMessage?
      let outcome = try? caller?.call(OSCMessage("/version"), timeout: 1) { version = version ?? $0 }
      if case .done = outcome, let texts = version?.arguments.compactMap(\.text), texts.contains("weft") {
        error.message += ", by another weft (version \(texts.last ?? ""))"
      }
      error.message += "; choose another port with --osc PORT, or --osc 0 for any"
      throw error
    }
  }
}
