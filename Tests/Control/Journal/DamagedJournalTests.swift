import Control
import Foundation
import PatchKit
import TestSupport
import Testing

/// Files of the journal that are not as they were written.
@Suite struct DamagedJournalTests {
  /// Three nodes, one an edit; the journal's bytes.
  private func threeNodes() throws -> (JournalRig, Data) {
    let rig = try JournalRig()
    rig.journal.begin(resumed: false)
    for id in ["a", "b", "c"] { rig.send("/patch/create \(id) sine") }
    return (rig, try Data(contentsOf: URL(fileURLWithPath: rig.folder.path + "/journal-1.jsonl")))
  }

  private func nodes(_ reading: JournalReading) -> Int? { reading.state?.patch.draft.nodes.count }

  /// Reads the files of a rig with another journal in place of its own.
  private func read(_ rig: JournalRig, journal: Data, then change: (TemporaryFolder) throws -> Void = { _ in }) throws
    -> JournalReading
  {
    try JournalRig.read(rig.folder.path) { copy in
      try journal.write(to: URL(fileURLWithPath: copy.path + "/journal-1.jsonl"))
      try change(copy)
    }
  }

  /// Any byte that is another: what came before it is read, and that is reported.
  @Test func aDamagedLineEndsTheJournal() throws {
    let (rig, journal) = try threeNodes()
    let firstEnd = journal.firstIndex(of: 0x0a)! + 1, secondEnd = journal[firstEnd...].firstIndex(of: 0x0a)! + 1
    for at in stride(from: 0, to: journal.count, by: 3) {
      var damaged = journal
      damaged[at] ^= 0x15
      let reading = try read(rig, journal: damaged)
      #expect(nodes(reading) == (at < secondEnd ? (at < firstEnd ? 1 : 1) : 2), "byte \(at)")
      #expect(reading.problems.count == 1 || at >= journal.count - 1, "byte \(at)")
    }
  }

  @Test func linesThatAreMissingOrMovedAreFound() throws {
    let (rig, journal) = try threeNodes()
    var lines = journal.split(separator: 0x0a).map { Data($0) + [0x0a] }
    lines.remove(at: 1)
    let reading = try read(rig, journal: Data(lines.joined()))
    #expect(nodes(reading) == 1 && reading.problems.count == 1)
  }

  @Test func anEmptyJournalIsWhereTheSnapshotIs() throws {
    let (rig, _) = try threeNodes()
    let reading = try read(rig, journal: Data())
    #expect(nodes(reading) == 1 && reading.problems.isEmpty)
  }

  /// As a file system leaves a file whose data a power cut has lost.
  @Test func zeroesAtTheEndAreDropped() throws {
    let (rig, journal) = try threeNodes()
    let reading = try read(rig, journal: journal + Data(count: 4_096))
    #expect(nodes(reading) == 3 && reading.problems.isEmpty)
  }

  @Test func aGigabyteIsRefusedInTime() throws {
    let (rig, journal) = try threeNodes()
    let reading = try read(rig, journal: journal) { copy in
      #expect(truncate(copy.path + "/journal-1.jsonl", 1 << 30) == 0)
    }
    #expect(nodes(reading) == 3 && reading.problems.count == 1)
  }

  @Test func aNewerVersionIsSaid() throws {
    let (rig, journal) = try threeNodes()
    let newer = Data("{\"weft\":2,\"what\":\"follows\",\"check\":\"00000000\"}\n".utf8)
    let reading = try read(rig, journal: newer + journal)
    #expect(nodes(reading) == 1 && reading.problems.count == 1)
    let snapshot = try JournalRig.read(rig.folder.path) { copy in
      try Data("{\"weft\":2,\"patch\":\n{}\n}\n".utf8).write(to: URL(fileURLWithPath: copy.path + "/state-1.json"))
    }
    #expect(snapshot.state == nil && snapshot.problems.first?.contains("newer version") == true)
  }

  /// Neither a pipe nor a folder in place of a file is waited for.
  @Test(.timeLimit(.minutes(1))) func aPipeIsNotWaitedFor() throws {
    let (rig, _) = try threeNodes()
    for file in ["state-1.json", "journal-1.jsonl"] {
      let reading = try JournalRig.read(rig.folder.path) { copy in
        unlink(copy.path + "/" + file)
        mkfifo(copy.path + "/" + file, 0o600)
      }
      #expect(reading.problems.count == 1)
    }
  }

  /// Files that were damaged are kept beside the new ones.
  @Test func damagedFilesArePutAside() throws {
    let (rig, journal) = try threeNodes(), folder = try TemporaryFolder()
    try JournalRig.copy(rig.folder.path, to: folder)
    var damaged = journal
    damaged[damaged.count - 40] ^= 1
    try damaged.write(to: URL(fileURLWithPath: folder.path + "/journal-1.jsonl"))
    let next = try JournalRig(folder)
    try next.journal.lock()
    let reading = try #require(next.journal.read())
    #expect(nodes(reading) == 2 && reading.problems.count == 1)
    next.rig.session.setDraft(reading.state!.patch.draft)
    next.journal.begin(resumed: true)
    next.send("/patch/create d sine")
    try next.expectKept()
    #expect(try Data(contentsOf: URL(fileURLWithPath: folder.path + "/damaged-1/journal-1.jsonl")) == damaged)
    for file in ["journal-1.jsonl", "state-1.json"] { unlink(folder.path + "/damaged-1/" + file) }
  }

  /// Random damage to both files: never a crash, and either a state or a reason.
  @Test func randomDamageIsReadOrReported() throws {
    let (rig, journal) = try threeNodes()
    let snapshot = try Data(contentsOf: URL(fileURLWithPath: rig.folder.path + "/state-1.json"))
    var random = SplitMix(seed: 13)
    for _ in 0..<300 {
      let damaged = [journal, snapshot].map { data in
        var data = data
        for _ in 0...random.below(3) {
          guard !data.isEmpty else { break }
          switch random.below(3) {
          case 0: data[random.below(data.count)] = UInt8(random.below(256))
          case 1: data.removeSubrange(random.below(data.count)...)
          default: data.insert(contentsOf: data.prefix(random.below(200)), at: random.below(data.count))
          }
        }
        return data
      }
      let reading = try read(rig, journal: damaged[0]) { copy in
        try damaged[1].write(to: URL(fileURLWithPath: copy.path + "/state-1.json"))
      }
      #expect(reading.state != nil || !reading.problems.isEmpty)
    }
  }
}
