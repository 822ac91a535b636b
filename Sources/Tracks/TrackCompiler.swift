import PatchKit

/// Compiles a track to a score of nodes and automation, which the engine plays as it plays any patch.
public struct TrackCompiler: Sendable {
  let track: Track
  let rate: Double
  let timeline: Timeline
  /// Factors that bring the peak of a step to 1, by its number.
  public var gains: [Int: Double] = [:]
  /// Frames by which a step's oscillators are ahead, by its number.
  package var advances: [Int: Int] = [:]
  /// Lengths of the clips, by path; clips without one are left out.
  public var sounds: [String: SoundLength] = [:]

  /// Samples of the files of voices and noise.
  private(set) var soundFiles = SoundFiles()
  /// White noise of bursts, in place of the voices' own.
  package var givenWhite: [Double] = []

  /// The file of head responses that spatial voices are placed with; nil: by level alone.
  public var head: String? {
    get { soundFiles.head }
    set { soundFiles.head = newValue }
  }

  /// Reads the files of voices and noise.
  ///
  /// - Parameter read: returns a file's channels at the compiler's rate; nil: the file is left out.
  public mutating func readSounds(_ read: (_ path: String, _ rate: Double) -> [[Float]]?) {
    let voices = track.steps.flatMap(\.voices) + (track.noise?.voice.map { [$0] } ?? [])
    for voice in voices { soundFiles.read(voice) { read($0, rate) } }
  }

  public struct SoundLength: Equatable, Sendable {
    public var frames: Int
    public var rate: Double
    public init(frames: Int, rate: Double) { (self.frames, self.rate) = (frames, rate) }
  }

  /// The mixers of both sides and the way out; they are always there.
  public static let leftMixer = "left", rightMixer = "right", output = "out"

  public init(_ track: Track, rate: Double) {
    self.track = track
    self.rate = rate
    timeline = Timeline(track, rate: rate)
  }

  /// The whole track.
  public func score() -> TrackScore {
    var score = Self.empty(rate: rate)
    score.frames = timeline.end
    for (i, place) in timeline.places.enumerated() {
      add(place, named: "s\(i + 1)", to: &score)
      score.steps.append(
        .init(number: place.step.number, description: place.step.description, start: place.start, end: place.end))
    }
    addClips(to: &score)
    addNoise(to: &score)
    if score.frames == 0 { score.frames = Int(rate) }
    score.sortSettings()
    return score
  }

  /// A step alone, from its own start, without crossfades.
  public func score(ofStep number: Int) -> TrackScore? {
    guard let place = timeline.places.first(where: { $0.step.number == number }) else { return nil }
    var score = Self.empty(rate: rate)
    score.frames = place.frames
    let alone = Timeline.Place(step: place.step, start: 0, frames: place.frames, end: place.frames)
    add(alone, named: "s1", to: &score)
    score.steps = [.init(number: number, description: place.step.description, start: 0, end: place.frames)]
    score.sortSettings()
    return score
  }

  /// The numbers of the steps whose amplitudes add up to more than 1: their peaks must be measured.
  public var loudSteps: [Int] {
    timeline.places.filter { bound(of: $0) > 1 }.map(\.step.number)
  }

  private static func empty(rate: Double) -> TrackScore {
    var score = TrackScore(rate: rate)
    for id in [leftMixer, rightMixer] {
      score.nodes.append(.init(id: id, node: PatchNode(type: "gain"), start: 0, end: .max))
    }
    score.nodes.append(.init(id: output, node: PatchNode(type: "output"), start: 0, end: .max))
    for (mixer, side) in [(leftMixer, "left"), (rightMixer, "right")] {
      score.cables.append(
        .init(cable: Cable(PortAddress(mixer, "out"), PortAddress(output, side)), amount: 1))
    }
    return score
  }

  private func voices(of place: Timeline.Place, named id: String) -> [VoiceBuilder] {
    place.step.voices.enumerated().compactMap { i, voice in
      guard let function = SynthFunction.named(voice.name) else { return nil }
      var builder = VoiceBuilder(
        voice, function, id: "\(id)-v\(i + 1)", rate: rate, start: place.start, frames: place.frames,
        duration: place.step.duration, soundFiles: soundFiles, givenWhite: givenWhite,
        advance: advances[place.step.number] ?? 0)
      function.build(&builder)
      return builder
    }
  }

  /// The largest level that the amplitudes of a step allow.
  private func bound(of place: Timeline.Place) -> Double {
    var sum = 0.0
    for voice in voices(of: place, named: "s") {
      let envelope = EnvelopePoints(
        voice.voice.envelope, frames: place.frames, duration: place.step.duration, rate: rate)
      sum += voice.bound * envelope.most
    }
    return sum
  }

  private func add(_ place: Timeline.Place, named id: String, to score: inout TrackScore) {
    guard place.end > place.start else { return }
    let voices = voices(of: place, named: id)
    guard !voices.isEmpty else { return }
    let gain = gains[place.step.number] ?? { bound in bound > 1 ? 1 / bound : 1 }(bound(of: place))
    let bus = addBus(place, named: id, to: &score)
    for voice in voices {
      score.nodes += voice.nodes.map { node in
        var node = node
        node.end = min(node.end, place.end)
        return node
      }
      score.cables += voice.cables
      score.sounds.merge(voice.sounds) { $1 }
      score.settings += voice.settings.filter { $0.frame < place.end }
      let envelope = EnvelopePoints(
        voice.voice.envelope, frames: place.frames, duration: place.step.duration, rate: rate)
      for (taps, mixer, side) in [(voice.left, bus.left, "l"), (voice.right, bus.right, "r")] where !taps.isEmpty {
        addLevel(envelope, taps, to: mixer, id: "\(voice.id)\(side)", gain, place, &score)
      }
    }
  }

  /// Connects taps to a mixer, through gains that follow the envelope.
  private func addLevel(
    _ envelope: EnvelopePoints, _ taps: [VoiceBuilder.Tap], to mixer: String, id: String, _ gain: Double,
    _ place: Timeline.Place, _ score: inout TrackScore
  ) {
    var taps = taps
    for (i, points) in envelope.stages.enumerated() {
      let node = "\(id)\(i + 1)", most = max(1, points.map(\.value).max() ?? 1)
      let levels = points.map { (place.start + $0.frame, max(0, $0.value) / most) }
      addGain(node, from: place.start, to: place.end, levels, &score)
      for tap in taps { connect(tap.scaled(most), node, "in", &score) }
      taps = [VoiceBuilder.Tap(port: PortAddress(node, "out"))]
    }
    for tap in taps { connect(tap.scaled(gain), mixer, "in", &score) }
  }

  /// A gain that follows points; its first point is its value from its start on.
  func addGain(
    _ id: String, from start: Int, to end: Int, _ points: [(frame: Int, value: Double)],
    curves: [TrackScore.Curve] = [], _ score: inout TrackScore
  ) {
    let params = ["gain": ParamValue.number(Float(points.first?.value ?? 1))]
    score.nodes.append(.init(id: id, node: PatchNode(type: "gain", params: params), start: start, end: end))
    for (i, (from, to)) in zip(points, points.dropFirst()).enumerated()
    where to.frame > from.frame && to.value != from.value && from.frame + 1 < end {
      score.settings.append(
        .init(
          frame: from.frame + 1, node: id, param: "gain", value: .number(Float(to.value)),
          length: to.frame - from.frame, curve: i < curves.count ? curves[i] : .linear))
    }
  }

  func connect(_ tap: VoiceBuilder.Tap, _ node: String, _ port: String, _ score: inout TrackScore) {
    guard tap.amount != 0 else { return }
    score.cables.append(.init(cable: Cable(tap.port, PortAddress(node, port)), amount: Float(tap.amount)))
  }
}
