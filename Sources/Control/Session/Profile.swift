import Engine
import PatchKit

/// Who is told what each node costs.
struct Profile {
  private struct Watch {
    var listener: AnyHashable
    var rate: Double
    var nextFrame: Int
  }
  /// Nodes that are told at most, the dearest first: what a datagram holds.
  static let longest = 200
  private var watches: [Watch] = []
  private var isOn = false
  /// An overload wants to know, from this frame on.
  private var overloadFrame: Int?
  /// Nanoseconds by serial, and the frames that they were spent in, of the last reading.
  private var costs: [Int: Int] = [:]
  private var frames = 0
  /// What has come since.
  private var pending: (costs: [Int: Int], frames: Int) = ([:], 0)

  var isEmpty: Bool { watches.isEmpty && !isOn && overloadFrame == nil }

  /// Measures for a quarter of a second, for who tells of an overload.
  mutating func ask(at frame: Int, sampleRate: Double) {
    if overloadFrame == nil { overloadFrame = frame + Int(sampleRate / 4) }
  }

  mutating func add(_ listener: AnyHashable, rate: Double, at frame: Int) {
    remove(listener)
    watches.append(Watch(listener: listener, rate: rate, nextFrame: frame))
  }
  mutating func remove(_ listener: AnyHashable) { watches.removeAll { $0.listener == listener } }

  /// - Returns: the shares of the nodes, the dearest first, where an overload has asked.
  mutating func tell(
    _ listeners: Listeners, _ plans: PlanPublisher, names: [Int: String]
  ) -> [(node: String, percent: Double)]? {
    watches.removeAll { !listeners.hears($0.listener, .profile) }
    let isWanted = !watches.isEmpty || overloadFrame != nil
    if isOn != isWanted, plans.setProfile(isOn: isWanted) { isOn = isWanted }
    guard isOn else { return nil }
    let frame = plans.engine.frame, sampleRate = plans.engine.sampleRate
    let fastest = watches.map(\.rate).max() ?? 4, isOverloadDue = overloadFrame.map { frame >= $0 } ?? false
    guard isOverloadDue || watches.contains(where: { frame >= $0.nextFrame }) else { return nil }
    let taken = plans.collectCosts()
    pending.frames += taken.frames
    pending.costs.merge(taken.nanoseconds, uniquingKeysWith: +)
    // Several watch at rates of their own: each is told the last whole reading.
    if Double(pending.frames) > 0.5 * sampleRate / fastest {
      (costs, frames) = pending
      pending = ([:], 0)
    }
    guard frames > 0 else { return nil }
    let period = Double(frames) / sampleRate * 1e9
    let shares = costs.map { (names[$0.key] ?? "(gone)", Double($0.value) / period * 100) }.sorted { $0.1 > $1.1 }
    let total = shares.reduce(0) { $0 + $1.1 }
    let values = shares.prefix(Profile.longest).flatMap { [OSCArgument.string($0.0), .float(Float($0.1))] }
    for i in watches.indices where frame >= watches[i].nextFrame {
      listeners.tell(watches[i].listener, .profile, [.float(Float(total))] + values)
      watches[i].nextFrame = max(watches[i].nextFrame, frame - Int(sampleRate)) + Int(sampleRate / watches[i].rate)
    }
    guard isOverloadDue else { return nil }
    overloadFrame = nil
    return shares
  }
}

extension Session {
  func tickProfile() {
    guard !profile.isEmpty else { return }
    var names: [Int: String] = [0: "(output)"]
    for (id, serial) in committed.serials { names[serial] = id }
    guard let shares = profile.tell(listeners, plans, names: names) else { return }
    let dearest = shares.prefix(3).map { "\($0.node) \(Int($0.percent.rounded())) %" }.joined(separator: ", ")
    warn(PatchError(.overload, "of the time that there is, the most goes to \(dearest)"))
  }
}
