import PatchKit
import Tracks

/// The track follows the host's transport where that is asked for.
extension TrackService {
  /// Seconds by which the track may be off before it is sought.
  private static let tolerance = 0.05

  /// - Throws: `.noAudio` without a transport.
  func follow(_ isOn: Bool) throws(PatchError) {
    if isOn, session.transport()?.place == nil {
      throw PatchError(.noAudio, "there is no transport to follow: the audio server has stopped")
    }
    followsTransport = isOn
  }

  /// Plays, pauses and seeks as the transport does.
  func followTransport() {
    guard followsTransport, !isStarting, let loaded, let transport = session.transport(), let place = transport.place
    else { return }
    let frame = session.engine.frame, wanted = place + (transport.isRolling ? frame - transport.frame : 0)
    guard transport.isRolling, wanted < loaded.score.frames else {
      if state == .playing { try? pause() }
      return
    }
    let off = Double((position - wanted).magnitude) / loaded.score.rate
    if state == .playing, off < Self.tolerance { return }
    isStarting = true
    let call = Call(own: "/track/transport")
    do throws(PatchError) {
      try session.soundQueue.perform(call) { [unowned self] _ throws(PatchError) in
        let missing = session.soundQueue.missingSounds(of: TrackService.clips(of: loaded.score))
        guard missing.isEmpty else { return .sounds(missing) }
        isStarting = false
        let start = nextFrame, now = session.transport()
        guard let now, let place = now.place, now.isRolling else { return .nothing }
        let first = place + start - now.frame
        if first >= 0, first < loaded.score.frames { try begin(loaded, from: first, at: start) }
        return .nothing
      }
    } catch {
      isStarting = false
      session.faults.warn(error)
    }
  }
}
