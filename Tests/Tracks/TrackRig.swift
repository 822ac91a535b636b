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
    session.plans.sounds = { (name, rate) throws(PatchError) in
      name == headName ? head : try library.load(name, rate: rate)
    }
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
    compiler.head = headName
    let library = try SoundLibrary()
    if measures {
      try StepPeaks.measure(&compiler, in: registry) { (name, rate) throws(PatchError) in
        name == headName ? head : try library.load(name, rate: rate)
      }
    }
    return compiler
  }

  static let headName = "reference head"
  /// The head responses of the reference, with the ears exchanged, as it has them: a ring of 72 directions.
  static let head: SoundBuffer = {
    let data = try! Data(contentsOf: URL(fileURLWithPath: golden + "/voices/head_responses_left.bin"))
    let left = (0..<72).map { row in
      (0..<512).map { i -> Float in
        let at = 2 * (512 * row + i)
        return Float(Int16(truncatingIfNeeded: Int(data[at]) | Int(data[at + 1]) << 8)) / 32_768
      }
    }
    var info = SoundInfo()
    for row in 0..<72 {
      let angle = Float(row) * .pi / 36
      info.directions.append(SIMD3(cos(angle), sin(angle), 0))
    }
    return SoundBuffer(channels: (0..<72).flatMap { [left[(72 - $0) % 72], left[$0]] }, rate: 44_100, info: info)
  }()

  /// The gain of the reference's overlapping windows, which are not normalised there.
  static func windowGain(milliseconds: Double, overlap: Int) -> Double {
    let length = Int((milliseconds * 44.1).rounded(.toNearestOrEven)), hop = length / overlap
    let sum = (0..<length).reduce(0.0) { sum, i in
      let sine = sin(.pi * Double(i) / Double(length - 1))
      return sum + (overlap == 2 || overlap == 4 ? sine : sine * sine)
    }
    return sum / Double(hop)
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
