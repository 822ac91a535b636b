import Engine
import ModuleKit
import PatchKit
import Tracks

/// Measures the peaks of steps whose amplitudes add up to more than 1, by rendering them.
public enum StepPeaks {
  /// Frames at a time.
  private static let period = 4_096

  /// Sets the factor of each loud step of a compiler: 1 / peak, where the peak exceeds 1.
  ///
  /// - Parameter progress: called with the share that is done; false ends it, and the remaining steps keep the factor
  ///   that their amplitudes allow.
  public static func measure(
    _ compiler: inout TrackCompiler, in registry: Registry, sounds: @escaping SoundSource,
    progress: (Double) -> Bool = { _ in true }
  ) throws(PatchErrors) {
    let steps = compiler.loudSteps
    for (i, number) in steps.enumerated() where compiler.gains[number] == nil {
      guard progress(Double(i) / Double(steps.count)) else { return }
      compiler.gains[number] = 1
      guard let score = compiler.score(ofStep: number) else { continue }
      let peak = try peak(of: score, in: registry, sounds: sounds)
      compiler.gains[number] = peak > 1 ? 1 / peak : 1
    }
  }

  /// The greatest magnitude of a score.
  static func peak(
    of score: TrackScore, in registry: Registry, sounds: @escaping SoundSource
  ) throws(PatchErrors) -> Double {
    let engine = Engine(sampleRate: score.rate, inputChannels: 0, outputChannels: 2)
    let session = Session(engine: engine, registry: registry)
    session.plans.sounds = sounds
    try session.tracks.start(score, at: 0)
    let samples = UnsafeMutablePointer<Float>.allocate(capacity: 2 * period)
    samples.initialize(repeating: 0, count: 2 * period)
    defer { samples.deallocate() }
    let outputs = [Optional(samples), Optional(samples + period)]
    var done = 0, peak: Float = 0
    while done < score.frames {
      session.tick()
      let count = min(period, score.frames - done, max(1, (session.nextDueFrame ?? .max) - done))
      engine.render(inputs: [], outputs: outputs, frames: count)
      for side in outputs { for i in 0..<count { peak = max(peak, side![i].magnitude) } }
      done += count
    }
    return Double(peak)
  }
}
