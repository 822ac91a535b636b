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
  /// Nanoseconds by serial, and the frames that they were spent in, of the last reading.
  private var costs: [Int: Int] = [:]
  private var frames = 0
  /// What has come since.
  private var pending: (costs: [Int: Int], frames: Int) = ([:], 0)

  var isEmpty: Bool { watches.isEmpty && !isOn }

  mutating func add(_ listener: AnyHashable, rate: Double, at frame: Int) {
    remove(listener)
    watches.append(Watch(listener: listener, rate: rate, nextFrame: frame))
  }
  mutating func remove(_ listener: AnyHashable) { watches.removeAll { $0.listener == listener } }

  mutating func tell(_ listeners: Listeners, _ plans: PlanSwitch, names: [Int: String]) {
    watches.removeAll { !listeners.hears($0.listener, .profile) }
    if isOn == watches.isEmpty, plans.setProfile(isOn: !watches.isEmpty) { isOn = !watches.isEmpty }
    guard isOn else { return }
    let frame = plans.engine.frame, sampleRate = plans.engine.sampleRate
    guard let fastest = watches.map(\.rate).max(), watches.contains(where: { frame >= $0.nextFrame }) else { return }
    let taken = plans.takeCosts()
    pending.frames += taken.frames
    pending.costs.merge(taken.nanoseconds, uniquingKeysWith: +)
    // Several watch at rates of their own: each is told the last whole reading.
    if Double(pending.frames) > 0.5 * sampleRate / fastest {
      (costs, frames) = pending
      pending = ([:], 0)
    }
    guard frames > 0 else { return }
    let period = Double(frames) / sampleRate * 1e9
    let shares = costs.map { (names[$0.key] ?? "(gone)", Double($0.value) / period * 100) }.sorted { $0.1 > $1.1 }
    let total = shares.reduce(0) { $0 + $1.1 }
    let values = shares.prefix(Profile.longest).flatMap { [OSCArgument.string($0.0), .float(Float($0.1))] }
    for i in watches.indices where frame >= watches[i].nextFrame {
      listeners.tell(watches[i].listener, .profile, [.float(Float(total))] + values)
      watches[i].nextFrame = max(watches[i].nextFrame, frame - Int(sampleRate)) + Int(sampleRate / watches[i].rate)
    }
  }
}

extension Session {
  func tickProfile() {
    guard !profile.isEmpty else { return }
    var names: [Int: String] = [0: "(output)"]
    for (id, serial) in committed.serials { names[serial] = id }
    profile.tell(listeners, plans, names: names)
  }
}
