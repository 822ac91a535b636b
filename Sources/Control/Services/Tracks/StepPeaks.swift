import DSP
import Engine
import ModuleKit
import PatchKit
import Tracks

/// Renders steps alone before a track is compiled: for the peaks of those whose amplitudes add up to more than 1, and for
/// phases.
public enum StepPeaks {
  /// Frames at a time.
  private static let period = 4_096
  /// Frames of a fade that are compared for its phase.
  private static let compared = 2_048

  /// Aligns phases where the track asks for it, then sets the factor of each loud step of a compiler: 1 / peak, where the
  /// peak exceeds 1.
  ///
  /// - Parameters:
  ///   - wanted: the numbers of the steps that are heard; nil: all.
  ///   - progress: called with the share that is done; false ends it, and the remaining steps keep the factor that
  ///     their amplitudes allow.
  public static func measure(
    _ compiler: inout TrackCompiler, of wanted: Set<Int>? = nil, in registry: Registry,
    sounds: @escaping SoundSource, progress: (Double) -> Bool = { _ in true }
  ) throws(PatchErrors) {
    if compiler.alignsPhases { try align(&compiler, in: registry, sounds: sounds) }
    let steps = compiler.loudSteps.filter { wanted?.contains($0) != false }
    for (i, number) in steps.enumerated() where compiler.gains[number] == nil {
      guard progress(Double(i) / Double(steps.count)) else { return }
      compiler.gains[number] = 1
      guard let score = compiler.score(ofStep: number) else { continue }
      var peak: Float = 0
      try render(score, frames: score.frames, in: registry, sounds: sounds) { sides, count, _ in
        for side in sides { peak = greatestMagnitude(of: side!, count: count, least: peak) }
      }
      // Below full scale by what the gains of voice, step and mixer round.
      compiler.gains[number] = peak > 1 ? 0.999_999 / Double(peak) : 1
    }
  }

  /// Moves each step that fades in so that it is in phase with the one before.
  private static func align(
    _ compiler: inout TrackCompiler, in registry: Registry, sounds: @escaping SoundSource
  ) throws(PatchErrors) {
    for step in compiler.fadedSteps {
      guard let earlier = compiler.score(ofStep: step.earlier), let own = compiler.score(ofStep: step.number) else {
        continue
      }
      let frames = min(step.frames, compared, own.frames, earlier.frames - step.start)
      guard frames > 1 else { continue }
      let before = try part(of: earlier, from: step.start, frames, in: registry, sounds: sounds)
      let after = try part(of: own, from: 0, frames, in: registry, sounds: sounds)
      compiler.advances[step.number] = -PhaseAlignment.shift(of: after, to: before, most: frames)
    }
  }

  /// Both sides of a part of a score.
  private static func part(
    of score: TrackScore, from first: Int, _ frames: Int, in registry: Registry, sounds: @escaping SoundSource
  ) throws(PatchErrors) -> [[Double]] {
    var result = [[Double]](repeating: [], count: 2)
    try render(score, frames: first + frames, in: registry, sounds: sounds) { sides, count, start in
      for i in max(0, first - start)..<max(count, first - start) where i < count {
        for side in 0..<2 { result[side].append(Double(sides[side]![i])) }
      }
    }
    return result
  }

  /// Renders a score from its start.
  ///
  /// - Parameter body: receives the sides, their frames, and the first frame.
  private static func render(
    _ score: TrackScore, frames: Int, in registry: Registry, sounds: @escaping SoundSource,
    _ body: (_ sides: [UnsafeMutablePointer<Float>?], _ count: Int, _ start: Int) -> Void
  ) throws(PatchErrors) {
    let engine = Engine(sampleRate: score.rate, inputChannels: 0, outputChannels: 2)
    let session = Session(engine: engine, registry: registry)
    session.plans.sounds = sounds
    try session.tracks.start(score, at: 0)
    let samples = UnsafeMutablePointer<Float>.allocate(capacity: 2 * period)
    samples.initialize(repeating: 0, count: 2 * period)
    defer { samples.deallocate() }
    let outputs = [Optional(samples), Optional(samples + period)]
    var done = 0
    while done < frames {
      session.tick()
      let count = min(period, frames - done, max(1, (session.nextDueFrame ?? .max) - done))
      engine.render(inputs: [], outputs: outputs, frames: count)
      body(outputs, count, done)
      done += count
    }
  }
}
