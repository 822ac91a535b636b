import Engine
import PatchKit

/// Who watches which levels, and what has been measured since they were told.
struct Meters {
  /// The word for what leaves the outputs.
  static let outputs = "out"

  private struct Level {
    var peak: Float = 0
    var energy = 0.0
    var frames = 0
    var rms: Float { frames == 0 ? 0 : Float((energy / Double(frames)).squareRoot()) }
  }
  private struct Watch {
    var listener: AnyHashable
    var target: String
    /// Notifications a second.
    var rate: Double
    /// By channel.
    var levels: [Level] = []
  }
  private var watches: [Watch] = []
  /// What the audio thread measures: by target the serial of the node, nil for the outputs.
  private var taps: [String: Int?] = [:]

  var isEmpty: Bool { watches.isEmpty && taps.isEmpty }
  var targets: Set<String> { Set(watches.map(\.target)) }

  mutating func add(_ listener: AnyHashable, _ target: String, rate: Double) {
    remove(listener, target)
    watches.append(Watch(listener: listener, target: target, rate: rate))
  }

  mutating func remove(_ listener: AnyHashable, _ target: String? = nil) {
    watches.removeAll { $0.listener == listener && (target == nil || $0.target == target) }
  }

  /// Has the audio thread measure what is watched: nodes come, go, and become other nodes of the same id.
  mutating func retap(_ plans: PlanPublisher, _ patch: Draft, ringing: [String: Int]) {
    let targets = targets.union(ringing.keys)
    func serial(_ target: String) -> Int? {
      target == Meters.outputs ? nil : ringing[target] ?? patch.serials[target]
    }
    for (target, tapped) in taps where !targets.contains(target) || tapped != serial(target) {
      if plans.setMeter(node: tapped, isOn: false) { taps[target] = nil }
    }
    for target in targets where taps[target] == nil {
      let wanted = serial(target)
      if wanted == nil && target != Meters.outputs { continue }
      if plans.setMeter(node: wanted, isOn: true) { taps[target] = .some(wanted) }
    }
  }

  mutating func take(_ serial: Int?, _ reading: MeterReading) {
    guard let target = taps.first(where: { $0.value == serial })?.key else { return }
    for i in watches.indices where watches[i].target == target {
      while watches[i].levels.count <= reading.channel { watches[i].levels.append(Level()) }
      watches[i].levels[reading.channel].peak = max(watches[i].levels[reading.channel].peak, reading.peak)
      watches[i].levels[reading.channel].energy += Double(reading.energy)
      watches[i].levels[reading.channel].frames += reading.frames
    }
  }

  /// Tells those whose time has come; who does not listen any more is forgotten.
  mutating func tell(_ listeners: Listeners, sampleRate: Double) {
    watches.removeAll { !listeners.hears($0.listener, .meter) }
    for i in watches.indices {
      // Half a reading early rather than half a reading late.
      let due = sampleRate / watches[i].rate - sampleRate * 0.005
      guard let first = watches[i].levels.first, Double(first.frames) >= due else { continue }
      let values = watches[i].levels.flatMap { [OSCArgument.float($0.peak), .float($0.rms)] }
      listeners.tell(watches[i].listener, .meter, [.string(watches[i].target)] + values)
      watches[i].levels = []
    }
  }
}

extension Session {
  func tickMeters() {
    guard !meters.isEmpty || !ringOuts.isEmpty else { return }
    while let (serial, reading) = plans.nextReading() {
      meters.take(serial, reading)
      if let serial, reading.peak > RingOuts.silence { ringOuts.nodes[serial]?.lastHeard = engine.frame }
    }
    meters.tell(listeners, sampleRate: engine.sampleRate)
    let ringing = ringOuts.nodes.keys.map { (RingOuts.name($0), $0) }
    meters.retap(plans, committed, ringing: Dictionary(uniqueKeysWithValues: ringing))
  }
}
