import Foundation
import Hosts
import SoundFiles
import Testing

/// `weft render`: readable files with the requested sound.
@Suite struct RenderCommandTests {
  private let files: ExampleFiles
  init() throws { files = try ExampleFiles() }

  private func render(_ words: String...) throws -> WeftProcess { try render(words) }
  private func render(_ words: [String]) throws -> WeftProcess { try WeftProcess.run(["render", "-q"] + words) }

  @Test(arguments: ["wav", "flac", "aiff", "w64", "caf", "ogg", "mp3"]) func everySoundFormatHoldsTheTone(
    ending: String
  )
    throws
  {
    let path = files["tone.\(ending)"]
    let run = try render(files.sine, "-o", path, "--seconds", "1", "--rate", "44100")
    #expect(run.status == 0 && run.output.isEmpty && run.errors.isEmpty, "\(run.errors)")
    let sound = try Sound(path: path)
    #expect(sound.rate == 44_100 && sound.channels.count == 2)
    #expect(sound.channels[0].count == 44_100)
    #expect(abs(pitch(of: sound.channels[0], rate: 44_100) - 440) < 0.1)
    #expect(!FileManager.default.fileExists(atPath: path + ".part"))
  }

  @Test func mp3HasTwoChannelsAndItsOwnRates() throws {
    for (words, reason) in [
      (["--rate", "96000"], "not 96000"), (["--channels", "3"], "not 3"), (["--bits", "16"], "32 bits, not 16"),
    ] {
      let run = try render([files.sine, "-o", files["tone.mp3"], "--seconds", "0.1"] + words)
      #expect(run.status != 0 && run.errors.contains(reason), "\(run.errors)")
      #expect(!FileManager.default.fileExists(atPath: files["tone.mp3"]))
      #expect(!FileManager.default.fileExists(atPath: files["tone.mp3"] + ".part"))
    }
    let pipe = "\(WeftProcess.program.path) render -q \(files.sine) -o /dev/stdout --format mp3 --seconds 1 | wc -c"
    let piped = try WeftProcess.run("-c", pipe, program: URL(fileURLWithPath: "/bin/sh"))
    #expect(piped.output.contains("0") && piped.errors.contains("flac and ogg go"), "\(piped.errors)")
  }

  /// An export that a player or a phone reads: its exact length, and the level of the track.
  @Test func trackIsExportedAsMp3() throws {
    let track = try files.write(
      """
      { "global_settings": { "sample_rate": 44100, "crossfade_duration": 0.2 }, "steps": [
          { "duration": 1.5, "voices": [{ "synth_function_name": "binaural_beat", "params": { "baseFreq": 220 } }] },
          { "duration": 1, "voices": [{ "synth_function_name": "binaural_beat", "params": { "baseFreq": 330 } }] }] }
      """, to: "track.json")
    for ending in ["mp3", "wav"] {
      #expect(try render(track, "-o", files["track.\(ending)"], "--peak", "0.25").status == 0)
    }
    let sound = try Sound(path: files["track.mp3"]), exact = try Sound(path: files["track.wav"])
    #expect(sound.rate == 44_100 && sound.channels.count == 2 && sound.frames == exact.frames)
    var worst: Float = 0
    for side in 0..<2 {
      for i in 0..<exact.frames { worst = max(worst, (sound.channels[side][i] - exact.channels[side][i]).magnitude) }
    }
    #expect(worst < 0.02, "\(worst)")
  }

  /// A step whose peak is brought to full scale does not clip by rounding.
  @Test func normalisedStepDoesNotClip() throws {
    for (number, base) in [181.3, 200, 217.7, 333.1].enumerated() {
      let track = try files.write(
        """
        { "global_settings": { "sample_rate": 44100 }, "steps": [{ "duration": 1.5, "voices": [
            { "synth_function_name": "binaural_beat", "params": { "baseFreq": \(base), "ampL": 0.9, "ampR": 0.8 } },
            { "synth_function_name": "binaural_beat", "params": { "baseFreq": 140, "ampL": 0.7, "ampR": 0.9 } }] }] }
        """, to: "loud.json")
      let run = try WeftProcess.run("render", track, "-o", files["loud-\(number).flac"])
      #expect(run.status == 0 && !run.errors.contains("clipped"), "\(run.errors)")
      #expect(loudest(try Sound(path: files["loud-\(number).flac"]).channels.joined()) > 0.999)
    }
  }

  /// The sound decides what is in memory, not its length.
  @Test func memoryOfARenderDoesNotGrowWithATrack() throws {
    func peak(_ minutes: Int) throws -> Int {
      let track = try files.write(
        """
        { "global_settings": { "sample_rate": 8000 }, "steps": [{ "duration": \(60 * minutes), "voices": [
            { "synth_function_name": "binaural_beat", "params": {} }] }] }
        """, to: "long.json")
      var usage = rusage()
      let child = try start(["render", "-q", track, "-o", files["long.flac"], "--peak", "0.5", "--period", "4096"])
      var status: Int32 = 0
      #expect(wait4(child, &status, 0, &usage) == child && status == 0)
      return usage.ru_maxrss
    }
    let short = try peak(1), long = try peak(20)
    #expect(long < short + 8_192, "\(short) kB for a minute, \(long) kB for twenty")
  }

  private func start(_ words: [String]) throws -> pid_t {
    var child = pid_t(0)
    let path = WeftProcess.program.path
    var arguments: [UnsafeMutablePointer<CChar>?] = ([path] + words).map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    let failure = posix_spawn(&child, path, nil, nil, &arguments, environ)
    guard failure == 0 else { throw POSIXError(.init(rawValue: failure) ?? .EIO) }
    return child
  }

  @Test func scoreRecordingIsSampleAccurate() throws {
    let score = try files.write(
      "0.25 /record/start \(files["take.wav"])\n0.75 /record/stop\n", to: "take.score")
    #expect(try render(files.sine, "-o", files["all.wav"], "--seconds", "1", "--score", score).status == 0)
    let all = try Sound(path: files["all.wav"]), take = try Sound(path: files["take.wav"])
    #expect(take.channels == all.channels.map { Array($0[12_000..<36_000]) })
    // The file exists now: the score's line fails, and so does the render.
    #expect(try render(files.sine, "-o", files["all.wav"], "--seconds", "1", "--score", score).status == 1)
  }

  @Test func wavIsFloatByDefault() throws {
    #expect(try render(files.sine, "-o", files["tone.wav"], "--seconds", "0.1").status == 0)
    let header = try files.read("tone.wav").prefix(64)
    #expect(header.prefix(4) == Data("RIFF".utf8))
    // The tag of the format chunk: 3 is float, 0xFFFE the extensible form of it.
    let chunk = try #require(header.range(of: Data("fmt ".utf8)))
    let tag = Int(header[chunk.upperBound + 4]) | Int(header[chunk.upperBound + 5]) << 8
    #expect([3, 0xFFFE].contains(tag))
    #expect(try render(files.sine, "-o", files["tone.bin"], "--format", "flac", "--seconds", "0.1").status == 0)
    #expect(try files.read("tone.bin").prefix(4) == Data("fLaC".utf8))
    let unknown = try render(files.sine, "-o", files["tone.mp9"])
    #expect(unknown.status == 2 && unknown.errors.contains("--format"))
  }

  @Test func rawGoesToStandardOutput() throws {
    let words = "render -q \(files.sine) -o - --seconds 0.5 --channels 1 > \(files["raw"])"
    let shell = URL(fileURLWithPath: "/bin/sh")
    #expect(try WeftProcess.run("-c", "\(WeftProcess.program.path) \(words)", program: shell).status == 0)
    let raw = try files.read("raw").withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
    #expect(raw.count == 24_000 && abs(pitch(of: raw) - 440) < 0.1)
    // A closed pipe ends it silently.
    let head = "\(WeftProcess.program.path) render -q \(files.sine) -o - --seconds 1000 | head -c 1000 | wc -c"
    #expect(try WeftProcess.run("-c", head, program: shell).output.contains("1000"))
  }

  @Test func renderingIsIndependentOfThePeriod() throws {
    #expect(try render(files.sine, "-o", files["a.wav"], "--seconds", "1", "--score", files.score).status == 0)
    #expect(
      try render(files.sine, "-o", files["b.wav"], "--seconds", "1", "--score", files.score, "--period", "77").status
        == 0)
    let a = try Sound(path: files["a.wav"]).channels[0], b = try Sound(path: files["b.wav"]).channels[0]
    #expect(loudest(zip(a, b).map { $0 - $1 }) <= 1e-6)
    #expect(abs(pitch(of: Array(a[..<9_600])) - 440) < 0.5 && abs(pitch(of: Array(a[12_000...])) - 660) < 0.5)
  }

  @Test func scoreErrorsAreNamed() throws {
    try files.write("0 /mod/osc/frequency 550\n0.1 /mod/osc/frequenzy 1\n", to: "bad.score")
    let run = try render(files.sine, "-o", files["x.wav"], "--seconds", "0.5", "--score", files["bad.score"])
    #expect(run.status == 1 && run.errors.contains("line 2") && run.errors.contains("frequency"), "\(run.errors)")
    try files.write("soon /mod/osc/frequency 550\n", to: "worse.score")
    let worse = try render(files.sine, "-o", files["x.wav"], "--score", files["worse.score"])
    #expect(worse.status == 3 && worse.errors.contains("worse.score:1"), "\(worse.status) \(worse.errors)")
  }

  @Test func renderPlaysAnInputFile() throws {
    #expect(try render(files.sine, "-o", files["tone.wav"], "--seconds", "0.5").status == 0)
    let run = try render(files.half, "-o", files["half.wav"], "--seconds", "1", "--input", files["tone.wav"])
    #expect(run.status == 0, "\(run.errors)")
    let whole = try Sound(path: files["tone.wav"]).channels[0]
    #expect(loudest(whole[..<100]) > 0.9 * loudest(whole), "nothing is faded in")
    let half = try Sound(path: files["half.wav"]).channels[0]
    #expect(loudest(zip(whole, half).map { 0.5 * $0 - $1 }) < 1e-4)
    #expect(loudest(half[24_000...]) == 0)
  }

  @Test func unwritableOutputFails() throws {
    let run = try render(files.sine, "-o", "/nowhere/tone.wav")
    #expect(run.status == 1 && run.errors.contains("/nowhere/tone.wav"), "\(run.status) \(run.errors)")
  }

  @Test func progressIsOneLinePerTenPercent() throws {
    let run = try WeftProcess.run("render", files.sine, "-o", files["x.wav"], "--seconds", "5")
    let progress = run.errors.split(separator: "\n").filter { $0.contains("%") }
    #expect(run.status == 0 && progress.count == 10, "\(run.errors)")
    #expect(run.errors.contains("100 %"))
  }
}
