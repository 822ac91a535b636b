import Control
import Engine
import Foundation
import Hosts
import ModuleKit
import Modules
import PatchKit
import SoundFiles
import TestSupport
import Tracks

let registry = Registry.linked()
let golden = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../Golden")
  .standardized.path

/// Offline rendering of tracks.
enum TrackRig {
  /// The two sides of a score.
  static func render(_ score: TrackScore, period: Int = 1_024) throws -> [[Float]] {
    let engine = Engine(sampleRate: score.rate, inputChannels: 0, outputChannels: 2)
    let session = Session(engine: engine, registry: registry)
    let library = try SoundLibrary()
    session.plans.sounds = { (name, rate) throws(PatchError) in try library.load(name, rate: rate) }
    try session.tracks.start(score, at: 0)
    let sink = Collector()
    try OfflineHost(engine: engine, period: period).render(
      frames: score.frames, into: sink,
      next: { _ in
        session.tick()
        return session.nextDueFrame
      }, progress: { _ in true })
    return sink.sides
  }

  /// The compiler of a track, with its clips and the gains of its loud steps.
  ///
  /// - Parameter read: returns a file's channels.
  static func compiler(
    _ track: Track, measures: Bool = true, read: (String, Double) -> [[Float]]? = { Sound.channels(of: $0, rate: $1) }
  ) throws -> TrackCompiler {
    var compiler = TrackCompiler(track, rate: track.sampleRate)
    for clip in track.clips {
      if let sound = try? Sound.length(of: clip.path) {
        compiler.sounds[clip.path] = .init(frames: sound.frames, rate: sound.rate)
      }
    }
    compiler.readSounds(read)
    let library = try SoundLibrary()
    if measures {
      try StepPeaks.measure(&compiler, in: registry) { (name, rate) throws(PatchError) in
        try library.load(name, rate: rate)
      }
    }
    return compiler
  }

  /// A track of one voice, at a level of 1 throughout.
  static func track(_ voice: TrackVoice, seconds: Double, rate: Double) -> Track {
    var track = Track(), voice = voice
    track.sampleRate = rate
    track.crossfade = 0
    if voice.envelope == nil { voice.envelope = .fade(seconds: 0, from: 1, to: 1) }
    track.steps = [TrackStep(duration: seconds, voices: [voice])]
    return track
  }

  private final class Collector: SoundSink {
    var sides: [[Float]] = [[], []]
    func write(_ samples: UnsafePointer<Float>, frames: Int) {
      for i in 0..<frames { for side in 0..<2 { sides[side].append(samples[2 * i + side]) } }
    }
    func finish() {}
  }
}

extension TrackValue {
  /// A value of the reference data.
  init?(_ value: Any) {
    switch value {
    case let number as NSNumber:
      self = String(cString: number.objCType) == "c" ? .bool(number.boolValue) : .number(number.doubleValue)
    case let text as String: self = .text(text)
    case let list as [Any]: self = .list(list.compactMap { TrackValue($0) })
    default: return nil
    }
  }
}
