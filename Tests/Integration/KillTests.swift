import CRealtime
import Control
import Foundation
import ModuleKit
import PatchKit
import TestSupport
import Testing

/// `kill -9` at random while clients edit: no answered edit is lost, and what is left can always be read.
@Suite(.serialized) struct KillTests {
  /// Kills for each size of patch: a few here, more by `make kill-test COUNT=n`.
  private static let count = ProcessInfo.processInfo.environment["WEFT_KILLS"].flatMap { Int($0) }.map { ($0 + 2) / 3 }

  @Test(arguments: [(10, 12), (400, 8), (4_000, 4)]) func noAnsweredEditIsLost(nodes: Int, kills: Int) throws {
    let folder = try TemporaryFolder(), patch = folder.path + "/patch.json"
    try Self.patch(nodes).write(toFile: patch, atomically: true, encoding: .utf8)
    defer { unlink(patch) }
    var random = SplitMix(seed: UInt64(nodes)), port: Int?, expected = Expected(), answers = 0, hasState = false
    let kills = Self.count ?? kills
    for kill in 0..<kills {
      let weft = try PlayingWeft(port: port, ["--resume", patch])
      port = weft.port
      #expect(weft.messages.contains("nothing to resume") == !hasState, "\(weft.messages)")
      let client = try EditingClient(port: weft.port, nodes: nodes, run: kill, expected)
      let victim = weft.identifier, delay = UInt32(random.below(300_000) + 200)
      // Also before anything was answered, and while the first snapshot is written.
      let started = kill % 4 == 0 ? nil : client.firstAnswer
      Thread.detachNewThread {
        _ = started?.wait(timeout: .now() + 20)
        usleep(delay)
        Glibc.kill(victim, SIGKILL)
      }
      client.editUntilLost(&random)
      _ = weft.end(SIGKILL)
      expected = client.expected
      answers += client.answers

      guard let state = try Self.read(weft.stateFolder) else {
        #expect(answers == 0, "nothing is left after \(kill + 1) kills")
        continue
      }
      hasState = true
      let wrong = expected.differences(from: state.patch)
      #expect(wrong.isEmpty, "after \(kill + 1) kills, \(answers) answers: \(wrong.prefix(5))")
      expected.settle(on: state.patch)
    }
    print("\(nodes) nodes: \(kills) kills, \(answers) answered edits, none lost")
    #expect(answers > kills)
  }

  /// A large patch is allocated beside the loop once the program runs, but not at its start: a journal that began
  /// meanwhile held no committed patch.
  @Test func aKillAtTheStartKeepsALargeCommittedPatch() throws {
    let folder = try TemporaryFolder(), patch = folder.path + "/patch.json", count = 1_000
    let nodes = (0..<count).map { "\"r\($0)\": { \"type\": \"reverb\" }" }
    try "{\"weft\": 1, \"nodes\": {\(nodes.joined(separator: ",\n"))}}"
      .write(toFile: patch, atomically: true, encoding: .utf8)
    defer { unlink(patch) }
    var port: Int?
    for run in 0..<4 {
      let weft = try PlayingWeft(port: port, ["--resume", patch])
      port = weft.port
      if run == 0 { #expect(try weft.send("/patch/voices", "2").status == 0) }
      _ = weft.end(SIGKILL)
      let state = try #require(try Self.read(weft.stateFolder))
      #expect(state.patch.committed.nodes.count == count, "after \(run + 1) kills")
      #expect(state.patch.draft.voices == 2)
    }
  }

  private static func read(_ path: String) throws -> JournalState? {
    let reading = JournalReading(try JournalFolder(path), in: PatchPlayer.registry)
    #expect(reading.problems == [])
    return reading.state
  }

  private static func patch(_ count: Int) -> String {
    let types = ["sine", "gain", "biquad", "saw"]
    let nodes = (0..<count).map { "\"n\($0)\": { \"type\": \"\(types[$0 % 4])\" }" }
    let cables = stride(from: 0, to: count - 3, by: 4).map { "[\"n\($0)\", \"n\($0 + 1)\"]" }
    return "{\"weft\": 1, \"voices\": 1, \"nodes\": {\(nodes.joined(separator: ",\n"))},\n\"cables\": "
      + "[\(cables.joined(separator: ",\n"))]}"
  }
}

/// The state promised by the replies. A value in `open` was requested and not answered: it may be there.
private struct Expected {
  /// The frequency of a node, as text; by id.
  var values: [String: Float] = [:], openValues: [String: [Float]] = [:]
  /// Nodes that were created, or (false) deleted, in the draft.
  var nodes: [String: Bool] = [:], openNodes: Set<String> = []
  /// Nodes of the draft when the last commit was answered.
  var committed: [String: Bool] = [:]
  /// Commits that were not answered: any of them may have been made.
  var openCommits = 0

  func differences(from copy: PatchCopy) -> [String] {
    var wrong: [String] = []
    for (id, value) in values {
      let found = copy.draft.nodes[id]?.params["frequency"]
      let allowed = [ParamValue.number(value)] + (openValues[id] ?? []).map { .number($0) }
      if !allowed.contains(where: { $0 == found }) {
        wrong.append("\(id) is \(String(describing: found)), not \(value)")
      }
    }
    for (id, isThere) in nodes where !openNodes.contains(id) && (copy.draft.nodes[id] != nil) != isThere {
      wrong.append("\(id) is \(isThere ? "missing" : "there still")")
    }
    for (id, isThere) in committed where openCommits == 0 && (copy.committed.nodes[id] != nil) != isThere {
      wrong.append("\(id) is \(isThere ? "missing" : "there still") in the committed patch")
    }
    return wrong
  }

  /// Resolves the unanswered values.
  mutating func settle(on copy: PatchCopy) {
    for id in openValues.keys {
      if case .number(let value)? = copy.draft.nodes[id]?.params["frequency"] { values[id] = value }
    }
    for id in openNodes { nodes[id] = copy.draft.nodes[id] != nil }
    if openCommits > 0 { committed = nodes }
    for id in committed.keys where openCommits > 0 { committed[id] = copy.committed.nodes[id] != nil }
    (openValues, openNodes, openCommits) = ([:], [], 0)
  }
}

/// Edits without a pause, up to eight requests ahead of their answers.
private final class EditingClient {
  private let caller: OSCCaller
  private let nodes: Int, run: Int
  private(set) var expected: Expected
  private(set) var answers = 0
  let firstAnswer = DispatchSemaphore(value: 0)
  private var made = 0
  /// The effect of each request on the expected state, by its number, applied when it is answered.
  private var waiting: [String: (inout Expected) -> Void] = [:]
  private var number = 0

  init(port: Int, nodes: Int, run: Int, _ expected: Expected) throws {
    caller = try OSCCaller(port: port)
    (self.nodes, self.run, self.expected) = (nodes, run, expected)
  }

  func editUntilLost(_ random: inout SplitMix) {
    do {
      while true {
        let ahead = 1 + random.below(8)
        while waiting.count < ahead { try ask(&random) }
        while let reply = try caller.next(before: weft_nanoseconds() + (waiting.count < ahead ? 0 : 10_000_000_000)) {
          guard let id = reply.arguments.last?.text, let answer = waiting.removeValue(forKey: id) else { continue }
          guard reply.address == "/done" else { continue }
          answers += 1
          firstAnswer.signal()
          answer(&expected)
        }
      }
    } catch {
      // The program is gone.
    }
  }

  private func send(_ address: String, _ arguments: OSCArgument..., answer: @escaping (inout Expected) -> Void) throws {
    number += 1
    let id = "#\(number)"
    waiting[id] = answer
    try caller.send(OSCMessage(address, arguments + [.string(id)]))
  }

  private func ask(_ random: inout SplitMix) throws {
    switch random.below(10) {
    case 0..<5:
      // Nodes 0, 4, 8 … are sines.
      let id = "n\(random.below((nodes + 3) / 4) * 4)", value = Float(30 + random.below(10_000))
      expected.openValues[id, default: []].append(value)
      try send("/mod/\(id)/frequency", .float(value)) { expected in
        expected.values[id] = value
        let open = expected.openValues[id]!
        expected.openValues[id] = Array(open[(open.firstIndex(of: value)! + 1)...])
      }
    case 5..<8:
      made += 1
      let id = "r\(run)-\(made)"
      expected.openNodes.insert(id)
      try send("/patch/create", .string(id), "gain") { expected in
        expected.openNodes.remove(id)
        expected.nodes[id] = true
      }
    case 8:
      let there = expected.nodes.filter { $0.value && !expected.openNodes.contains($0.key) }.keys.sorted()
      guard !there.isEmpty else { return }
      let id = there[random.below(there.count)]
      expected.openNodes.insert(id)
      try send("/patch/delete", .string(id)) { expected in
        expected.openNodes.remove(id)
        expected.nodes[id] = false
      }
    default:
      // Edits that are not answered may be in it or not.
      let nodes = expected.nodes.filter { !expected.openNodes.contains($0.key) }
      expected.openCommits += 1
      try send("/patch/commit") { expected in
        expected.openCommits -= 1
        expected.committed = nodes
      }
    }
  }
}
