import Engine
import ModuleKit
import PatchKit

/// A parameter that waits for its controller.
struct MidiLearning {
  /// After a controller below 32, nanoseconds to wait for the one 32 above it: then the two are one of 14 bits.
  static let patience: UInt64 = 100_000_000

  /// Bank and parameter selection: sent before a program change or by a keyboard that starts, not by a hand.
  private static let selectors: Set = [0, 32, 98, 99, 100, 101]

  private(set) var parameter: String
  private(set) var control: MidiControl
  /// When it was learned; nil while it waits.
  private(set) var learnedAt: UInt64?

  init(_ parameter: String, _ control: MidiControl) {
    (self.parameter, self.control) = (parameter, control)
  }

  /// Considers a controller that has moved.
  ///
  /// - Returns: whether the control has become another one.
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

/// Controllers of MIDI that set parameters: learning, mapping, and the values they have set.
final class MidiMapping {
  private unowned let session: Session
  private var learning: MidiLearning?
  /// Reports of the audio thread, ever: more are to be expected soon.
  private(set) var reportCount = 0

  init(_ session: Session) { self.session = session }

  /// Whether a parameter waits for its controller.
  var isLearning: Bool { learning != nil }

  /// Maps the next controller that moves to a parameter.
  func learn(_ parameter: String, as control: MidiControl) throws(PatchError) {
    _ = try session.draft.patch.resolve(control, of: parameter, in: session.registry)
    learning = MidiLearning(parameter, control)
    session.plans.learn(true)
  }

  func stopLearning() {
    learning = nil
    session.plans.learn(false)
  }

  func tick() { if learning?.isOver(at: session.clock()) == true { stopLearning() } }

  /// Maps a controller to a parameter, or (nil) none, in the draft and in what sounds: a step of the history.
  @discardableResult
  func map(_ control: MidiControl?, to parameter: String, by client: Int) throws(PatchError) -> PortAddress {
    let port = try session.draft.patch.resolve(control, of: parameter, in: session.registry)
    let node = session.sounding(port.node)
    if node != nil {
      session.collectControllerValues()
      session.store.recordParameters()
    }
    session.store.setControl(control, of: port, sounding: node?.id, by: client)
    if node != nil {
      try? session.recompile()
      session.store.recordCommit()
    }
    return port
  }

  // MARK: Reports of the audio thread

  func receive(_ report: MidiReport) {
    reportCount += 1
    switch report.kind {
    case .program: session.programs.change(to: report.number, bank: report.value)
    case .controller: learn(from: report)
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
      // The node has gone in the meantime.
      stopLearning()
      session.notify(error)
    }
  }

  /// Stores the value that a controller has set a parameter of what sounds to.
  func receive(_ serial: Int, _ param: String, _ number: Float) {
    reportCount += 1
    let committed = session.committed
    guard let id = committed.serials.first(where: { $0.value == serial })?.key,
      let spec = session.spec(of: PortAddress(id, param), in: committed.patch)
    else { return }
    let value = spec.value(of: number), drafted = session.draft.id(of: serial, near: id) ?? id
    session.store.setParam(of: serial, near: id, param, to: value, by: Clients.own)
    session.notifyParam(drafted, param, value, except: nil)
  }
}

extension Session {
  func spec(of parameter: PortAddress, in patch: Patch) -> ParamSpec? {
    guard let node = patch.nodes[parameter.node], let module = registry[node.type] else { return nil }
    return module.input(named: parameter.port).map { module.inputs[$0] }
  }
}
