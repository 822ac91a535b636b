import Control
import Engine
import ModuleKit
import PatchKit
import Testing

/// Requests that wait for sounds, and requests that do not.
@Suite final class WaitingWorkTests {
  /// A sound reader that reads on request of the test.
  private final class Reader: SoundReader {
    var have: Set<String> = []
    var asked: [(sounds: Set<SoundName>, then: () -> Void)] = []
    var keepsOld = false
    func missing(_ sounds: Set<SoundName>) -> Set<SoundName> { sounds.filter { !have.contains($0.name) } }
    func read(_ sounds: Set<SoundName>, then: @escaping () -> Void) { asked.append((sounds, then)) }
    func release() {}

    func finish() {
      let (sounds, then) = asked.removeFirst()
      have.formUnion(sounds.map(\.name))
      then()
    }
  }

  private let rig = SessionRig(), reader = Reader()
  /// Notifications of another client.
  private var others: [OSCMessage] = []
  private var loads: [String] = []

  init() {
    rig.session.soundQueue.reader = reader
    rig.session.plans.sounds = { [unowned self] (name, rate) throws(PatchError) in
      loads.append(name)
      // Only sounds that were read beforehand are requested.
      guard reader.have.contains(name), !name.hasPrefix("broken") else {
        throw PatchError(.unreadable, "cannot read \(name)", at: Place(file: name))
      }
      return SoundBuffer(channels: [[Float](repeating: 0.5, count: 1_000)], rate: rate ?? 48_000)
    }
    for line in ["/patch/create osc sine", "/patch/create out output", "/patch/connect osc out", "/patch/commit"] {
      rig.send(line)
    }
  }

  /// Sends without waiting for the answer.
  private func ask(_ line: String) {
    let message = try! Score.read(Array("0 \(line)\n".utf8))[0]
    rig.session.perform(
      OSCMessage(message.address, message.arguments.map(\.osc)), from: Requester { [unowned self] in others.append($0) }
    )
  }
  private func answered(_ address: String) -> Bool {
    others.contains { $0.address == "/done" && $0.arguments.first?.text == address }
  }

  /// The memory of a large patch is allocated elsewhere; later commits keep their order.
  @Test func otherClientsAreAnsweredWhileMemoryIsAllocated() throws {
    var background: [(work: @Sendable () -> Void, done: () -> Void)] = []
    rig.session.plans.background = { background.append(($0, $1)) }
    for i in 0..<2_100 { ask("/patch/create n\(i) sine") }
    ask("/patch/commit")
    ask("/patch/create last sine")
    ask("/patch/commit")
    ask("/patch/nodes")
    ask("/mod/osc/frequency 880")
    #expect(background.count == 1 && answered("/patch/nodes") && answered("/mod/osc/frequency"))
    rig.render(960)
    #expect(!answered("/patch/commit"))
    for _ in 0..<4 {
      while !background.isEmpty {
        let (work, done) = background.removeFirst()
        work()
        done()
      }
      rig.render(2_400)
    }
    let commits = others.filter { $0.address == "/done" && $0.arguments[0] == "/patch/commit" }
    #expect(commits.map { $0.arguments[1] } == [.int32(2), .int32(3)])
    #expect(rig.send("/mod/osc/frequency").last?.arguments.last == .float(880))
    #expect(!others.contains { $0.address == "/fail" })
  }

  /// Two patches that fit together, three that do not: the first one is freed before the third one is allocated.
  @Test func replacedPlansAreFreedBeforeMemoryIsAllocated() {
    func delays(_ prefix: String) -> OSCMessage {
      let nodes = (0..<40).map { "\"\(prefix)\($0)\":{\"type\":\"delay\"}" }
      return OSCMessage("/patch/set", [.string("{\"weft\":1,\"nodes\":{\(nodes.joined(separator: ","))}}")])
    }
    let plans = rig.session.plans, before = plans.audioBytes
    rig.send(delays("a"))
    #expect(rig.send("/patch/commit").last?.address == "/done")
    let size = plans.audioBytes - before
    plans.memoryLimit = before + 5 * size / 2
    for prefix in ["b", "c", "d", "e"] {
      rig.send(delays(prefix))
      // Without a pause: the plan before has not started yet, so the one before that still has its memory.
      rig.session.perform(OSCMessage("/patch/commit"), from: Requester { [unowned self] in others.append($0) })
    }
    for _ in 0..<4_000 where rig.session.isWaiting || plans.isReclaiming { rig.render(64) }
    #expect(others.filter { $0.address == "/done" }.count == 4, "\(others)")
    // One that does not fit beside the patch that sounds is refused, and the refusal does not wait for ever.
    plans.memoryLimit = plans.audioBytes + size / 2
    rig.send(delays("f"))
    #expect(rig.failure("/patch/commit") == "limit")
  }

  @Test func otherClientsAreAnsweredWhileACommitWaits() throws {
    ask("/patch/create s sampler file big.wav")
    ask("/patch/commit")
    #expect(
      reader.asked.count == 1 && reader.asked[0].sounds == [SoundName("big.wav", rate: 48_000, module: "sampler")])
    ask("/patch/nodes")
    ask("/mod/osc/gain 0.25")
    rig.render(48_000)
    #expect(answered("/patch/nodes") && answered("/mod/osc/gain") && !answered("/patch/commit"))
    #expect(rig.session.soundingPatch.nodes["s"] == nil && loads.isEmpty)
    // Later edits belong to the next commit; parameters are set at once, also of waiting nodes.
    ask("/patch/create late sine")
    ask("/mod/s/speed 0.5")
    reader.finish()
    rig.render(4_800)
    #expect(answered("/patch/commit"))
    let sounding = rig.session.soundingPatch
    #expect(sounding.nodes["s"]?.params["speed"] == .number(0.5) && sounding.nodes["late"] == nil)
    #expect(sounding.nodes["osc"]?.params["gain"] == .number(0.25))
    #expect(rig.session.currentDraft.nodes["late"] != nil)
  }

  /// Commits, undo and barriers keep their order.
  @Test func commitsUndoAndSyncKeepTheirOrder() {
    ask("/patch/create s sampler file big.wav")
    ask("/patch/commit")
    ask("/patch/create t sampler file small.wav")
    ask("/patch/commit")
    ask("/patch/undo")
    ask("/sync 7")
    reader.finish()
    rig.render(4_800)
    #expect(others.filter { $0.arguments.first?.text == "/patch/commit" }.count == 1 && reader.asked.count == 1)
    #expect(!others.contains { $0.address == "/synced" } && !answered("/patch/undo"))
    reader.finish()
    rig.render(4_800)
    let order = others.map { $0.address == "/done" ? $0.arguments[0].text ?? "" : $0.address }.suffix(3)
    #expect(order == ["/patch/commit", "/patch/undo", "/synced"], "\(order)")
    #expect(rig.session.soundingPatch.nodes["s"] != nil && rig.session.soundingPatch.nodes["t"] == nil)
  }

  @Test func soundFileIsReadBeforeTheParameterIsSet() {
    reader.have = ["a.wav"]
    ask("/patch/create s sampler file a.wav")
    ask("/patch/commit")
    rig.render(4_800)
    ask("/mod/s/file b.wav")
    #expect(!answered("/mod/s/file") && reader.asked.count == 1)
    #expect(rig.session.soundingPatch.nodes["s"]?.params["file"] == .text("a.wav"))
    reader.finish()
    #expect(answered("/mod/s/file"))
    #expect(rig.session.soundingPatch.nodes["s"]?.params["file"] == .text("b.wav"))
    ask("/mod/s/file broken.wav")
    reader.finish()
    #expect(others.last?.address == "/fail" && others.last?.arguments[2].text?.contains("broken.wav") == true)
    #expect(rig.session.soundingPatch.nodes["s"]?.params["file"] == .text("b.wav"))
  }

  /// After a change of sample rate the sounds are read again; everything else plays on and is answered meanwhile.
  @Test func sampleRateChangeReadsSoundsWithoutBlocking() {
    reader.have = ["a.wav"]
    ask("/patch/create s sampler file a.wav loop forward")
    ask("/patch/create hold constant value 1")
    ask("/patch/connect hold s/gate")
    ask("/patch/connect s out")
    ask("/patch/disconnect osc out")
    ask("/patch/commit")
    rig.render(4_800)
    reader.have = []
    loads = []
    rig.session.change(sampleRate: 96_000)
    #expect(
      reader.asked.count == 1 && reader.asked[0].sounds == [SoundName("a.wav", rate: 96_000, module: "sampler")]
        && loads.isEmpty)
    ask("/patch/nodes")
    ask("/patch/create t sine")
    ask("/patch/commit")
    #expect(rig.render(4_800).allSatisfy { $0 == 0 })
    #expect(answered("/patch/nodes") && rig.session.soundingPatch.nodes["t"] == nil)
    reader.finish()
    let sound = rig.render(9_600)
    #expect(loads.contains("a.wav") && sound.suffix(100).allSatisfy { abs($0) > 0.1 })
    #expect(rig.session.soundingPatch.nodes["t"] != nil)
  }

  /// A commit with an unreadable sound succeeds; the node is silent, and the error is notified.
  @Test func unreadableSoundIsReported() {
    var notified: [PatchError] = []
    rig.session.onUnreadable = { notified.append($0) }
    ask("/patch/create s sampler file broken.wav")
    ask("/patch/commit")
    reader.finish()
    rig.render(4_800)
    #expect(answered("/patch/commit") && notified.count == 1 && notified[0].place.path == "s/file")
  }

  /// Built-in tables are suggested for an unknown name.
  @Test func builtInTablesAreSuggested() {
    reader.have = ["vowl"]
    rig.session.plans.sounds = noSounds
    ask("/patch/create w wavetable")
    ask("/patch/connect w out")
    ask("/patch/commit")
    rig.render(4_800)
    ask("/mod/w/table vowl")
    #expect(others.last?.address == "/fail" && others.last?.arguments.last?.text == "vowel", "\(others.last!)")
  }

  @Test func aFloodOfCommitsIsRefused() {
    ask("/patch/create s sampler file big.wav")
    for _ in 0..<1_100 { ask("/patch/commit") }
    #expect(others.filter { $0.address == "/fail" && $0.arguments[1].text == "busy" }.count == 76)
    reader.finish()
    rig.render(64)
    #expect(rig.session.soundingPatch.nodes["s"] != nil)
  }
}
