import Engine
import ModuleKit
import PatchKit

/// MIDI learn: a parameter that waits for its controller.
struct MidiLearning {
  /// Nanoseconds to wait, after a controller below 32, for the one 32 above it: the pair is one 14-bit controller.
  static let patience: UInt64 = 100_000_000

  /// Bank and parameter selection: sent before a program change or by a starting keyboard, not by a player.
  private static let selectors: Set = [0, 32, 98, 99, 100, 101]

  private(set) var parameter: String
  private(set) var control: MidiControl
  /// The time of learning; nil while waiting.
  private(set) var learnedAt: UInt64?

  init(_ parameter: String, _ control: MidiControl) {
    (self.parameter, self.control) = (parameter, control)
  }

  /// Processes a controller message.
  ///
  /// - Returns: true if the control has changed.
  mutating func consider(controller: Int, channel: Int, at now: UInt64) -> Bool {
    if MidiLearning.selectors.contains(controller) { return false }
    guard learnedAt != nil else {
      (control.controller, control.channel) = (controller, channel)
      learnedAt = now
      return true
    }
    guard !control.isFine, control.controller < 32, controller == control.controller + 32, channel == control.channel
    else { return false }
    control.isFine = true
    return true
  }

  func isOver(at now: UInt64) -> Bool { learnedAt.map { now > $0 + MidiLearning.patience } ?? false }
}

/// MIDI controllers that set parameters: learning, mapping, and the values that they have set.
final class MidiMapping {
  private unowned let session: Session
  private var learning: MidiLearning?
  /// Number of reports from the audio thread; a change means that more will probably follow soon.
  private(set) var reportCount = 0

  init(_ session: Session) { self.session = session }

  /// True while a parameter waits for its controller.
  var isLearning: Bool { learning != nil }

  /// Maps the next controller that moves to a parameter.
  func learn(_ parameter: String, as control: MidiControl) throws(PatchError) {
    _ = try session.draft.patch.resolve(control, of: parameter, in: session.registry)
    learning = MidiLearning(parameter, control)
    session.plans.learn(true)
  }

  func stopLearning() {
    learning = nil
    updateReports()
  }

  func tick() {
    if learning?.isOver(at: session.clock()) == true { stopLearning() }
    if session.store.seq != seenSeq { updateReports() }
  }
  private var seenSeq = -1

  /// Has the audio thread report controllers while a parameter learns or a macro has one: macros are driven here.
  private func updateReports() {
    seenSeq = session.store.seq
    session.plans.learn(learning != nil || session.committed.patch.controls.keys.contains { $0.macro != nil })
  }

  /// Maps a controller to a parameter, or (nil) removes the mapping, in the draft and the committed patch: a step of
  /// the history.
  @discardableResult
  func map(_ control: MidiControl?, to parameter: String, by client: Int) throws(PatchError) -> PortAddress {
    let port = try session.draft.patch.resolve(control, of: parameter, in: session.registry)
    let isMacro = port.macro != nil
    let node = isMacro && session.committed.patch.has(port) ? port.node : session.parameters.sounding(port.node)?.id
    if node != nil {
      session.collectControllerValues()
      session.store.recordParameters()
    }
    session.store.setControl(control, of: port, sounding: node, by: client)
    if node != nil {
      if !isMacro { try? session.commits.recompile() }
      session.store.recordCommit()
    }
    updateReports()
    return port
  }

  // MARK: Reports of the audio thread

  func receive(_ report: MidiReport) {
    reportCount += 1
    switch report.kind {
    case .program: session.programs.change(to: report.number, bank: report.value)
    case .controller:
      learn(from: report)
      session.macros.receive(report)
    }
  }

  private func learn(from report: MidiReport) {
    guard learning?.consider(controller: report.number, channel: report.channel, at: session.clock()) == true,
      let learned = learning
    else { return }
    do throws(PatchError) {
      let parameter = try map(learned.control, to: learned.parameter, by: Clients.own)
      session.notify(.midi, parameter.facts(of: learned.control), except: nil)
    } catch {
      // The node has been deleted in the meantime.
      stopLearning()
      session.notify(error)
    }
  }

  /// Stores the value of a committed parameter that a controller has set.
  func receive(_ serial: Int, _ param: String, _ number: Float) {
    reportCount += 1
    let committed = session.committed
    guard let id = committed.serials.first(where: { $0.value == serial })?.key,
      let spec = committed.patch.spec(of: PortAddress(id, param), in: session.registry)
    else { return }
    let value = spec.value(of: number), drafted = session.draft.id(of: serial, near: id) ?? id
    session.store.setParam(of: serial, near: id, param, to: value, by: Clients.own)
    session.parameters.notify(drafted, param, value, except: nil)
  }
}

extension Patch {
  /// The spec of a parameter; nil for an unknown node, module or parameter.
  func spec(of parameter: PortAddress, in registry: Registry) -> ParamSpec? {
    guard let node = nodes[parameter.node], let module = registry[node.type] else { return nil }
    return module.input(named: parameter.port).map { module.inputs[$0] }
  }
}
