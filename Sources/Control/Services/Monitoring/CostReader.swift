import Engine

/// The rendering cost of every node, read from the audio thread.
struct CostReader {
  private var isOn = false
  /// The frame at which an overload is to be explained.
  private var overloadFrame: Int?
  /// Nanoseconds by serial, and the number of frames, of the last complete reading.
  private var costs: [Int: Int] = [:]
  private var frames = 0
  /// Data since the last complete reading.
  private var pending: (costs: [Int: Int], frames: Int) = ([:], 0)

  var isActive: Bool { isOn || overloadFrame != nil }

  /// Measures for a quarter of a second to explain an overload.
  mutating func explainOverload(at frame: Int, sampleRate: Double) {
    if overloadFrame == nil { overloadFrame = frame + Int(sampleRate / 4) }
  }

  /// True if an overload is to be explained now.
  func isOverloadDue(at frame: Int) -> Bool { overloadFrame.map { frame >= $0 } ?? false }
  mutating func endOverload() { overloadFrame = nil }

  /// Starts or ends measuring.
  ///
  /// - Returns: true if costs are measured.
  mutating func update(isWanted: Bool, _ plans: PlanPublisher) -> Bool {
    let isWanted = isWanted || overloadFrame != nil
    if isOn != isWanted, plans.setProfile(isOn: isWanted) { isOn = isWanted }
    return isOn
  }

  /// Shares of the period in percent by serial, the highest first; nil before the first complete reading.
  ///
  /// - Parameter rate: readings a second. Subscribers with different rates get the last complete reading.
  mutating func read(_ plans: PlanPublisher, rate: Double) -> [(serial: Int, percent: Double)]? {
    let sampleRate = plans.engine.sampleRate, read = plans.collectCosts()
    pending.frames += read.frames
    pending.costs.merge(read.nanoseconds, uniquingKeysWith: +)
    if Double(pending.frames) > 0.5 * sampleRate / rate {
      (costs, frames) = pending
      pending = ([:], 0)
    }
    guard frames > 0 else { return nil }
    let period = Double(frames) / sampleRate * 1e9
    return costs.map { ($0.key, Double($0.value) / period * 100) }.sorted { $0.1 > $1.1 }
  }
}
