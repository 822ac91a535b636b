import Control

/// The commands of a guest: notes, macros and queries.
package enum GuestRules {
  private static let plain: Set = [
    "/patch/get", "/patch/list", "/patch/nodes", "/patch/cables", "/patch/diff", "/snap/list", "/macro/list",
    "/midi/list",
    "/registry/list", "/registry/get", "/samples/list", "/preset/list", "/track/status", "/track/steps",
    "/schedule/list", "/record/status", "/status",
    "/version", "/sync", "/why", "/level", "/notify", "/edits", "/client/name", "/client/select", "/meter", "/meters",
    "/probe", "/scope", "/spectrum", "/tuner", "/profile", "/note/on", "/note/off", "/note/bend", "/note/pressure",
    "/note/timbre", "/note/param", "/note/alloff", "/note/panic",
  ]
  /// Commands that are queries without arguments.
  private static let silent: Set = ["/clock", "/patch/history"]
  private static let macroEdits: Set = ["/macro/add", "/macro/remove", "/macro/move", "/macro/label", "/macro/set"]

  package static func allows(_ message: OSCMessage) -> Bool {
    let arguments = message.arguments.filter { $0.text?.hasPrefix("#") != true }
    let address = message.address
    if OSCPattern.isPattern(address) { return false }
    if plain.contains(address) { return true }
    if address.hasPrefix("/macro/") { return !macroEdits.contains(address) }
    return arguments.isEmpty && (silent.contains(address) || address.hasPrefix("/mod/"))
  }
}
