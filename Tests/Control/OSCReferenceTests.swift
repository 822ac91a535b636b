import Control
import PatchKit
import Testing

/// The reference of commands, notifications and errors.
@Suite struct OSCReferenceTests {
  /// Commands that need more than a session in a test: files of a bank, an audio server's clock, the end of the program.
  private static let notPerformed: Set = [
    "/midi/program", "/quit", "/patch/load", "/patch/save", "/preset/save", "/preset/load", "/preset/list",
    "/record/start",
    "/record/stop", "/record/last", "/client/port",
  ]
  /// Requests that go before the example of a command.
  private static let before: [String: [String]] = [
    "/patch/undo": [], "/patch/redo": ["/patch/undo"], "/patch/abort": [], "/patch/clear": [],
    "/macro/NAME": ["/macro/add tone filt1/cutoff 200.0 4000.0"],
    "/macro/move": ["/macro/add tone filt1/cutoff 200.0 4000.0"],
    "/macro/remove": ["/macro/add tone filt1/cutoff 200.0 4000.0"],
    "/macro/label": ["/macro/add tone filt1/cutoff 200.0 4000.0"],
    "/midi/unlearn": ["/midi/map filt1/cutoff 74"], "/note/off": ["/note/on 57 0.8"], "/note/bend": ["/note/on 57 0.8"],
    "/note/pressure": ["/note/on 57 0.8"], "/note/timbre": ["/note/on 57 0.8"], "/note/param": ["/note/on 57 0.8"],
    "/track/play": [track], "/track/seek": [track], "/track/pause": [track, "/track/play"],
    "/track/resume": [track, "/track/play", "/track/pause"],
  ]
  private static let track = #"""
    /track/load "{\"steps\": [{\"duration\": 60, \"voices\": [{\"synth_function_name\": \"isochronic_tone\"}]}]}"
    """#

  private static func rig() -> SessionRig {
    let rig = SessionRig()
    for line in CommandExamples.preparation { rig.send(line) }
    rig.render(9_600)
    return rig
  }

  @Test(arguments: CommandTable.all.map(\.address).filter { !notPerformed.contains($0) })
  func exampleOfCommandSucceeds(_ address: String) {
    let rig = Self.rig(), example = CommandExamples.example(of: address)
    #expect(example.hasPrefix(address.split(separator: "/").first.map { "/\($0)" } ?? address))
    for line in Self.before[address] ?? [] { rig.send(line) }
    rig.send(Self.message(example))
    if rig.replies.isEmpty { rig.render(14_400, period: 480) }  // Measurements take a quarter of a second.
    let replies = rig.replies
    let isAnswered = replies.contains { $0.address == "/done" || $0.address == "/synced" }
    #expect(isAnswered, "\(example): \(replies.last?.description ?? "no reply")")
  }

  /// A request as a shell splits the words of `weft send`.
  private static func message(_ line: String) -> OSCMessage {
    var words: [(text: String, isQuoted: Bool)] = []
    for (i, part) in line.split(separator: "'", omittingEmptySubsequences: false).enumerated() {
      if i % 2 == 1 { words.append((String(part), true)) }
      if i % 2 == 0 { words += part.split(separator: " ").map { (String($0), false) } }
    }
    return OSCMessage(
      words[0].text,
      words.dropFirst().map { word in
        if word.isQuoted { return .string(word.text) }
        if let whole = Int32(word.text) { return .int32(whole) }
        return Float(word.text).map { .float($0) } ?? .string(word.text)
      })
  }

  @Test(arguments: CommandTable.all)
  func commandWithArgumentsHasAnExample(_ command: Command) {
    let isSimple = command.arguments.allSatisfy { $0.presence != .required }
    #expect(isSimple || CommandExamples.example(of: command.address) != command.address)
  }

  @Test(arguments: ErrorCode.allCases.filter { $0.example != nil })
  func exampleOfErrorFailsWithItsCode(_ code: ErrorCode) {
    let reply = Self.rig().send(Self.message(code.example!)).last
    #expect(reply?.address == "/fail")
    #expect(reply?.arguments.dropFirst().first?.text == code.rawValue)
  }

  /// A placeholder that is sent as it is names nothing.
  @Test(arguments: ["/macro/NAME 0.5", "/macro/NAME", "/mod/ID/PARAM 1", "/lane/ID/PARAM"])
  func placeholderInAnAddressIsAnUnknownName(_ line: String) {
    #expect(["no-such-macro", "no-such-node"].contains(Self.rig().failure(line)))
  }

  @Test func referenceListsEveryCommandTopicAndCode() {
    let text = OSCReference.markdown
    for command in CommandTable.all { #expect(text.contains("### \(command.address)\n")) }
    for topic in Topic.allCases { #expect(text.contains("`/notify/\(topic == .others ? "error" : topic.rawValue)`")) }
    for code in ErrorCode.allCases { #expect(text.contains("| `\(code.rawValue)` |")) }
  }
}
