import Engine
import ModuleKit
import PatchKit

/// Sets macros: by requests, snapshots and MIDI controllers. A target may also be set directly; the last writer wins.
final class Macros {
  unowned let session: Session
  private var grips: [String: Grip] = [:]
  /// The last upper seven bits of 14-bit controllers, by channel and number.
  private var coarse: [Int: Int] = [:]

  init(_ session: Session) { self.session = session }

  /// Soft takeover of a macro by a controller: it is effective once the controller has met the value.
  private struct Grip {
    var control: MidiControl
    var position: Float?
    /// The value that it has set; nil before takeover.
    var value: Float?
  }

  /// The patch in which a macro is looked up: the draft, else the committed patch.
  private func patch(with name: String) -> Patch {
    let draft = session.draft.patch, committed = session.committed.patch
    return !draft.has(.macro(name)) && committed.has(.macro(name)) ? committed : draft
  }

  func macro(_ name: String) throws(PatchError) -> Macro { try patch(with: name).macro(name) }

  /// Sets a macro and the parameters that it drives; all of them, or none on an error.
  func set(
    _ name: String, to value: Float, over seconds: Double = 0, at frame: Int? = nil, by client: Int,
    except: AnyHashable? = nil
  ) throws(PatchError) {
    let patch = patch(with: name), macro = try patch.macro(name)
    guard (0...1).contains(value) else {
      throw PatchError(.range, "a macro is set from 0 to 1, not to \(value.shortText)")
    }
    let changes = patch.values(of: macro, at: value, in: session.registry)
    guard changes.count <= session.plans.eventRoom else {
      throw PatchError(.busy, "\(changes.count) parameters at once are too many while earlier ones are queued")
    }
    for (param, number) in changes {
      let set = try session.parameters.set(param.node, param.port, number, over: seconds, at: frame, by: client)
      session.parameters.notify(param.node, param.port, set, over: seconds, except: nil)
    }
    store(name, value, seconds, client, except: except)
  }

  /// Sets the values of macros without their targets, which have their own values in a snapshot.
  func recall(_ values: [String: Float], seconds: Double, by client: Int) {
    for (name, value) in values.sorted(by: { $0.key < $1.key }) {
      guard let macro = try? macro(name), macro.value != value else { continue }
      store(name, value, seconds, client, except: nil)
    }
  }

  private func store(_ name: String, _ value: Float, _ seconds: Double, _ client: Int, except: AnyHashable?) {
    session.store.setMacro(name, to: value, by: client)
    session.notify(.macro, [.string(name), .float(value), .float(Float(seconds))], except: except)
  }

  // MARK: MIDI

  /// Sets the macros mapped to a controller.
  func receive(_ report: MidiReport) {
    let controls = session.committed.patch.controls.filter { $0.key.macro != nil }
    if controls.isEmpty { return }
    if report.number < 32 { coarse[report.channel << 8 | report.number] = report.value }
    for (port, control) in controls.sorted(by: { $0.key < $1.key }) {
      guard let name = port.macro, control.channel == 0 || control.channel == report.channel,
        let place = place(of: control, report)
      else { continue }
      let from = control.from ?? 0, to = control.to ?? 1
      turn(name, control, to: from + (to - from) * place)
    }
  }

  /// The position of a controller, 0 to 1; nil for a report of another one.
  private func place(of control: MidiControl, _ report: MidiReport) -> Float? {
    if !control.isFine { return report.number == control.controller ? Float(report.value) / 127 : nil }
    let upper = coarse[report.channel << 8 | control.controller] ?? 0
    if report.number == control.controller { return Float(upper << 7) / 16_383 }
    return report.number == control.controller + 32 ? Float(upper << 7 | report.value) / 16_383 : nil
  }

  private func turn(_ name: String, _ control: MidiControl, to position: Float) {
    guard let value = try? macro(name).value else { return }
    var grip = grips[name] ?? Grip(control: control)
    if grip.control != control { grip = Grip(control: control) }
    // It has been set by another source since.
    if grip.value != value { grip.value = nil }
    let before = grip.position ?? position
    let meets = min(before, position) - 0.02 <= value && value <= max(before, position) + 0.02
    grip.position = position
    defer { grips[name] = grip }
    guard grip.value != nil || meets else { return }
    if (try? set(name, to: min(max(position, 0), 1), by: Clients.own)) != nil {
      grip.value = try? macro(name).value
    }
  }
}
