import Foundation
import ModuleKit
import PatchKit
import SoundFiles
import Testing

/// SFZ files, good and bad.
@Suite final class SFZFileTests {
  private let folder = FileManager.default.temporaryDirectory.appending(path: "weft-sfz-\(UUID().uuidString)")

  init() throws {
    try FileManager.default.createDirectory(at: folder.appending(path: "wav"), withIntermediateDirectories: true)
    for name in ["a", "b", "two words"] {
      let path = folder.appending(path: "wav/\(name).wav").path
      let writer = try SoundFileWriter(path: path, format: .wav, channels: 1, rate: 24_000)
      try writer.write([Float](repeating: 0.5, count: 1_000), frames: 1_000)
      try writer.finish()
    }
  }
  deinit { try? FileManager.default.removeItem(at: folder) }

  private func write(_ text: String, to name: String = "test.sfz") throws -> String {
    let path = folder.appending(path: name)
    try Data(text.utf8).write(to: path)
    return path.path
  }
  private func load(_ text: String) throws -> SoundBuffer { try SoundLibrary().load(try write(text), rate: 48_000) }
  private func failure(_ text: String) throws -> String? {
    do {
      _ = try load(text)
      return nil
    } catch let error as PatchError { return error.message }
  }

  @Test func regionsHaveTheirOpcodes() throws {
    let sound = try load(
      """
      \u{feff}// A comment
      <control> default_path=wav\\
      <global> ampeg_release=0.5
      <group> lovel=1 hivel=100 volume=-6.0206 /* another
      of two lines */ pan=-50
      <region> sample=a.wav key=60 tune=-25 ampeg_attack=0.1 ampeg_sustain=50
      <region> sample=two words.wav lokey=c#4 hikey=b4 pitch_keycenter=f4 loop_mode=loop_sustain loop_start=100 loop_end=299
      <group> <region>sample=b.wav lokey=72
      """)
    #expect(sound.info.problems == [])
    try #require(sound.zones.count == 3)
    let (first, second, third) = (sound.zones[0], sound.zones[1], sound.zones[2])
    #expect(first.keys == 60...60 && first.velocities == 1...100 && first.root == 60 && first.tune == -25)
    #expect(abs(first.gain - 0.5) < 1e-4 && first.pan == -0.5 && first.release == 0.5)
    #expect(first.attack == 0.1 && first.sustain == 0.5 && first.mode == .once && first.loop == nil)
    #expect(second.keys == 61...71 && second.root == 65 && second.mode == .sustain)
    // Resampled to twice the rate.
    #expect(second.loop == SoundLoop(start: 200, length: 400) && second.sound.frames == 2_000)
    #expect(third.keys == 72...127 && third.velocities == 0...127 && third.gain == 1 && third.release == 0.5)
  }

  private func sounds(_ names: [String]) throws -> SoundBuffer {
    let path = folder.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: path, withIntermediateDirectories: true)
    for name in names {
      try FileManager.default.copyItem(at: folder.appending(path: "wav/a.wav"), to: path.appending(path: name))
    }
    return try SoundLibrary().load(path.path, rate: 48_000)
  }

  @Test func folderWithKeysIsSpreadOverTheKeyboard() throws {
    let sound = try sounds(["piano_C5.wav", "piano C#4 soft.wav", "piano C#4 wild.WAV", "Piano-A2.wav"])
    #expect(sound.info.problems == [])
    #expect(sound.zones.map(\.root) == [61, 61, 45, 72])
    #expect(sound.zones.map(\.keys) == [54...66, 54...66, 0...53, 67...127])
    #expect(sound.zones.map(\.velocities) == [0...63, 64...127, 0...127, 0...127])
    #expect(sound.zones.allSatisfy { $0.mode == .once })
  }

  @Test func folderWithoutKeysIsAKit() throws {
    let sound = try sounds(["10 crash.wav", "2 snare.wav", "1 Kick.wav", "notes.txt", ".hidden.wav"])
    #expect(sound.info.problems == [])
    #expect(sound.zones.map(\.keys) == [36...36, 37...37, 38...38])
    #expect(sound.zones.map(\.root) == [36, 37, 38])
    #expect(sound.zones.allSatisfy { $0.mode == .oneShot && $0.velocities == 0...127 })
  }

  @Test func folderProblemsAreReported() throws {
    let empty = #expect(throws: PatchError.self) { try sounds(["notes.txt"]) }
    #expect(empty?.message.contains("holds no sound") == true)
    try Data("no sound".utf8).write(to: folder.appending(path: "wav/c.wav"))
    let kit = try SoundLibrary().load(folder.appending(path: "wav").path, rate: 48_000)
    #expect(kit.zones.count == 3 && kit.info.problems.count == 1, "\(kit.info.problems)")
    #expect(kit.info.problems.first?.contains("c.wav") == true)
    // Within a root: by its name; never outside.
    let root = try FileRoot(folder.path), library = try SoundLibrary(root: root)
    #expect(try library.load("wav", rate: 48_000).zones.count == 3)
    #expect(throws: PatchError.self) { try library.load("..", rate: 48_000) }
  }

  /// Playable parts are played; the rest is reported with its place.
  @Test func problemsAreReportedWithTheirPlaces() throws {
    let sound = try load(
      """
      <group> cutoff=100
      <region> sample=wav/missing.wav key=60
      <region> sample=wav/a.wav key=61 loop_start=10 loop_end=5000
      <region> sample=wav/a.wav key=62 loop_start=1000 loop_end=2000 loop_mode=loop_sustain
      <region> sample=wav/a.wav key=h3
      <region> sample=wav/b.wav key=63 volume=loud tune=9999 loop_mode=always
      <region> key=64
      <region> sample=wav/b.wav lokey=70 hikey=65
      <region> sample=wav/b.wav key=61
      <curve> curve_index=1
      stray
      """)
    let problems = sound.info.problems
    func has(_ line: Int, _ words: String) -> Bool {
      problems.contains { $0.hasPrefix("line \(line): ") && $0.contains(words) }
    }
    #expect(has(2, "missing.wav") && has(3, "from frame 10 to 5000 ends outside its 1000 frames"))
    #expect(has(4, "is not inside its 1000 frames") && has(5, "key=h3") && has(6, "volume=loud"))
    #expect(has(6, "tune=9999") && has(6, "loop_mode=always") && has(7, "without a sample"))
    #expect(has(8, "70 to 65") && has(10, "<curve>") && has(11, "stray"), "\(problems)")
    #expect(problems.contains { $0.contains("unknown opcode cutoff, and") })
    #expect(
      sound.zones.map(\.keys).contains(61...61) && sound.zones.contains { $0.keys == 63...63 && $0.tune == 2_400 })
    #expect(sound.zones.first { $0.keys == 61...61 }?.loop == SoundLoop(start: 20, length: 1_980))
  }

  @Test func withoutAPlayableRegionAFileIsUnreadable() throws {
    #expect(try failure("")?.contains("no region can be played") == true)
    #expect(try failure("<region> sample=none.wav")?.contains("line 1: sample none.wav") == true)
    #expect(try failure("RIFF")?.contains("no region") == true)
  }

  @Test func includesAreReadAndCyclesRefused() throws {
    _ = try write("#define $KEY 61\n<region> sample=wav/b.wav key=$KEY\n#include \"test.sfz\"", to: "part.sfz")
    let sound = try load("#include \"part.sfz\"\n#include \"none.sfz\"\n<region> sample=wav/a.wav key=60")
    #expect(sound.zones.map(\.keys) == [61...61, 60...60])
    let problems = sound.info.problems
    #expect(problems.count == 2)
    #expect(
      problems[0].hasPrefix("part.sfz, line 3: #include \"test.sfz\" is a cycle (test.sfz → part.sfz → test.sfz)"))
    #expect(problems[1].hasPrefix("line 2: #include \"none.sfz\""))
    // An include of itself, and one that doubles at each level.
    _ = try write("#include \"self.sfz\"", to: "self.sfz")
    #expect(try load("#include \"self.sfz\"\n<region> sample=wav/a.wav").zones.count == 1)
    for level in 0..<30 {
      _ = try write("#include \"n\(level + 1).sfz\"\n#include \"n\(level + 1).sfz\"", to: "n\(level).sfz")
    }
    _ = try write("<region> sample=wav/a.wav key=50", to: "n30.sfz")
    #expect(
      try load("#include \"n0.sfz\"\n<region> sample=wav/a.wav key=51").info.problems.contains {
        $0.contains("too many files")
      })
  }

  /// A hundred thousand regions: those that are heard are played, soon.
  @Test func manyRegions() throws {
    let lines = (0..<100_010).map {
      "<region> sample=wav/\($0 % 2 == 0 ? "a" : "b").wav key=\($0 % 128) lovel=\($0 / 128 % 128)"
    }
    let sound = try load(lines.joined(separator: "\n"))
    #expect(sound.zones.count <= 128 * 128 && !sound.zones.isEmpty)
    #expect(sound.info.problems.contains { $0.contains("more than 100000 regions") })
    #expect(sound.info.problems.contains { $0.contains("regions have no key and velocity of their own") })
    #expect(Set(sound.zones.map { ObjectIdentifier($0.sound) }).count == 2)
  }

  /// Files outside the folder of a confined instrument are refused.
  @Test func samplesAreConfinedToTheFolder() throws {
    let outside = folder.appending(path: "wav/a.wav").path
    try FileManager.default.createDirectory(at: folder.appending(path: "in"), withIntermediateDirectories: true)
    let text = "<region> sample=../wav/a.wav key=1\n<region> sample=\(outside) key=2\n<region> sample=b.wav key=3"
    _ = try write(text, to: "in/test.sfz")
    try FileManager.default.copyItem(
      at: folder.appending(path: "wav/b.wav"), to: folder.appending(path: "in/b.wav"))
    let library = try SoundLibrary(root: try FileRoot(folder.path))
    let sound = try library.load("in/test.sfz", rate: nil)
    #expect(sound.zones.map(\.keys) == [3...3] && sound.info.problems.count == 2, "\(sound.info.problems)")
    library.trusted = [folder.appending(path: "in/test.sfz").path]
    #expect(try library.load(folder.appending(path: "in/test.sfz").path, rate: nil).zones.count == 3)
  }

  /// Every beginning of a file is read, or refused with an error.
  @Test func cutFilesAreSafe() throws {
    let text =
      "#define $A 6\n<control> default_path=wav/\n<group> volume=-3\n<region> sample=a.wav key=$A0 loop_start=1\n#include \"x\""
    for count in 0...text.utf8.count {
      _ = try? load(String(decoding: text.utf8.prefix(count), as: UTF8.self))
    }
  }
}
