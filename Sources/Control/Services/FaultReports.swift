import DSP
import Engine
import PatchKit

/// Faults of the audio side: reported to all subscribers, and stored for `/why`.
final class FaultReports {
  private unowned let session: Session
  /// The frame of the last fault of each node muted for it, by serial.
  private var faultFrames: [Int: Int] = [:]
  /// Committed nodes whose file could not be read.
  private(set) var unreadable: Set<String> = []
  /// Maximum seconds for which a node is muted after a fault.
  private static let longestMute = 5.0

  init(_ session: Session) { self.session = session }

  /// The serials of nodes that are muted, or were a few seconds ago.
  var muted: Set<Int> {
    let recently = session.engine.frame - Int(FaultReports.longestMute * session.engine.sampleRate)
    return Set(faultFrames.filter { $0.value > recently }.keys)
  }

  /// Reports a fault of the audio side.
  func receive(_ fault: EngineFault) {
    let id = session.committed.serials.first { $0.value == fault.node }?.key ?? SignalAddress.outputs
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
    if fault.kind == .overload { session.monitoring.explainOverload() }
    if fault.kind == .notFinite || fault.kind == .runaway { faultFrames[fault.node] = session.engine.frame }
  }

  /// Reports an unreadable sound file; its node is silent.
  func receive(unreadable error: PatchError) {
    if let node = error.place.path?.split(separator: "/").first { unreadable.insert(String(node)) }
    var reported = error
    reported.message += "; it stays silent"
    session.notifyAll(reported, after: session.commits.lastCall)
    session.onUnreadable(error)
  }

  /// Clears the unreadable files before a commit, which reads them again.
  func beginCommit() { unreadable = [] }

  /// Reports datagrams dropped by the system.
  func packetsLost(_ count: Int) {
    warn(PatchError(.overload, "\(count) packets have been lost so far: they came faster than they could be received"))
  }

  /// Notifies the clients and the user.
  func warn(_ error: PatchError) {
    session.notify(error)
    session.onFault(error.described)
  }
}
