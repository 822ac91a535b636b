import DSP
import Engine
import PatchKit

extension Session {
  /// Notifies of datagrams that came faster than they could be received.
  func packetsLost(_ count: Int) {
    warn(PatchError(.overload, "\(count) packets so far came faster than they could be received, and were lost"))
  }

  /// Notifies of a fault in the sound.
  func heard(_ fault: EngineFault) {
    let id = committed.serials.first { $0.value == fault.node }?.key ?? Meters.outputs
    let level = fault.peak.isFinite ? "\(Int((Float.log2(max(fault.peak, 1e-6)) * 6.020_6).rounded())) dB" : "no number"
    let (code, words): (ErrorCode, String) =
      switch fault.kind {
      case .notFinite: (.notFinite, "made a sample that is not finite; it is muted, reset, and comes back")
      case .runaway: (.runaway, "its loop ran away to \(level) of full scale; it is muted, reset, and comes back")
      case .tooLoud: (.tooLoud, "louder than full scale by \(level)")
      case .overload: (.overload, "rendering takes \(Int(fault.peak * 100)) % of the time that there is")
      case .late:
        (.overload, "a thread that renders was late and had to be waited for, periods so far: \(Int(fault.peak))")
      case .thinned: (.overload, "the quietest \(Int(fault.peak)) voices were faded, so that the rest plays on")
      }
    warn(PatchError(code, words, at: Place(path: id)))
    if fault.kind == .overload { profile.ask(at: engine.frame, sampleRate: engine.sampleRate) }
  }

  /// Notifies the clients and the user.
  func warn(_ error: PatchError) {
    notify(error)
    onFault(error.described)
  }
}
