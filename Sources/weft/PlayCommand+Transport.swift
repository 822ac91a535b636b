import Control
import Engine

/// JACK's time.
extension PlayCommand {
  /// JACK's transport, with the tempo of the own clock where no master tells one.
  var transport: Transport? {
    guard let place = host.transport else { return nil }
    let own = session.ownTempo
    if let beats = place.beats {
      return Transport(
        isRolling: place.isRolling, frame: place.engineFrame, beat: beats.beat, beatsPerMinute: beats.beatsPerMinute,
        beatsPerBar: beats.beatsPerBar)
    }
    return Transport(
      isRolling: place.isRolling, frame: place.engineFrame,
      beat: Double(place.frame) / session.engine.sampleRate * own.beatsPerMinute / 60,
      beatsPerMinute: own.beatsPerMinute, beatsPerBar: own.beatsPerBar)
  }

  /// The control side's turn before a period that JACK does not play in real time: nothing comes late.
  func freewheel() {
    playScore(ahead: host.period)
    session.tick()
    host.proceed()
  }
}
