import Engine
import ModuleKit
import PatchKit

extension CommandTable {
  static let parameterCommands: [Command] = [
    Command(
      "/mod/ID/PARAM", [.value("value", .optional), .number("seconds", .optional), .value("curve", .optional)],
      "Sets a parameter in the draft and in the committed patch, smoothed or over seconds; the curve is "
        + "\(AutomationCurve.names.map(\.name).joined(separator: ", ")) or a bend from -20 to 20 "
        + "(linear unless given; frequencies and times move evenly in octaves). A pitch or frequency may be a note name "
        + "such as C#4. Without a value, returns it",
      .editIf { !$0.isEmpty }
    ) { session, call throws(PatchError) in
      let id = call.names[0], param = call.names[1]
      if call.arguments.isEmpty { return .done([try session.parameters.value(id, param).osc]) }
      let value = call.value(0), seconds = try call.rampSeconds(1), curve = try call.curve(2)
      if session.parameters.isFile(id, param) {
        try session.parameters.setFile(id, param, value, call)
        return .replied
      }
      let set = try session.parameters.set(
        id, param, value, over: seconds, curve: curve, at: call.frame, by: session.client(of: call))
      session.parameters.notify(id, param, set, over: seconds, curve: curve, except: call.requester.id)
      return .done([set.osc])
    }
  ]
}

extension Call {
  /// The curve of an automation segment.
  func curve(_ index: Int) throws(PatchError) -> AutomationCurve {
    guard index < arguments.count else { return .natural }
    guard let name = optionalText(index) else {
      let bend = Float(number(index))
      guard AutomationCurve.bends.contains(bend) else { throw PatchError(.range, "the bend of a curve is -20 to 20") }
      return .bent(bend)
    }
    return try AutomationCurve(named: name)
  }
}

extension AutomationCurve {
  /// The curve's name or bend; an empty string for the default curve.
  var osc: OSCArgument {
    if case .bent(let bend) = self { return .float(bend) }
    return .string(AutomationCurve.names.first { $0.curve == self }?.name ?? "")
  }

  init(named name: String) throws(PatchError) {
    guard let known = AutomationCurve.names.first(where: { $0.name == name }) else {
      throw PatchError(
        .range, "there is no curve \(name)",
        suggestions: Nearest.names(to: name, among: AutomationCurve.names.map(\.name)))
    }
    self = known.curve
  }
}
