import Control
import TestSupport

/// Continuous work on the patch: some of everything that a player does, and more of the hard parts.
final class SoakWork {
  private unowned let soak: Soak
  private let caller: OSCCaller
  private var random = SplitMix(seed: 6)
  /// The nodes that are added and removed.
  private var names: [String] = []
  private var made = 0
  /// All modules, except inputs and outputs of the patch.
  private var types: [String] = []

  init(_ soak: Soak, _ caller: OSCCaller) throws {
    self.soak = soak
    self.caller = caller
    _ = try caller.call(OSCMessage("/registry/list"), timeout: Patience.seconds) { item in
      guard item.address == "/registry/list", let type = item.arguments.first?.text else { return }
      if !["input", "output", "notes"].contains(type) { types.append(type) }
    }
    if types.isEmpty { throw Soak.Failed(description: "no modules are listed") }
  }

  private var toggle: OSCArgument { random.below(2) == 0 ? "on" : "off" }

  /// One round: some edits, a commit, notes, and now and then something larger.
  func runRound() throws {
    for _ in 0...random.below(3) { try edit() }
    if try soak.ask(caller, OSCMessage("/patch/commit")) {
      soak.commits += 1
    } else {
      try soak.ask(caller, OSCMessage("/patch/abort"))
      try recount()
    }
    try soak.ask(caller, OSCMessage("/note/on", [.float(Float(30 + random.below(60))), .float(0.7)]))
    try soak.ask(caller, OSCMessage("/note/off", [.float(Float(30 + random.below(60)))]))
    switch random.below(200) {
    case 0: try soak.ask(caller, OSCMessage("/note/panic", ["keys"]))
    case 1...3:
      try soak.ask(caller, OSCMessage("/patch/undo"))
      try recount()
    case 4:
      try soak.ask(caller, OSCMessage("/patch/redo"))
      try recount()
    case 5: try soak.ask(caller, OSCMessage("/patch/save", ["soak.json"]))
    case 6:
      try soak.ask(caller, OSCMessage("/patch/load", ["soak.json"]))
      try soak.ask(caller, OSCMessage("/patch/commit"))
      try recount()
    case 7: try soak.ask(caller, OSCMessage("/record/start", ["take.wav", "overwrite"]))
    case 8: try soak.ask(caller, OSCMessage("/record/stop"))
    case 9: try soak.ask(caller, OSCMessage("/record/last", [5.0, "last.flac", "overwrite"]))
    case 10...30: try visit()
    case 31: try soak.ask(caller, OSCMessage("/snap/save", ["here"]))
    case 32: try soak.ask(caller, OSCMessage("/snap/recall", ["here", 0.5]))
    case 33:
      try soak.ask(
        caller, OSCMessage("/patch/voices", [.int32(Int32(soak.voiceCounts[random.below(soak.voiceCounts.count)]))]))
    case 34: try soak.ask(caller, OSCMessage(random.below(2) == 0 ? "/scope" : "/spectrum", ["out", toggle]))
    case 35: try soak.ask(caller, OSCMessage("/profile", [toggle]))
    default: break
    }
  }

  /// Updates the names after an undo, a load or an abort.
  private func recount() throws {
    names = []
    _ = try caller.call(OSCMessage("/patch/nodes"), timeout: Patience.seconds) { item in
      guard item.address == "/patch/nodes", let id = item.arguments.first?.text else { return }
      if id.first == "n", id.dropFirst().allSatisfy({ $0.isNumber }) { names.append(id) }
    }
  }

  private func edit() throws {
    switch random.below(8) {
    case 0...1 where names.count < 24:
      made += 1
      let name = "n\(made)"
      try soak.ask(
        caller,
        OSCMessage("/patch/create", [.string(name), .string(types[random.below(types.count)])]))
      try soak.ask(caller, OSCMessage("/patch/connect", [.string(name), "out", 0.02]))
      names.append(name)
    case 2 where names.count > 12:
      try soak.ask(caller, OSCMessage("/patch/delete", [.string(names.remove(at: random.below(names.count)))]))
    case 4 where !names.isEmpty && soak.voiceCounts.contains(512):
      // A voice each behind the notes' cable.
      let name = names[random.below(names.count)]
      try soak.ask(caller, OSCMessage("/patch/connect", [.string("tone"), .string(name), 0.1]))
    case 3...4 where names.count > 1:
      let to = 1 + random.below(names.count - 1)
      try soak.ask(
        caller,
        OSCMessage("/patch/connect", [.string(names[random.below(to)]), .string(names[to]), 0.2]))
    case 5: try soak.ask(caller, OSCMessage("/mod/tone/gain", [.float(Float(random.below(100)) / 100)]))
    default: try soak.ask(caller, OSCMessage("/mod/env/release", [.float(0.01 + Float(random.below(100)) / 50)]))
    }
  }

  /// Another client connects, reads for a while, and leaves, sometimes without a message.
  private func visit() throws {
    let visitor = try OSCCaller(port: soak.port, transport: random.below(2) == 0 ? .tcp : .udp)
    try visitor.send(OSCMessage("/notify", ["on"]))
    try visitor.send(OSCMessage("/meter", ["out", "on", 50.0]))
    if random.below(2) == 0 { try soak.ask(visitor, OSCMessage("/patch/get")) }
  }
}
