import Control
import Glibc
import PatchKit
import Synchronization
import TestSupport
import Testing

/// Files in memory.
final class MemoryFiles: Sendable {
  let whole = Mutex<[String: [Float]]>([:])
  /// Capacity of the simulated disk, frames.
  let room = Mutex(Int.max)

  final class Sink: RecordingSink {
    private let files: MemoryFiles, path: String, channels: Int
    private var samples: [Float] = []
    init(_ files: MemoryFiles, _ path: String, _ channels: Int) {
      (self.files, self.path, self.channels) = (files, path, channels)
    }
    func write(_ new: UnsafePointer<Float>, frames: Int) throws(PatchError) {
      guard samples.count / channels + frames <= files.room.withLock({ $0 }) else {
        throw PatchError(.unwritable, "no space left on device", at: Place(file: path))
      }
      samples += UnsafeBufferPointer(start: new, count: frames * channels)
    }
    func finish() { files.whole.withLock { $0[path] = samples } }
  }
}

@Suite struct RecordTests {
  private let files = MemoryFiles()

  /// A saw with a period that no cut hides.
  private func rig() -> SessionRig {
    let rig = SessionRig()
    rig.session.recording.openSink = { [files] path, channels, _ in
      MemoryFiles.Sink(files, String(path.split(separator: "/").last!), channels)
    }
    rig.send("/patch/create osc saw frequency 23.7")
    rig.send("/patch/commit")
    rig.render(4_800)
    return rig
  }

  /// Sends, and waits for the file.
  private func wait(_ rig: SessionRig, _ line: String) -> OSCMessage? {
    var replies = rig.send(line)
    _ = eventually {
      if replies.isEmpty {
        rig.session.tick()
        replies = rig.replies
      }
      return !replies.isEmpty
    }
    return replies.last
  }

  private func left(_ path: String) -> [Float]? {
    files.whole.withLock { files in
      files[path].map { samples in stride(from: 0, to: samples.count, by: 2).map { samples[$0] } }
    }
  }

  /// A name that is being written belongs to that recording, however it is spelled.
  @Test func eachRecordingNameHasOneOwner() {
    let rig = rig()
    rig.session.recording.keepLast(seconds: 1)
    rig.render(9_600)
    #expect(rig.send("/record/start take.wav").last?.address == "/done")
    rig.render(4_800)
    for name in ["take.wav", "./take.wav", "take.wav overwrite"] {
      #expect(rig.failure("/record/last 0.05 \(name)") == "busy", "\(name)")
    }
    #expect(wait(rig, "/record/stop")?.address == "/done")
    #expect(left("take.wav")?.count == 4_800)
  }

  /// The end of the program is not reported as the maximum length of a recording.
  @Test func theEndOfTheProgramEndsARecordingWithoutAReport() {
    let rig = rig()
    var reports = 0
    rig.session.recording.onLost = { _, _ in reports += 1 }
    rig.send("/record/start a.wav")
    rig.render(4_800)
    rig.session.recording.finish()
    #expect(reports == 0 && left("a.wav")?.count == 4_800)
  }

  @Test func recordingStopsAtTheMaximumLength() {
    let rig = rig()
    rig.session.recording.longest = 0.1
    var notified: PatchError?
    rig.session.recording.onLost = { _, error in notified = error }
    rig.send("/record/start long.wav")
    rig.render(9_600)
    let isWhole = eventually {
      rig.session.tick()
      return left("long.wav") != nil
    }
    #expect(isWhole)
    #expect(left("long.wav")?.count == 4_800)
    #expect(notified?.code == .limit)
    // There is room for the next one.
    #expect(rig.send("/record/start next.wav").last?.address == "/done")
    #expect(wait(rig, "/record/stop")?.address == "/done")
  }

  @Test func recordingEqualsTheOutput() throws {
    let rig = rig()
    let reply = rig.send("/record/start a.wav").last
    #expect(reply?.address == "/done")
    // Replies name absolute paths.
    let path = try #require(reply?.arguments[1].text)
    #expect(path.hasPrefix("/") && path.hasSuffix("/a.wav"))
    var heard = rig.render(48_000)
    heard += rig.render(4_801, period: 1_024)
    #expect(rig.send("/record/status").last?.arguments[2] == "recording")
    #expect(wait(rig, "/record/stop")?.arguments[1].text == path)
    #expect(left("a.wav") == heard)
    #expect(rig.failure("/record/stop") == "nothing-to-do")
  }

  @Test func recordingWithTimeTagsIsSampleAccurate() {
    let rig = rig()
    rig.session.recording.keepLast(seconds: 1)
    let start = rig.engine.frame
    rig.session.perform(OSCMessage("/record/start", ["a.wav"]), from: rig.requester, at: start + 100)
    rig.session.perform(OSCMessage("/record/stop"), from: rig.requester, at: start + 1_100)
    let heard = rig.render(4_800)
    rig.session.recording.finish()
    #expect(left("a.wav") == Array(heard[100..<1_100]))
  }

  @Test func lookBackRecordingSavesThePast() {
    let rig = rig()
    #expect(rig.failure("/record/last 1 a.wav") == "nothing-to-do")
    rig.session.recording.keepLast(seconds: 2)
    rig.render(48_000 * 3)
    let heard = rig.render(48_000)
    #expect(wait(rig, "/record/last 1 a.wav")?.address == "/done")
    #expect(left("a.wav") == heard)
    #expect(wait(rig, "/record/last 300 b.wav")?.address == "/done")
    #expect((96_000...144_000).contains(left("b.wav")!.count))
    #expect(rig.failure("/record/last 301 c.wav") == "range")
  }

  @Test func lostRecordingFramesAreReported() {
    let rig = rig()
    rig.send("/record/start a.wav")
    rig.render(640)
    let left = UnsafeMutablePointer<Float>.allocate(capacity: 1 << 16)
    defer { left.deallocate() }
    for _ in 0..<6 { rig.engine.render(inputs: nil, outputs: [left, left], frames: 1 << 16) }
    rig.session.tick()
    rig.render(640)
    let reply = wait(rig, "/record/stop")
    #expect(reply!.arguments[3].number! > 0)
    // Lost frames are silence: the file has the length of the performance.
    #expect(self.left("a.wav")!.count == 1_280 + 6 << 16)
  }

  @Test func fullDiskIsReportedAndAudioContinues() {
    let rig = rig()
    var notified: [OSCMessage] = []
    rig.session.perform(OSCMessage("/notify", ["on", "record"]), from: Requester(id: 9) { notified.append($0) })
    notified = []
    files.room.withLock { $0 = 2_000 }
    rig.send("/record/start a.wav")
    let isTold = eventually {
      rig.render(640)
      return !notified.isEmpty
    }
    #expect(isTold)
    #expect(
      notified.first?.arguments[1] == "unwritable" && notified.first?.arguments[0].text?.hasSuffix("/a.wav") == true)
    // The part written before the error is kept.
    #expect((1...2_000).contains(left("a.wav")?.count ?? 0))
    #expect(notified.first?.arguments[2].text?.contains("is kept") == true)
    #expect(rig.send("/record/status").last?.arguments[2] == "idle")
    #expect(rig.render(640).contains { $0 != 0 })
    files.room.withLock { $0 = .max }
    rig.send("/record/start a.wav overwrite")
    rig.render(64)
    #expect(wait(rig, "/record/stop")?.address == "/done")
    #expect(left("a.wav")?.count == 64)
  }

  @Test func invalidRecordingRequestsFail() {
    let rig = rig()
    #expect(rig.failure("/record/start /dev/null") == "duplicate")
    #expect(rig.failure("/record/start a.wav replace") == "argument-type")
    rig.send("/record/start a.wav")
    #expect(rig.failure("/record/start b.wav") == "busy")
    rig.session.recording.openSink = { path, _, _ throws(PatchError) in throw PatchError(.unwritable, "no such folder")
    }
    rig.session.recording.finish()
    #expect(rig.failure("/record/start /no/such/folder/a.wav") == "unwritable")
  }
}
