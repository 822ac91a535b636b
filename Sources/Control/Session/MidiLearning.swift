import Engine
import ModuleKit
import PatchKit

/// A knob that waits for its controller.
struct MidiLearning {
  /// After a controller below 32 this many nanoseconds for the one 32 above it: then the two are one of 14 bits.
  static let patience: UInt64 = 100_000_000

  /// Banks and parameters are selected by these, before a program change or by a keyboard that starts: nobody's hand.
  private static let selectors: Set = [0, 32, 98, 99, 100, 101]

  private(set) var knob: String
  private(set) var control: MidiControl
  /// When it was learned; nil while it waits.
  private(set) var learnedAt: UInt64?

  init(_ knob: String, _ control: MidiControl) {
    (self.knob, self.control) = (knob, control)
  }

  /// Takes in that a controller has moved. Returns whether the control has become another one.
  mutating func hear(controller: Int, channel: Int, at now: UInt64) -> Bool {
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

extension Session {
  /// The next controller that moves shall turn `knob`.
  func learn(_ knob: String, as control: MidiControl) throws(PatchError) {
    _ = try draft.patch.resolve(control, of: knob, in: registry)
    learning = MidiLearning(knob, control)
    plans.learn(true)
  }

  func stopLearning() {
    learning = nil
    plans.learn(false)
  }

  func hear(_ report: MidiReport) {
    switch report.kind {
    case .program: chooseProgram(report.number, bank: report.value)
    case .controller:
      guard learning?.hear(controller: report.number, channel: report.channel, at: clock()) == true,
        let learned = learning
      else { return }
      do throws(PatchError) {
        let knob = try setControl(learned.control, of: learned.knob, by: Clients.own)
        notify(.midi, knob.facts(of: learned.control), except: nil)
      } catch {
        // The node has gone in the meantime.
        stopLearning()
        notify(error)
      }
    }
  }

  func tickMidi() { if learning?.isOver(at: clock()) == true { stopLearning() } }

  /// Has a controller turn a knob, or (nil) none, in the draft and in what sounds: a step of the history.
  @discardableResult
  func setControl(_ control: MidiControl?, of knob: String, by client: Int) throws(PatchError) -> PortAddress {
    let port = try draft.patch.resolve(control, of: knob, in: registry)
    let node = sounding(port.node)
    if node != nil {
      collectControllerValues()
      store.recordParameters()
    }
    store.setControl(control, of: port, sounding: node?.id, by: client)
    if node != nil {
      try? recompile()
      store.recordCommit()
    }
    return port
  }

  /// A controller has turned a knob of what sounds.
  func knobTurned(_ serial: Int, _ param: String, _ number: Float) {
    guard let id = committed.serials.first(where: { $0.value == serial })?.key,
      let spec = spec(of: PortAddress(id, param), in: committed.patch)
    else { return }
    let value = spec.value(of: number), drafted = draft.id(of: serial, near: id) ?? id
    store.setParam(of: serial, near: id, param, to: value, by: Clients.own)
    notifyParam(drafted, param, value, except: nil)
  }

  func spec(of knob: PortAddress, in patch: Patch) -> ParamSpec? {
    guard let node = patch.nodes[knob.node], let module = registry[node.type] else { return nil }
    return module.input(named: knob.port).map { module.inputs[$0] }
  }
}
