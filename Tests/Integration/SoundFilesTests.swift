import Control
import Engine
import Foundation
import Glibc
import Hosts
import ModuleKit
import PatchKit
import SoundFiles
import Testing

/// Patches with sound files: from the file on disk to the rendered sound.
@Suite struct SoundFilesTests {
  private let files: ExampleFiles

  init() throws {
    files = try ExampleFiles()
    try FileManager.default.createDirectory(atPath: files["kit"], withIntermediateDirectories: true)
    for (name, hertz) in [("kit/low.wav", 220), ("kit/high.wav", 880)] as [(String, Float)] {
      let writer = try SoundFileWriter(path: files[name], format: .wav, channels: 1, rate: 44_100)
      let tone = (0..<88_200).map { 0.5 * sinf(2 * .pi * hertz * Float($0) / 44_100) }
      try writer.write(tone, frames: tone.count)
      try writer.finish()
    }
  }

  private func patch(_ file: String) -> String {
    """
    { "weft": 1, "nodes": {
        "out": { "type": "output" }, "hold": { "type": "constant", "params": { "value": 1 } },
        "play": { "type": "sampler", "params": { "file": "\(file)", "loop": "forward" } } },
      "cables": [ ["hold", "play/gate"], ["play", "out"] ] }
    """
  }

  /// Paths are relative to the patch, independent of the working directory.
  @Test func soundPathsAreRelativeToThePatch() throws {
    let path = try files.write(patch("kit/low.wav"), to: "beside.json")
    let run = try WeftProcess.run(["render", "-q", path, "-o", files["low.wav"], "--seconds", "1"])
    #expect(run.status == 0 && run.errors.isEmpty, "\(run.errors)")
    #expect(abs(pitch(of: try Sound(path: files["low.wav"]).channels[0]) - 220) < 0.1)
    #expect(try WeftProcess.run("check", path).status == 0)
  }

  @Test func missingSoundFileIsReportedAndSilent() throws {
    let path = try files.write(patch("kit/none.wav"), to: "missing.json")
    let run = try WeftProcess.run(["render", "-q", path, "-o", files["silence.wav"], "--seconds", "0.2"])
    #expect(run.status == 1 && run.errors.contains("play/file") && run.errors.contains("kit/none.wav"), "\(run.errors)")
    #expect(try Sound(path: files["silence.wav"]).channels[0].allSatisfy { $0 == 0 })
    let check = try WeftProcess.run("check", path)
    #expect(check.status == 3 && check.errors.contains("play/file") && check.errors.contains("kit/none.wav"))
  }

  @Test func samplesAreNamedWithoutAPath() throws {
    let path = try files.write(patch("low"), to: "named.json")
    let run = try WeftProcess.run(
      ["render", "-q", path, "-o", files["named.wav"], "--seconds", "1", "--samples", files["kit"]])
    #expect(run.status == 0, "\(run.errors)")
    #expect(abs(pitch(of: try Sound(path: files["named.wav"]).channels[0]) - 220) < 0.1)
  }

  /// A patch saved elsewhere still finds its sounds; saved beside them, it names them by relative paths.
  @Test func savedSoundPathsAreRelative() throws {
    let registry = PatchPlayer.registry
    let patch = try PatchFile.read(path: try files.write(patch("kit/low.wav"), to: "a.json"), in: registry)
    try FileManager.default.createDirectory(atPath: files["deep/er"], withIntermediateDirectories: true)
    try PatchFile.write(patch, to: files["deep/er/b.json"], in: registry)
    #expect(try String(contentsOfFile: files["deep/er/b.json"], encoding: .utf8).contains("\"../../kit/low.wav\""))
    #expect(try PatchFile.read(path: files["deep/er/b.json"], in: registry) == patch)
    try PatchFile.write(patch, to: files["kit/c.json"], in: registry)
    #expect(try String(contentsOfFile: files["kit/c.json"], encoding: .utf8).contains("\"file\": \"low.wav\""))
  }

  /// Replacing a file while playing: crossfaded, and everything else continues.
  @Test func soundFileChangeIsCrossfaded() throws {
    let engine = Engine(sampleRate: 48_000)
    let session = Session(engine: engine, registry: PatchPlayer.registry), library = try SoundLibrary()
    session.plans.sounds = { (name, rate) throws(PatchError) in try library.load(name, rate: rate) }
    var replies: [OSCMessage] = []
    let requester = Requester { replies.append($0) }
    let path = try files.write(patch("kit/low.wav"), to: "a.json")
    session.setDraft(try PatchFile.read(path: path, in: session.registry))
    session.perform(OSCMessage("/patch/commit", [0]), from: requester)
    _ = render(session, 20_000)
    session.perform(OSCMessage("/mod/play/file", [.string(files["kit/high.wav"])]), from: requester)
    #expect(replies.last?.address == "/done", "\(replies)")
    let sound = render(session, 20_000)
    let step = zip(sound, sound.dropFirst()).map { abs($1 - $0) }.max()!
    #expect(step < 0.5 * 2 * .pi * 880 / 48_000 * 1.3, "\(step)")
    #expect(abs(pitch(of: Array(sound[2_000...])) - 880) < 0.5)
    // The old sound is freed.
    _ = render(session, 2_000)
    #expect(library.count == 1)

    session.perform(OSCMessage("/mod/play/file", [.string("nowhere.wav")]), from: requester)
    #expect(replies.last?.address == "/fail" && replies.last?.arguments[1].text == "unreadable", "\(replies.last!)")
    #expect(abs(pitch(of: render(session, 20_000)) - 880) < 0.5)
    session.perform(OSCMessage("/mod/play/file"), from: requester)
    #expect(replies.last?.arguments.last?.text == files["kit/high.wav"])
  }

  private func render(_ session: Session, _ frames: Int) -> [Float] {
    var left = [Float](repeating: 0, count: frames), right = left
    for start in stride(from: 0, to: frames, by: 100) {
      left.withUnsafeMutableBufferPointer { l in
        right.withUnsafeMutableBufferPointer { r in
          session.engine.render(
            inputs: [], outputs: [l.baseAddress! + start, r.baseAddress! + start], frames: min(100, frames - start))
        }
      }
      session.tick()
    }
    return left
  }
}
