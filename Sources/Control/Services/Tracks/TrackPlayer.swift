import Engine
import ModuleKit
import PatchKit
import Tracks

/// Plays scores of tracks beside the patch: commits at exact frames, and automation of their nodes.
public final class TrackPlayer {
  private unowned let session: Session
  /// The score that plays; and those that fade out, each to its last frame.
  private(set) var layer: TrackLayer?
  private var leaving: [(layer: TrackLayer, end: Int)] = []
  /// Called when a score has been played to its end; returns the one that follows without a gap.
  var atEnd: () -> TrackScore? = { nil }
  /// The latest frame of a commit: plans start in their order.
  private(set) var lastCommit = Int.min / 2
  private var lastNumber = 0
  private var lastSerial = TrackPlayer.firstSerial

  /// Above every serial of a patch's nodes.
  private static let firstSerial = 1 << 48
  /// Seconds of a fade where a score begins or ends in its middle.
  static let fade = 0.05

  init(_ session: Session) { self.session = session }

  private var engine: Engine { session.engine }

  /// Starts a score at a frame of the engine; one that plays is faded out, and this one in.
  ///
  /// - Throws: every error of its first nodes; the one that plays goes on.
  public func start(_ score: TrackScore, at frame: Int, fadesIn: Bool = false) throws(PatchErrors) {
    let before = (layer, leaving)
    lastNumber += 1
    add(score.sounds, rate: score.rate)
    var score = score
    if fadesIn { score.fadeIn(frames: fadeFrames) }
    if layer != nil { fadeOut(at: frame) }
    layer = TrackLayer(score, at: frame, number: lastNumber)
    do throws(PatchErrors) { try perform(upTo: frame) } catch {
      (layer, leaving) = before
      throw error
    }
  }

  /// Replaces the score that plays: what is the same in both plays on, the rest is crossfaded.
  ///
  /// - Parameters:
  ///   - old: the whole score that plays.
  ///   - frame: the frame of both at which the change is heard.
  ///   - moment: the frame of the engine, beyond everything that has been performed.
  func update(_ old: TrackScore, to new: TrackScore, from frame: Int, at moment: Int) throws(PatchErrors) {
    guard let playing = layer else { return }
    add(new.sounds, rate: new.rate)
    let (score, kept) = new.continuing(old, at: frame)
    var inherited: [String: (node: PatchNode, serial: Int)] = [:]
    for id in kept { inherited[id] = playing.node(id) }
    lastNumber += 1
    layer = TrackLayer(score, at: moment, number: lastNumber, inheriting: inherited)
    do throws(PatchErrors) { try performItems(upTo: moment, ramp: TrackPlayer.fade) } catch {
      layer = playing
      throw error
    }
  }

  /// Sounds of the score and of those that fade out; the others are freed.
  private func add(_ sounds: [String: [[Float]]], rate: Double) {
    var names = Set(sounds.keys).union((layer?.score.sounds ?? [:]).keys)
    for (layer, _) in leaving { names.formUnion(layer.score.sounds.keys) }
    if names.isEmpty && session.plans.madeSounds.isEmpty { return }
    var made = session.plans.madeSounds.filter { names.contains($0.key) }
    for (name, channels) in sounds where made[name] == nil { made[name] = SoundBuffer(channels: channels, rate: rate) }
    session.plans.madeSounds = made
  }

  /// The first frame that nothing has been performed for.
  var firstFree: Int { horizon + 1 }

  /// Fades out the score that plays.
  func stop(at frame: Int) {
    guard layer != nil else { return }
    fadeOut(at: frame)
    layer = nil
  }

  private var fadeFrames: Int { Int((TrackPlayer.fade * engine.sampleRate).rounded()) }

  private func fadeOut(at frame: Int) {
    guard var layer else { return }
    for mixer in [TrackCompiler.leftMixer, TrackCompiler.rightMixer] {
      let fade = TrackScore.Setting(
        frame: frame - layer.origin, node: mixer, param: "gain", value: .number(0), length: fadeFrames, curve: .linear)
      set(fade, &layer)
    }
    leaving.append((layer, frame + fadeFrames))
    self.layer = nil
  }

  /// A patch for compilation, with the nodes of scores added.
  func added(to source: IdentifiedPatch) -> IdentifiedPatch {
    if layer == nil && leaving.isEmpty { return source }
    var result = source
    for (layer, _) in leaving { layer.add(to: &result) }
    layer?.add(to: &result)
    return result
  }

  /// The engine's frame of the next commit or setting; nil: there is none.
  var nextFrame: Int? {
    ([layer?.nextFrame, layer?.end].compactMap { $0 } + leaving.map(\.end)).min()
  }

  /// Seconds until something is due; nil: nothing is.
  var secondsToNext: Double? {
    nextFrame.map { max(0, Double($0 - horizon) / engine.sampleRate) }
  }

  private var horizon: Int { engine.frame + Int(Session.lookahead * engine.sampleRate) }

  /// Performs what is due within the lookahead.
  func performDue() {
    guard layer != nil || !leaving.isEmpty else { return }
    do throws(PatchErrors) { try perform(upTo: horizon) } catch { session.faults.warn(error.asOne) }
  }

  private func perform(upTo frame: Int) throws(PatchErrors) {
    try performItems(upTo: frame)
    while let end = layer?.end, end <= frame {
      layer = nil
      guard let next = atEnd() else {
        try session.commits.recompile(ramp: 0, at: end)
        break
      }
      lastNumber += 1
      layer = TrackLayer(next, at: end, number: lastNumber)
      try performItems(upTo: frame)
    }
    let over = leaving.filter { $0.end <= frame }
    guard let last = over.map(\.end).max() else { return }
    leaving.removeAll { $0.end <= frame }
    try session.commits.recompile(ramp: 0, at: last)
  }

  private func performItems(upTo frame: Int, ramp: Double = 0) throws(PatchErrors) {
    while let item = layer?.next(upTo: frame, &lastSerial) {
      if let commit = item.commit {
        lastCommit = max(lastCommit, commit)
        try session.commits.recompile(ramp: ramp, at: commit)
      }
      if let setting = item.setting { set(setting, &layer!) }
    }
  }

  private func set(_ setting: TrackScore.Setting, _ layer: inout TrackLayer) {
    guard let (node, serial) = layer.node(setting.node), let module = session.registry[node.type],
      let port = module.input(named: setting.param),
      let number = try? module.inputs[port].number(from: setting.value, at: setting.node)
    else { return }
    _ = session.plans.setParameter(
      node: serial, port: port, to: number, over: setting.length, curve: AutomationCurve(setting.curve),
      at: layer.origin + setting.frame)
    layer.store(setting.node, setting.param, setting.value)
  }
}

extension AutomationCurve {
  init(_ curve: TrackScore.Curve) {
    self =
      switch curve {
      case .linear: .linear
      case .square: .square
      case .squareOut: .squareOut
      case .sine: .sine
      case .cosine: .cosine
      }
  }
}
