import Engine
import PatchKit

/// Scopes, spectra, tuners and the profile.
extension Monitoring {
  /// Maximum number of nodes in one profile notification, the most expensive first: one datagram.
  private static let longestProfile = 200

  func notifySignals(_ subscribers: Subscribers) {
    for topic in [Topic.scope, .spectrum, .tuner] {
      table.eachDue(topic, at: engine.frame, sampleRate: engine.sampleRate) { subscription in
        guard let signal = subscription.observation.signal, let values = values(of: subscription.observation) else {
          return false
        }
        subscribers.notify(subscription.client, topic, [.string(signal.name)] + values)
        return true
      }
    }
  }

  /// Samples, bands or pitch; nil if too few frames have been sampled.
  private func values(of observation: Observation) -> [OSCArgument]? {
    switch observation {
    case .scope(let signal, let count):
      return newest(2 * count, of: signal).map { Monitoring.triggered($0, count).map { .float($0) } }
    case .spectrum(let signal, let count):
      guard let sound = newest(SpectrumAnalyser.size, of: signal) else { return nil }
      let bands = spectrum.bands(sound, count: count, sampleRate: engine.sampleRate)
      return ([Float(SpectrumAnalyser.lowest), Float(engine.sampleRate / 2)] + bands).map { .float($0) }
    case .tuner(let signal):
      guard let sound = newest(Pitch.frames, of: signal) else { return nil }
      return Pitch.values(sound, sampleRate: engine.sampleRate).map { .float($0) }
    case .meter, .profile, .levels, .probe: return nil
    }
  }

  /// The newest frames of a signal; nil if there are fewer.
  private func newest(_ frames: Int, of signal: SignalAddress) -> [Float]? {
    guard let slot = scopes.slot(of: signal) else { return nil }
    let sound = plans.scope(slot.number, key: slot.key, frames: frames)
    return sound.count == frames ? sound : nil
  }

  /// `count` samples from the last upward zero crossing, if any, so that the display stands still.
  private static func triggered(_ sound: [Float], _ count: Int) -> ArraySlice<Float> {
    let last = sound.count - count
    let start = (1...last).last { sound[$0 - 1] <= 0 && sound[$0] > 0 } ?? last
    return sound[start..<start + count]
  }

  // MARK: Profile

  /// Measures the costs briefly and reports the most expensive nodes.
  func explainOverload() { costs.explainOverload(at: engine.frame, sampleRate: engine.sampleRate) }

  func notifyProfile(_ subscribers: Subscribers) {
    guard costs.update(isWanted: table.contains(.profile), plans) else { return }
    let isOverload = costs.isOverloadDue(at: engine.frame)
    guard isOverload || table.isDue(.profile, at: engine.frame),
      let shares = costs.read(plans, rate: table.fastest(.profile) ?? 4)
    else { return }
    var names: [Int: String] = [0: "(output)"]
    for (id, serial) in session.committed.serials { names[serial] = id }
    let total = OSCArgument.float(Float(shares.reduce(0) { $0 + $1.percent }))
    let values = shares.prefix(Monitoring.longestProfile).flatMap {
      [OSCArgument.string(names[$0.serial] ?? "(gone)"), .float(Float($0.percent))]
    }
    table.eachDue(.profile, at: engine.frame, sampleRate: engine.sampleRate) { subscription in
      subscribers.notify(subscription.client, .profile, [total] + values)
      return true
    }
    guard isOverload else { return }
    costs.endOverload()
    let dearest = shares.prefix(3).map { "\(names[$0.serial] ?? "(gone)") \(Int($0.percent.rounded())) %" }
    session.faults.warn(
      PatchError(.overload, "the most expensive nodes are \(dearest.joined(separator: ", "))"))
  }
}

extension Monitoring {
  /// The signal of a name: `id`, `id/port`, `out` or `out/channel`.
  func signal(named name: String) throws(PatchError) -> SignalAddress {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    if parts[0] == SignalAddress.outputs,
      parts.count < 2 || Int(parts[1]) != nil || session.committed.patch.nodes[parts[0]] == nil
    {
      let channel = parts.count == 2 ? Int(parts[1]) : parts.count == 1 ? 1 : nil
      guard let channel, (1...max(engine.outputChannels, 1)).contains(channel) else {
        throw PatchError(.noSuchPort, "the channels are out/1 to out/\(engine.outputChannels)")
      }
      return SignalAddress(name: name, id: nil, port: channel - 1)
    }
    let committed = session.committed.patch
    let patch = committed.nodes[parts[0]] == nil ? session.draft.patch : committed
    let node: PatchNode
    do throws(PatchError) {
      node = try patch.node(parts[0])
    } catch {
      var error = error
      if error.suggestions.isEmpty { error.suggestions = [SignalAddress.outputs] }
      throw error
    }
    let outputs = session.registry[node.type]?.outputs ?? []
    guard parts.count <= 2, let port = parts.count == 1 ? 0 : outputs.firstIndex(where: { $0.name == parts[1] }),
      port < outputs.count
    else {
      throw PatchError(
        .noSuchPort, "it has no such output; the outputs of the synthesizer are \(SignalAddress.outputs)",
        at: Place(path: name), suggestions: outputs.map { "\(parts[0])/\($0.name)" } + [SignalAddress.outputs])
    }
    return SignalAddress(name: name, id: parts[0], port: port)
  }
}
