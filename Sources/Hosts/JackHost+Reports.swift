import CJack

/// Data from the server: transport, load, time.
extension JackHost {
  /// JACK's transport: rolling or not, its position at a frame of the engine, and its beats if there is a timebase
  /// master; nil without a server.
  public var transport: (isRolling: Bool, frame: Int, engineFrame: Int, beats: Beats?)? {
    guard let place = state?.transport.place else { return nil }
    let beats = Beats(beat: place.beat, beatsPerMinute: place.beatsPerMinute, beatsPerBar: place.beatsPerBar)
    return (place.isRolling, place.frame, place.engineFrame, place.hasBeats ? beats : nil)
  }
  public struct Beats {
    /// Beats from the start of the first bar.
    public var beat: Double
    public var beatsPerMinute: Double
    public var beatsPerBar: Double
  }

  /// The load since the last call: share of the period spent rendering, mean and maximum.
  public func readLoad() -> (mean: Double, peak: Double) {
    guard let state else { return (0, 0) }
    let busy = state.busy.exchange(0, ordering: .relaxed), played = state.played.exchange(0, ordering: .relaxed)
    let peak = state.peakPermille.exchange(0, ordering: .relaxed)
    return (played == 0 ? 0 : Double(busy) / Double(played), Double(peak) / 1_000)
  }

  /// Frames from the inputs to the outputs; reported to the server, and again to one that comes back.
  public func report(latency frames: Int) {
    guard frames != latency else { return }
    latency = frames
    state?.latency.store(frames, ordering: .relaxed)
    if let client { jack_recompute_total_latencies(client) }
  }

  /// The engine's frame at a time of the monotonic clock, with or without a server; nil before the first period.
  public func frame(atNanoseconds time: UInt64) -> Int? {
    (state?.clock ?? clock.time).frame(at: time, sampleRate: engine.sampleRate)
  }
}
