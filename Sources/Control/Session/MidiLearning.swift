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
    // Asks by setting a copy: the same rules, the same errors.
    var patch = draft.patch
    try patch.setControl(control, of: knob, in: registry)
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
        let knob = try setControl(learned.control, of: learned.knob)
        notify(.midi, knob.facts(of: learned.control), except: nil)
      } catch {
        // The node has gone in the meantime.
        stopLearning()
        notify(.error, [.string(error.code.rawValue), .string(error.sentence)], except: nil)
      }
    }
  }

  func tickMidi() { if learning?.isOver(at: clock()) == true { stopLearning() } }

  /// Has a controller turn a knob, or (nil) none, in the draft and in what sounds: a step of the history.
  @discardableResult
  func setControl(_ control: MidiControl?, of knob: String) throws(PatchError) -> PortAddress {
    var patch = draft.patch
    let port = try patch.setControl(control, of: knob, in: registry)
    if let node = sounding(port.node) {
      recordKnobs()
      committed.patch.controls[PortAddress(node.id, port.port)] = control
      try? recompile()
      revision += 1
      history.record(committed, revision: revision)
    }
    draft.patch.controls[port] = control
    changeWaiting { $0.patch.controls[port] = $0.patch.nodes[port.node] == nil ? nil : control }
    return port
  }

  /// A controller has turned a knob of what sounds.
  func knobTurned(_ serial: Int, _ param: String, _ number: Float) {
    guard let id = committed.serials.first(where: { $0.value == serial })?.key,
      let spec = spec(of: PortAddress(id, param), in: committed.patch)
    else { return }
    let value = spec.value(of: number)
    committed.patch.nodes[id]?.params[param] = value
    let drafted = draft.serials[id] == serial ? id : draft.serials.first { $0.value == serial }?.key
    if let drafted { draft.patch.nodes[drafted]?.params[param] = value }
    changeWaiting { waiting in
      guard let other = waiting.serials.first(where: { $0.value == serial })?.key else { return }
      waiting.patch.nodes[other]?.params[param] = value
    }
    notify(.param, [.string(drafted ?? id), .string(param), value.osc], except: nil)
  }

  func spec(of knob: PortAddress, in patch: Patch) -> ParamSpec? {
    guard let node = patch.nodes[knob.node], let module = registry[node.type] else { return nil }
    return module.input(named: knob.port).map { module.inputs[$0] }
  }
}
