import Control
import Engine

/// JACK transport and freewheeling.
extension PlayCommand {
  /// JACK's transport, with the tempo of the session's clock if there is no timebase master.
  var transport: Transport? {
    guard let place = host.transport else { return nil }
    let own = session.ownTempo
    if let beats = place.beats {
      return Transport(
        isRolling: place.isRolling, frame: place.engineFrame, beat: beats.beat, beatsPerMinute: beats.beatsPerMinute,
        beatsPerBar: beats.beatsPerBar, place: place.frame)
    }
    return Transport(
      isRolling: place.isRolling, frame: place.engineFrame,
      beat: Double(place.frame) / session.engine.sampleRate * own.beatsPerMinute / 60,
      beatsPerMinute: own.beatsPerMinute, beatsPerBar: own.beatsPerBar, place: place.frame)
  }

  /// Runs the control side before a freewheel period, so that no event is late.
  func freewheel() {
    playScore(ahead: host.period)
    session.tick()
    host.proceed()
  }
}
