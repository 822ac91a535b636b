import Engine
import PatchKit

/// Meters, levels, scopes, spectra, tuners, probes and the profile: one table of subscriptions, and the measurements of
/// the audio thread for them.
final class Monitoring {
  unowned let session: Session
  var table = SubscriptionTable()
  var meters = MeterTaps()
  var scopes = SlotTaps<SignalAddress>(slots: PlanPublisher.scopeLimit)
  var probes = SlotTaps<PortAddress>(slots: PlanPublisher.probeLimit)
  var costs = CostReader()
  /// The order of `/notify/levels` for the committed patch.
  var order: OutputOrder?
  /// Requests that are answered after a measurement.
  var inquiries: [Inquiry] = []
  private(set) var measuresLevels = false
  /// Changes of the subscribers that the table has followed.
  private var knownChanges = 0
  /// The subscriptions and the committed nodes that the audio thread measures by; nil until it has all of them.
  private var measuredState: TapState?
  let spectrum = SpectrumAnalyser()

  init(_ session: Session) { self.session = session }

  var plans: PlanPublisher { session.plans }
  var engine: Engine { session.engine }

  /// True if anything is measured.
  var isActive: Bool {
    !table.isEmpty || !meters.isEmpty || !scopes.isEmpty || !probes.isEmpty || costs.isActive || measuresLevels
      || !inquiries.isEmpty
  }

  /// Bounds of the seconds between readings.
  private static let longestInterval = 0.02
  static let shortestInterval = 0.005
  /// Seconds between readings: half the shortest time between notifications, within these bounds.
  var interval: Double {
    guard inquiries.isEmpty, let rate = table.fastest else { return Monitoring.shortestInterval }
    return min(max(0.5 / rate, Monitoring.shortestInterval), Monitoring.longestInterval)
  }

  // MARK: Subscriptions

  /// - Throws: `.limit` if too much is measured already, `.noSuchAddress` for a client that cannot be notified.
  func subscribe(_ requester: Requester, to observation: Observation, rate: Double) throws(PatchError) {
    try checkLimit(observation)
    try session.subscribers.add(requester, [observation.topic], at: session.clock())
    table.add(
      Subscription(client: requester.id!, observation: observation, rate: rate, nextFrame: engine.frame))
  }

  func unsubscribe(_ requester: Requester, from topic: Topic, _ target: String = "") {
    if let id = requester.id { table.remove(id, topic, target) }
  }

  private func checkLimit(_ observation: Observation) throws(PatchError) {
    switch observation {
    case .meter(let target): try checkMeterLimit(target)
    case .scope(let signal, _), .spectrum(let signal, _), .tuner(let signal):
      let signals = signals
      guard signals.contains(signal) || signals.count < PlanPublisher.scopeLimit else {
        throw PatchError(.limit, "\(PlanPublisher.scopeLimit) signals are observed already, the maximum")
      }
    case .probe(let parameter):
      let probed = probed
      guard probed.contains(parameter) || probed.count < PlanPublisher.probeLimit else {
        throw PatchError(.limit, "\(PlanPublisher.probeLimit) parameters are probed already, the maximum")
      }
    case .profile, .levels: break
    }
  }

  func checkMeterLimit(_ target: String) throws(PatchError) {
    let targets = metered
    guard targets.contains(target) || targets.count < PlanPublisher.meterLimit else {
      throw PatchError(.limit, "\(PlanPublisher.meterLimit) nodes are metered already, the maximum")
    }
  }

  private var metered: Set<String> {
    Set(table.entries(.meter).compactMap { if case .meter(let target) = $0.observation { target } else { nil } })
      .union(inquiries.compactMap(\.metered))
  }
  private var signals: Set<SignalAddress> {
    Set([Topic.scope, .spectrum, .tuner].flatMap { table.entries($0).compactMap(\.observation.signal) })
  }
  private var probed: Set<PortAddress> {
    Set(table.entries(.probe).compactMap { if case .probe(let parameter) = $0.observation { parameter } else { nil } })
  }

  // MARK: Measuring

  /// Reads the measurements and sends the notifications that are due.
  func tick() {
    guard isActive || !session.ringOuts.isEmpty else { return }
    let subscribers = session.subscribers
    if subscribers.changes != knownChanges {
      table.keep(where: subscribers.isSubscribed)
      knownChanges = subscribers.changes
    }
    readMeters()
    notifyMeters(subscribers)
    updateTaps()
    notifySignals(subscribers)
    notifyProfile(subscribers)
    if measuresLevels { notifyLevels(subscribers) }
    notifyProbes(subscribers)
    if !inquiries.isEmpty { answerInquiries() }
  }

  /// Starts and ends measurements of the audio thread, by the subscriptions and the committed nodes.
  private func updateTaps() {
    let state = TapState(subscriptions: table.changes, committed: session.store.committedSeq)
    // Inquiries and ring-outs are few and short: they are followed in each tick.
    let isSteady = inquiries.isEmpty && session.ringOuts.isEmpty
    guard !isSteady || measuredState != state else { return }
    let isComplete = startAndEndTaps()
    measuredState = isSteady && isComplete ? state : nil
  }

  /// Returns false if the event queue to the audio thread is full: some are started or ended in a later tick.
  private func startAndEndTaps() -> Bool {
    let serials = session.committed.serials
    var targets: [String: Int?] = [:]
    for target in metered { targets[target] = target == SignalAddress.outputs ? .some(nil) : serials[target] }
    for serial in session.ringOuts.serials { targets[RingOuts.name(serial)] = serial }
    var isComplete = meters.update(targets.filter { $0.key == SignalAddress.outputs || $0.value != nil }, plans)
    var tapped: [SignalAddress: Int?] = [:]
    for signal in signals {
      let serial = signal.id.flatMap { serials[$0] }
      if signal.id == nil || serial != nil { tapped[signal] = .some(serial) }
    }
    let hasScopes = scopes.update(
      tapped, start: { plans.setScope($0, node: $2, port: $1.port, key: $3) }, end: { plans.endScope($0) })
    let hasProbes = updateProbes(probed)
    isComplete = isComplete && hasScopes && hasProbes
    let wantsLevels = table.contains(.levels) || inquiries.contains(where: \.wantsLevels)
    if wantsLevels != measuresLevels {
      plans.measureLevels(wantsLevels)
      measuresLevels = wantsLevels
    }
    return isComplete
  }

  private func readMeters() {
    while let (serial, reading) = plans.nextReading() {
      if let serial { session.ringOuts.measured(serial, reading.peak, at: engine.frame) }
      guard let target = meters.target(of: serial) else { continue }
      table.update(.meter) { subscription in
        if case .meter(target) = subscription.observation { subscription.levels.add(reading) }
      }
      for i in inquiries.indices where inquiries[i].metered == target { inquiries[i].levels.add(reading) }
    }
  }

  private func notifyMeters(_ subscribers: Subscribers) {
    table.update(.meter) { subscription in
      guard case .meter(let target) = subscription.observation, let first = subscription.levels.first else { return }
      // Up to half a reading early.
      guard Double(first.frames) >= engine.sampleRate / subscription.rate - engine.sampleRate * 0.005 else { return }
      subscribers.notify(subscription.client, .meter, [.string(target)] + subscription.levels.values)
      subscription.levels = []
    }
  }
}

/// All that decides which taps are needed, while nothing is inquired and nothing rings out.
private struct TapState: Equatable {
  /// Changes of the subscriptions.
  var subscriptions: Int
  /// The sequence number of the edit that made the committed patch.
  var committed: Int
}

extension [ChannelLevel] {
  mutating func add(_ reading: MeterReading) {
    while count <= reading.channel { append(ChannelLevel()) }
    self[reading.channel].peak = Swift.max(self[reading.channel].peak, reading.peak)
    self[reading.channel].energy += Double(reading.energy)
    self[reading.channel].frames += reading.frames
  }

  /// Peak and RMS of each channel.
  var values: [OSCArgument] { flatMap { [OSCArgument.float($0.peak), .float($0.rms)] } }
}
