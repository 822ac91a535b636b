import CommandParser
import Control
import Glibc
import ModuleKit
import PatchKit
import SoundFiles
import Tracks

/// A track of the command line, compiled.
struct TrackJob {
  let score: TrackScore
  /// The paths of its sound files.
  let sounds: Set<String>

  /// The text of a file if that is a track; nil for a patch, a pipe, or a file that cannot be read.
  static func track(_ path: String) throws(PatchErrors) -> [UInt8]? {
    guard let bytes = try? TextFile.read(path), TrackFile.isTrack(bytes) else { return nil }
    return bytes
  }

  /// Reads a track; nil for any other file.
  static func contents(_ path: String) throws(PatchErrors) -> TrackFile.Contents? {
    guard let bytes = try track(path) else { return nil }
    return try TrackFile.read(bytes, file: path)
  }

  /// Reads and compiles a track; nil for any other file.
  ///
  /// - Parameter arguments: of `render`; nil: the peaks of loud steps are not measured.
  init?(_ path: String, _ arguments: Arguments?, _ registry: Registry) throws {
    guard let bytes = try TrackJob.track(path) else { return nil }
    let allowsMissing = arguments?.has("allow-missing") ?? false
    let contents = try TrackFile.read(bytes, file: path, allowMissing: allowsMissing)
    for warning in contents.warnings { Console.warn(warning.asWarning(in: path)) }
    let track = contents.track
    let rate = arguments.map { $0.isGiven("rate") ? $0.number("rate") : track.sampleRate } ?? track.sampleRate
    var compiler = TrackCompiler(track, rate: rate)
    let (lengths, errors) = TrackJob.lengths(of: track, path)
    if !errors.isEmpty {
      guard allowsMissing else { throw PatchErrors(errors) }
      for error in errors { Console.warn("\(error); it is left out") }
    }
    compiler.sounds = lengths
    compiler.head = HeadResponses.installed
    sounds = Set(track.soundPaths)
    compiler.readSounds(Sound.channels)
    if let arguments {
      let library = try SoundLibrary(samples: nil), heard = TrackJob.heardSteps(compiler, arguments)
      try StepPeaks.measure(&compiler, of: heard, in: registry) { (name, rate) throws(PatchError) in
        try library.load(name, rate: rate)
      }
    }
    score = try TrackJob.part(compiler, arguments)
    if let arguments { TrackJob.warnOfMono(track, channels: arguments.count("channels")) }
  }

  /// The numbers of the steps that the options ask for; nil: all.
  private static func heardSteps(_ compiler: TrackCompiler, _ arguments: Arguments) -> Set<Int>? {
    if let step = arguments.text("step").flatMap({ Int($0) }) { return [step] }
    guard arguments.isGiven("from") || arguments.isGiven("to") else { return nil }
    let score = compiler.score(), from = arguments.optionalNumber("from") ?? 0
    let to = arguments.optionalNumber("to") ?? .infinity
    return Set(
      score.steps.filter { Double($0.end) > from * score.rate && Double($0.start) < to * score.rate }.map(\.number))
  }

  /// The part of a track that the options ask for.
  private static func part(_ compiler: TrackCompiler, _ arguments: Arguments?) throws -> TrackScore {
    guard let arguments else { return compiler.score() }
    var score: TrackScore
    if let step = arguments.text("step").flatMap({ Int($0) }) {
      guard let alone = compiler.score(ofStep: step) else {
        throw UsageError("the track has no step \(step)", command: arguments.command)
      }
      score = alone
    } else {
      score = compiler.score()
    }
    func frame(_ name: String) -> Int? { arguments.optionalNumber(name).map { Int($0 * score.rate) } }
    let from = frame("from") ?? 0, to = frame("to") ?? score.frames
    guard from < min(to, score.frames) else {
      throw UsageError("nothing is left between --from and --to", command: arguments.command)
    }
    if from > 0 || to < score.frames { score = score.cut(from: from, to: to) }
    if let frames = frame("fade-in") { score.fadeIn(frames: frames) }
    if let frames = frame("fade-out") { score.fadeOut(frames: frames) }
    return score
  }

  /// Warns where a difference between the ears is lost.
  static func warnOfMono(_ track: Track, channels: Int) {
    let isBinaural = track.steps.contains { $0.voices.contains { $0.name.hasPrefix("binaural_beat") } }
    guard channels == 1, isBinaural else { return }
    Console.warn("a binaural beat needs two channels; isochronic_tone and monaural_beat_stereo_amps do not")
  }

  /// Frames and rates of a track's clips; an error for each that cannot be read.
  static func lengths(
    of track: Track, _ path: String
  ) -> (lengths: [String: TrackCompiler.SoundLength], errors: [PatchError]) {
    var lengths: [String: TrackCompiler.SoundLength] = [:], errors: [PatchError] = []
    for (i, clip) in track.clips.enumerated() where lengths[clip.path] == nil {
      do throws(PatchError) {
        let (frames, rate) = try Sound.length(of: clip.path)
        lengths[clip.path] = .init(frames: frames, rate: rate)
      } catch {
        errors.append(PatchError(error.code, error.message, at: Place(file: path, path: "clip \(i + 1)")))
      }
    }
    return (lengths, errors)
  }

  /// Checks a track.
  ///
  /// - Returns: the warnings.
  static func check(
    _ bytes: [UInt8], _ path: String, allowMissing: Bool, say: (String) -> Void
  ) throws(PatchErrors) -> [PatchError] {
    let contents = try TrackFile.read(bytes, file: path, allowMissing: allowMissing)
    let (lengths, errors) = lengths(of: contents.track, path)
    if !errors.isEmpty, !allowMissing { throw PatchErrors(errors) }
    var compiler = TrackCompiler(contents.track, rate: contents.track.sampleRate)
    compiler.sounds = lengths
    compiler.readSounds(Sound.channels)
    let score = compiler.score(), seconds = Int((Double(score.frames) / score.rate).rounded())
    let voices = contents.track.steps.reduce(0) { $0 + $1.voices.count }
    say("\(path): \(score.steps.count) steps, \(voices) voices, \(TrackTime.text(Double(seconds)))")
    return contents.warnings + (allowMissing ? errors : [])
  }
}
