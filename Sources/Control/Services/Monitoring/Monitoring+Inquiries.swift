import Engine
import PatchKit

/// A request that is answered after a measurement.
struct Inquiry {
  enum Question {
    /// Peak and RMS of a target.
    case level(String)
    /// The place where the signal of a node or of the outputs ends.
    case silence(String?)
  }
  var question: Question
  var call: Call
  /// The frame at which the measurement ends.
  var endFrame: Int
  /// Timeout of the measurement, in nanoseconds of the session's clock.
  var deadline: UInt64
  /// Levels of the metered target.
  var levels: [ChannelLevel] = []
  /// The peak of each output, by serial of the node.
  var peaks: [Int: [Float]] = [:]

  mutating func add(_ peak: Float, of serial: Int, _ port: Int) {
    var peaks = peaks[serial] ?? []
    while peaks.count <= port { peaks.append(0) }
    peaks[port] = max(peaks[port], peak)
    self.peaks[serial] = peaks
  }

  /// The target whose meter is needed.
  var metered: String? {
    switch question {
    case .level(let target): target
    case .silence: SignalAddress.outputs
    }
  }
  var wantsLevels: Bool { if case .silence = question { true } else { false } }
}

extension Monitoring {
  /// Seconds of measuring for a level, and for an explanation of silence.
  private static let levelSeconds = 0.1, silenceSeconds = 0.25
  /// Timeout without rendered frames, seconds.
  private static let patience = 2.0
  private static let limit = 256

  /// Measures a target's level and answers `call`.
  func measureOnce(_ target: String, _ call: Call) throws(PatchError) {
    try checkMeterLimit(target)
    try ask(.level(target), call, seconds: Monitoring.levelSeconds)
  }

  /// Finds the places where the signal ends and answers `call`.
  func explainSilence(_ id: String?, _ call: Call) throws(PatchError) {
    try ask(.silence(id), call, seconds: Monitoring.silenceSeconds)
  }

  private func ask(_ question: Inquiry.Question, _ call: Call, seconds: Double) throws(PatchError) {
    guard inquiries.count < Monitoring.limit else {
      throw PatchError(.busy, "\(Monitoring.limit) measurements are in progress already")
    }
    // Readings are 10 ms apart; the first follows the audio thread's receipt of the request.
    let frames = Int((seconds + 0.05) * engine.sampleRate)
    inquiries.append(
      Inquiry(
        question: question, call: call, endFrame: engine.frame + frames,
        deadline: session.clock() + UInt64(Monitoring.patience * 1e9)))
    tick()
  }

  func answerInquiries() {
    let frame = engine.frame, now = session.clock()
    let due = inquiries.filter { frame >= $0.endFrame || now >= $0.deadline }
    guard !due.isEmpty else { return }
    inquiries.removeAll { frame >= $0.endFrame || now >= $0.deadline }
    for inquiry in due {
      let isRendered = frame >= inquiry.endFrame
      switch inquiry.question {
      case .level(let target): answerLevel(inquiry, target, isRendered: isRendered)
      case .silence(let id): answerSilence(inquiry, id, isRendered: isRendered)
      }
    }
  }

  private func answerLevel(_ inquiry: Inquiry, _ target: String, isRendered: Bool) {
    guard isRendered else {
      return session.fail(inquiry.call, PatchError(.noAudio, "no audio server runs, so nothing can be measured"))
    }
    // A node of which all voices are idle is not rendered.
    let channels = session.committed.patch.nodes[target].flatMap { session.registry[$0.type]?.outputs.count } ?? 0
    let silent = [ChannelLevel](repeating: ChannelLevel(), count: channels)
    let levels = inquiry.levels.isEmpty ? silent : inquiry.levels
    inquiry.call.done([.string(target)] + levels.values)
  }

  private func answerSilence(_ inquiry: Inquiry, _ id: String?, isRendered: Bool) {
    let findings = findings(inquiry, id, isRendered: isRendered)
    for finding in findings {
      inquiry.call.item([
        .string(finding.node), .string(finding.reason.rawValue), .string(finding.sentence), .string(finding.remedy),
      ])
    }
    inquiry.call.done([.int32(Int32(findings.count))])
  }

  private func findings(_ inquiry: Inquiry, _ id: String?, isRendered: Bool) -> [SilenceSearch.Finding] {
    let out = SignalAddress.outputs, committed = session.committed
    func finding(_ reason: SilenceSearch.Finding.Reason, _ sentence: String, _ remedy: String)
      -> SilenceSearch.Finding
    { SilenceSearch.Finding(node: out, reason: reason, sentence: sentence, remedy: remedy) }
    guard isRendered else {
      return [
        finding(
          .noAudio, "nothing is rendered: the audio server has stopped or does not respond", "weft play --server auto")
      ]
    }
    if let id, committed.serials[id] == nil {
      return [
        SilenceSearch.Finding(
          node: id, reason: .notCommitted, sentence: "it is in the draft only", remedy: "/patch/commit")
      ]
    }
    var search = SilenceSearch(committed.patch, in: session.registry)
    for (id, serial) in committed.serials {
      guard let peaks = inquiry.peaks[serial],
        let module = committed.patch.nodes[id].flatMap({ session.registry[$0.type] })
      else { continue }
      for (output, peak) in zip(module.outputs, peaks) { search.peaks[PortAddress(id, output.name)] = peak }
    }
    search.outputPeak = inquiry.levels.map(\.peak).max() ?? 0
    search.soundingVoices = engine.soundingVoices
    let muted = session.faults.muted
    search.muted = Set(committed.serials.filter { muted.contains($0.value) }.keys)
    search.unreadable = session.faults.unreadable
    // Faults behind the patch, reported in any case.
    var after: [SilenceSearch.Finding] = []
    if session.volume <= -120 {
      after.append(finding(.volume, "the master volume is at its lowest", "/engine/volume 0"))
    }
    if session.hostStatus().connectedOutputs == 0 {
      let remedy = "jack_connect, or weft play without --no-connect"
      after.append(finding(.notConnected, "the output ports are connected to nothing", remedy))
    }
    // The master volume silences the outputs, not the patch.
    if session.volume <= -120, id == nil, search.isFed { return after }
    return after + (id.map { search.explainNode($0) } ?? search.explainOutputs())
  }
}
