import Control
import Foundation
import Hosts
import ModuleKit
import PatchKit
import SoundFiles
import Synchronization
import TestSupport
import Testing

/// Sound files, good and bad.
@Suite final class SoundLibraryTests {
  private let folder = FileManager.default.temporaryDirectory.appending(path: "weft-sounds-\(UUID().uuidString)")

  init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }
  deinit { try? FileManager.default.removeItem(at: folder) }

  private func write(
    _ name: String, channels: Int = 1, rate: Int = 48_000, frames: Int, _ wave: (Int) -> Float = { _ in 0.5 }
  ) throws -> String {
    let path = folder.appending(path: name).path
    let writer = try SoundFileWriter(
      path: path, format: SoundFormat(ending: path)!, channels: channels, rate: rate)
    let samples = (0..<frames * channels).map { wave($0 / channels) }
    try writer.write(samples, frames: frames)
    try writer.finish()
    return path
  }
  private func failure(_ name: String, _ library: SoundLibrary? = nil) throws -> PatchError? {
    do {
      _ = try (library ?? SoundLibrary()).load(name, rate: 48_000)
      return nil
    } catch let error as PatchError { return error }
  }

  @Test(arguments: ["wav", "flac", "ogg"]) func soundFilesAreReadAndResampled(ending: String) throws {
    let path = try write("tone.\(ending)", channels: 2, rate: 44_100, frames: 44_100) {
      sinf(2 * .pi * 441 * Float($0) / 44_100)
    }
    let sound = try SoundLibrary().load(path, rate: 48_000)
    #expect(sound.channels == 2 && sound.frames == 48_000 && sound.rate == 48_000)
    let made = sound.samples(1)[20_000], wanted = sinf(2 * .pi * 441 * 20_000 / 48_000)
    #expect(abs(made - wanted) < (ending == "ogg" ? 0.02 : 1e-3))
    #expect(try SoundLibrary().load(path, rate: nil).frames == 44_100)
  }

  /// A WAV file of 16-bit samples with another chunk before its data.
  private func wave(
    _ name: String, _ chunk: String, _ content: [UInt8], frames: Int, rate: Int = 48_000
  ) throws -> String {
    func number(_ value: Int, _ bytes: Int = 4) -> [UInt8] { (0..<bytes).map { UInt8(value >> (8 * $0) & 0xff) } }
    let format = number(1, 2) + number(1, 2) + number(rate) + number(2 * rate) + number(2, 2) + number(16, 2)
    let samples = (0..<frames).flatMap { number(Int(8_000 * sin(Double($0) * 0.05)) & 0xffff, 2) }
    var body = Array("WAVEfmt ".utf8) + number(format.count) + format
    body += Array(chunk.utf8) + number(content.count) + content + (content.count % 2 == 1 ? [0] : [])
    body += Array("data".utf8) + number(samples.count) + samples
    let path = folder.appending(path: name).path
    try Data(Array("RIFF".utf8) + number(body.count) + body).write(to: URL(fileURLWithPath: path))
    return path
  }

  /// The cycle length of a wavetable file is in its chunk `clm `; one that states no length states none.
  @Test(arguments: [
    ("<!>256 10000000 wavetable (somebody)", 256), ("<!>2048", 2_048), ("", 0), ("<!>", 0), ("<!>99999999999", 0),
    ("<!>1 0", 0),
  ]) func wavetableChunkStatesTheCycle(text: String, frames: Int) throws {
    let path = try wave("table.wav", "clm ", Array(text.utf8), frames: 1_000)
    #expect(try SoundLibrary().load(path, rate: nil).info.cycle == frames)
  }

  /// The loop and the root key of a chunk `smpl`, at the engine's rate; damaged ones are reported.
  @Test func samplerChunkHasLoopAndRoot() throws {
    func words(_ values: [Int]) -> [UInt8] { values.flatMap { v in (0..<4).map { UInt8(v >> (8 * $0) & 0xff) } } }
    let head = [0, 0, 20_833, 57, 0x8000_0000, 0, 0, 1, 0]
    func load(_ loop: [Int], _ head: [Int] = head, bytes: Int = 60, rate: Double? = nil) throws -> SoundInfo {
      let path = try wave("loop.wav", "smpl", Array((words(head + loop)).prefix(bytes)), frames: 1_000, rate: 24_000)
      return try SoundLibrary().load(path, rate: rate).info
    }
    let good = try load([0, 0, 100, 299, 0, 0])
    #expect(good.loop == SoundLoop(start: 100, length: 200) && good.root == 57.5 && good.problems.isEmpty)
    #expect(try load([0, 0, 100, 299, 0, 0], rate: 48_000).loop == SoundLoop(start: 200, length: 400))
    #expect(try load([0, 1, 100, 299, 0, 0]).loop?.course == .alternating)
    let long = try load([0, 0, 100, 5_000, 0, 0])
    #expect(long.loop == SoundLoop(start: 100, length: 900))
    #expect(long.problems == ["its loop from frame 100 to 5000 ends outside its 1000 frames: it ends at 999"])
    let outside = try load([0, 0, 1_000, 2_000, 0, 0])
    #expect(outside.loop == nil && outside.root == 57.5 && outside.problems.count == 1)
    #expect(try load([0, 0, 300, 200, 0, 0]).loop == nil)
    // libsndfile may refuse such a file.
    for bytes in 0..<60 { if let cut = try? load([0, 0, 100, 299, 0, 0], bytes: bytes) { #expect(cut.loop == nil) } }
    #expect(try load([0, 0, 100, 299, 0, 0], [0, 0, 0, 200, 0, 0, 0, 1, 0]).root == nil)
  }

  /// Reading on another thread stores the sounds and the errors.
  @Test func soundReaderPreloadsFiles() throws {
    let library = try SoundLibrary(), loop = ControlLoop()
    let good = try write("good.wav", frames: 1_000), broken = folder.appending(path: "broken.wav").path
    let none = folder.appending(path: "none.wav").path
    try Data([1, 2, 3]).write(to: URL(fileURLWithPath: broken))
    #expect(library.isMissing(good, rate: 48_000) && !library.isMissing(none, rate: nil))
    var isDone = false
    library.read([.init(good, rate: 48_000), .init(broken, rate: 48_000)], post: { loop.post($0) }) {
      isDone = true
      loop.stop()
    }
    loop.after(10) { loop.stop() }
    loop.run()
    #expect(isDone && !library.isMissing(good, rate: 48_000) && !library.isMissing(broken, rate: 48_000))
    let sound = try library.load(good, rate: 48_000)
    #expect(throws: PatchError.self) { try library.load(broken, rate: 48_000) }
    library.release()
    #expect(!library.isMissing(good, rate: 48_000) && library.isMissing(broken, rate: 48_000))
    // A rewritten file is another sound, unless the loaded one is to be kept.
    _ = try write("good.wav", frames: 2_000)
    #expect(library.isMissing(good, rate: 48_000))
    library.keepsOld = true
    #expect(try library.load(good, rate: 48_000) === sound)
  }

  /// A module's preparation of a sound also runs on that thread, even for a loaded sound.
  @Test func soundPreparationRunsOnTheReader() throws {
    let library = try SoundLibrary(), loop = ControlLoop(), path = try write("table.wav", frames: 8_192)
    let sound = try library.load(path, rate: nil), module = try #require(Registry.linked()["wavetable"])
    #expect(!library.isMissing(path, rate: nil) && library.isMissing(path, rate: nil, module: "wavetable"))
    let main = pthread_self(), made = Mutex<[pthread_t]>([])
    let preparation = SoundLibrary.Preparation(module: "wavetable") { sound in
      made.withLock { $0.append(pthread_self()) }
      module.preparation?(sound)
    }
    library.read(
      [.init(path, rate: nil, preparation: preparation), .init(path, rate: nil, preparation: preparation)],
      post: { loop.post($0) }
    ) { loop.stop() }
    loop.after(10) { loop.stop() }
    loop.run()
    #expect(made.withLock { $0.count == 1 && $0[0] != main })
    #expect(!library.isMissing(path, rate: nil, module: "wavetable"))
    #expect(try library.load(path, rate: nil) === sound)
  }

  @Test func soundFilesAreSharedAndFreedWithTheLastNode() throws {
    let path = try write("a.wav", frames: 1_000), library = try SoundLibrary()
    var first: SoundBuffer? = try library.load(path, rate: 48_000)
    let second: SoundBuffer? = try library.load(path, rate: 48_000)
    #expect(first === second && library.count == 1)
    first = nil
    _ = first
    #expect(try library.load(path, rate: 48_000) === second)
    // A rewritten file is another sound.
    _ = try write("a.wav", frames: 2_000)
    #expect(try library.load(path, rate: 48_000).frames == 2_000)
  }

  @Test func missingAndBrokenSoundFilesAreNamed() throws {
    let empty = folder.appending(path: "empty.wav"), text = folder.appending(path: "text.wav")
    try Data().write(to: empty)
    try Data("This is no sound.".utf8).write(to: text)
    let silent = try write("none.wav", frames: 0)
    for path in [empty.path, text.path, silent, folder.path, folder.path + "/nothing.wav"] {
      let error = try #require(try failure(path))
      #expect(error.code == .unreadable && error.message.contains(path), "\(error)")
    }
  }

  @Test func truncatedSoundFilesAreReadToTheirEnd() throws {
    for ending in ["wav", "flac"] {
      let path = try write("whole.\(ending)", frames: 48_000) { Float($0 % 100) / 200 }
      let data = try Data(contentsOf: URL(fileURLWithPath: path))
      let cut = folder.appending(path: "cut.\(ending)")
      try data.prefix(data.count / 2).write(to: cut)
      let error = try failure(cut.path)
      if error == nil {
        let frames = try SoundLibrary().load(cut.path, rate: 48_000).frames
        #expect(frames > 10_000 && frames < 30_000, "\(ending): \(frames)")
      }
      try data.prefix(20).write(to: cut)
      #expect(try failure(cut.path)?.code == .unreadable)
    }
  }

  /// A real file of 4 GB (mostly a hole) is refused before reading.
  @Test func oversizedSoundFilesAreRefused() throws {
    let path = try write("long.wav", frames: 1_000)
    var data = try Data(contentsOf: URL(fileURLWithPath: path))
    let chunk = try #require(data.range(of: Data("data".utf8)))
    data.replaceSubrange(chunk.upperBound..<chunk.upperBound + 4, with: [0, 0xff, 0xff, 0xff])
    data.replaceSubrange(4..<8, with: [0xff, 0xff, 0xff, 0xff])
    try data.write(to: URL(fileURLWithPath: path))
    #expect(truncate(path, 1 << 32) == 0)
    var error: PatchError?
    let read = try bytesRead { error = try failure(path) }
    #expect(error?.code == .limit)
    #expect(read ?? 0 < 1 << 20, "\(read ?? 0) bytes were read")
  }

  /// A header that claims 4 GB costs neither memory nor time.
  @Test func falseSoundFileHeadersCostNothing() throws {
    let path = try write("lie.wav", frames: 1_000)
    var data = try Data(contentsOf: URL(fileURLWithPath: path))
    let chunk = try #require(data.range(of: Data("data".utf8)))
    data.replaceSubrange(chunk.upperBound..<chunk.upperBound + 4, with: [0xff, 0xff, 0xff, 0xff])
    data.replaceSubrange(4..<8, with: [0xff, 0xff, 0xff, 0xff])
    try data.write(to: URL(fileURLWithPath: path))
    let time = processorTime {
      let frames = try? SoundLibrary().load(path, rate: 48_000).frames
      #expect(frames ?? 0 <= 1_100)
    }
    // To fill or convert 2^30 samples takes seconds.
    #expect(time < .milliseconds(500), "\(time)")
  }

  @Test func unusualSampleRatesAndManyChannels() throws {
    let slow = try write("slow.wav", rate: 1, frames: 5)
    let error = try failure(slow)
    if error == nil { #expect(try SoundLibrary().load(slow, rate: 48_000).frames == 240_000) }
    // An hour at 1 Hz would be three days.
    let long = try write("long.wav", rate: 1, frames: 20_000)
    #expect(try failure(long)?.code == .limit)
    let eight = try SoundLibrary().load(try write("eight.wav", channels: 8, frames: 100), rate: 48_000)
    #expect(eight.channels == 2 && eight.frames == 100)
  }

  @Test func nonFiniteSamplesAreSilence() throws {
    let path = try write("nan.wav", frames: 10) { $0 == 3 ? .nan : $0 == 4 ? .infinity : 0.25 }
    let sound = try SoundLibrary().load(path, rate: 48_000)
    #expect((0..<10).map { sound.samples(0)[$0] } == [0.25, 0.25, 0.25, 0, 0, 0.25, 0.25, 0.25, 0.25, 0.25])
  }

  @Test func sampleFolderIsListed() throws {
    try FileManager.default.createDirectory(at: folder.appending(path: "drums"), withIntermediateDirectories: true)
    _ = try write("drums/kick.wav", frames: 10)
    _ = try write("bell.flac", frames: 20)
    try Data("x".utf8).write(to: folder.appending(path: "readme.txt"))
    let library = try SoundLibrary(samples: folder.path)
    #expect(library.names == ["bell.flac", "drums/kick.wav"])
    #expect(try library.load("bell", rate: 48_000).frames == 20)
    #expect(try library.load("drums/kick.wav", rate: 48_000).frames == 10)
    #expect(try failure("drums/kik", library)?.suggestions.isEmpty == false)
    #expect(throws: PatchError.self) { try SoundLibrary(samples: self.folder.path + "/none") }
  }

  /// Commands may name files below the root only; a patch named by the user may name others.
  @Test func soundFilesStayInTheRoot() throws {
    let outside = try write("outside.wav", frames: 10)
    try FileManager.default.createDirectory(at: folder.appending(path: "root"), withIntermediateDirectories: true)
    let inside = try write("root/inside.wav", frames: 10)
    let library = try SoundLibrary(root: FileRoot(folder.path + "/root"))
    #expect(try library.load(inside, rate: 48_000).frames == 10)
    #expect(try library.load("inside.wav", rate: 48_000).frames == 10)
    #expect(try failure(outside, library)?.code == .outsideRoot)
    #expect(try failure("../outside.wav", library)?.code == .outsideRoot)
    #expect(try failure("none.wav", library)?.code == .unreadable)
    library.trusted = [outside]
    #expect(try library.load(outside, rate: 48_000).frames == 10)
  }
}
