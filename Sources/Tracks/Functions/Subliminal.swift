import Glibc
import PatchKit

extension SynthFunction {
  /// Sound files moved up to a carrier near the end of hearing.
  static let subliminal = SynthFunction(
    "subliminal_encode", hasTransition: false,
    [Knob("carrierFreq", 17_500, 0...100_000, .constant), Knob("amp", 0.5, Ranges.level, .constant)],
    others: [
      VoiceParameter("audio_path", .path), VoiceParameter("audio_paths", .paths),
      VoiceParameter("mode", .text),
    ]
  ) { voice in voice.buildSubliminal() }
}

extension TrackVoice {
  /// True for noise through swept notches.
  var isNoise: Bool { SynthFunction.named(name)?.name == SynthFunction.sweptNoise.name }

  /// The files of a subliminal voice, of which a list wins over one path; the sound in place of noise.
  var soundPaths: [String] {
    if isNoise {
      if case .text(let path)? = params["input_audio_path"], !path.isEmpty { return [path] }
      return []
    }
    if case .list(let items)? = params["audio_paths"] {
      return items.compactMap { if case .text(let path) = $0 { path } else { nil } }
    }
    if case .text(let path)? = params["audio_path"] { return [path] }
    return []
  }
}

extension VoiceBuilder {
  /// One file on its carrier.
  private struct Words {
    let path: String
    /// The samples on the carrier, at a peak of 1.
    var samples: [Double]
    let peak: Double
  }
  /// One play of a file: its number, first frame and frames.
  private typealias Play = (file: Int, start: Int, frames: Int)

  private static let carriers = 15_000.0...20_000.0
  /// Seconds between files.
  private static let pause = 1.0
  /// Seconds that are searched for the peak of files on top of each other.
  private static let searched = 60.0

  fileprivate mutating func buildSubliminal() {
    let range = Self.carriers
    let carrier = min(max(self["carrierFreq"].from, range.lowerBound), range.upperBound)
    let files = voice.soundPaths.compactMap { words($0, carrier) }
    guard !files.isEmpty else { return }
    let isStack = text("mode") == "stack"
    let plays = isStack ? files.indices.flatMap { repeats($0, files[$0].samples.count) } : sequence(files)
    let level = self["amp"].from / (isStack ? stackPeak(files) : sequencePeak(files, plays))
    guard level.isFinite else { return }
    var taps: [Tap] = []
    for play in plays {
      let node = product(of: files[play.file].path, carrier, play)
      taps.append(Tap(port: PortAddress(node, "out"), amount: level / files[play.file].peak))
    }
    (left, right) = (taps, taps)
  }

  private func words(_ path: String, _ carrier: Double) -> Words? {
    guard let samples = soundFiles.means[path], !samples.isEmpty else { return nil }
    let turn = 2 * Double.pi * carrier / rate
    let modulated = samples.enumerated().map { Double($1) * sin(turn * Double($0)) }
    let peak = modulated.reduce(0) { max($0, $1.magnitude) }
    guard peak > 0 else { return nil }
    return Words(path: path, samples: modulated.map { $0 / peak }, peak: peak)
  }

  /// A file again and again until the end of the step.
  private func repeats(_ file: Int, _ length: Int) -> [Play] {
    stride(from: 0, to: frames, by: length).map { (file, $0, min(length, frames - $0)) }
  }

  /// One file after the other, in a circle.
  private func sequence(_ files: [Words]) -> [Play] {
    var plays: [Play] = [], at = 0
    while at < frames {
      let file = plays.count % files.count, length = files[file].samples.count
      plays.append((file, at, min(length, frames - at)))
      at += length + Int(Self.pause * rate)
    }
    return plays
  }

  private func sequencePeak(_ files: [Words], _ plays: [Play]) -> Double {
    // Whole plays have a peak of 1.
    if plays.contains(where: { $0.frames == files[$0.file].samples.count }) { return 1 }
    return plays.map { play in files[play.file].samples[..<play.frames].reduce(0) { max($0, $1.magnitude) } }.max() ?? 1
  }

  /// The peak of the sum.
  private func stackPeak(_ files: [Words]) -> Double {
    var peak = 0.0
    for i in 0..<min(frames, Int(Self.searched * rate)) {
      var sum = 0.0
      for file in files { sum += file.samples[i % file.samples.count] }
      peak = max(peak, sum.magnitude)
    }
    return peak
  }

  /// A sound file times a sine.
  private mutating func product(of path: String, _ carrier: Double, _ play: Play) -> String {
    let span = (from: play.start, frames: play.frames)
    // Above half the rate the carrier folds back.
    let folded = carrier - (carrier / rate).rounded() * rate
    let sine = add("sine", Self.pitch(Moving(folded)).merging(["gain": Moving(1)]) { $1 }, span: span)
    let sampler = add("sampler", choices: ["file": path], span: span)
    setGate(of: sampler)
    let product = add("math", ["b": Moving(0)], choices: ["operation": "multiply"], span: span)
    for side in ["left", "right"] { connect(Tap(port: PortAddress(sampler, side), amount: 0.5), product, "a") }
    connect(Tap(port: PortAddress(sine, "out")), product, "b")
    return product
  }
}
