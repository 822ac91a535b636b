import DSP
import PatchKit

/// Name and versions, as reported by `/version` and `weft --version`.
public enum Version {
  public static let name = "weft"
  public static let version = "0.1.0"
  /// Incremented when a command changes its meaning.
  public static let `protocol` = 2
}

extension CommandTable {
  static let engineCommands: [Command] = [
    Command("/status", [], "Reports engine status as name/value pairs; level is the peak of the outputs in dB") {
      session, call in
      .done(StatusReport(session: session).values.flatMap { [.string($0.name), $0.value] })
    },
    Command("/engine/volume", [.number("dB")], "Sets the master volume, -120 (silent) to 24 dB") {
      session, call throws(PatchError) in
      let decibels = call.number(0)
      guard (-120...24).contains(decibels) else { throw PatchError(.range, "the volume is -120 to 24 dB") }
      let gain = decibels <= -120 ? 0 : Float.exp2(Float(decibels) / 6.020_6)
      guard session.plans.setVolume(gain, at: call.frame) else {
        throw PatchError(.busy, "the event queue is full; this event was dropped")
      }
      session.volume = Float(decibels)
      return .done([.float(Float(decibels))])
    },
    Command(
      "/sync", [.integer("number", .optional)], "Answers /synced when everything sent before it has been processed"
    ) { session, call in
      session.barriers.add(
        call, after: session.commits.lastTicket, session.soundQueue.lastNumber, session.files.writing.last)
      return .replied
    },
    Command("/version", [], "Returns name, version and protocol version") { _, _ in
      .done([.string(Version.name), .string(Version.version), .int32(Int32(Version.protocol))])
    },
    Command("/quit", [], "Ends the program") { session, call in
      call.done()
      session.onQuit()
      return .replied
    },
  ]
}

/// The values of `/status`.
private struct StatusReport {
  let session: Session

  var values: [(name: String, value: OSCArgument)] {
    let host = session.hostStatus(), engine = session.engine, committed = session.committed.patch
    let queue = session.automation.queue
    func count(_ value: Int) -> OSCArgument { .int32(Int32(clamping: value)) }
    return [
      ("host", .string(host.name)), ("rate", .float(Float(engine.sampleRate))), ("period", count(host.period)),
      ("load", .float(Float(host.meanLoad))), ("peak", .float(Float(host.peakLoad))), ("xruns", count(host.xruns)),
      ("nodes", count(committed.nodes.count)), ("cables", count(committed.cables.count)),
      ("voices", count(committed.voices)), ("sounding", count(engine.soundingVoices)),
      ("memory", count((session.plans.usedMemory?() ?? 0) >> 20)),
      ("memory-limit", count(session.plans.memoryLimit >> 20)),
      ("revision", count(session.store.revision)),
      ("scheduled", count(queue.total.commands)),
      ("scheduled-bytes", count(queue.total.bytes)),
      ("late", count(session.automation.lateCount + engine.lateCount)),
      ("dropped", count(engine.droppedCount + session.plans.refusedEvents)), ("failed", count(session.failureCount)),
      ("level", .float(max(-120, Float.log2(max(engine.outputPeak, 1e-6)) * 6.020_6))),
      ("loud", count(engine.loudCount)), ("threads", count(engine.threads)),
      ("late-threads", count(engine.lateWorkerCount)),
      ("malformed", count(session.malformedCount())),
    ] + session.serverCounts().map { ($0.name, count($0.count)) }
  }
}
