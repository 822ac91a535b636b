import PatchKit

/// Builds the nodes, cables and automation of one voice.
struct VoiceBuilder {
  /// The start of the ids of its nodes.
  let id: String
  let rate: Double
  /// The first frame of its step, and its frames.
  let start: Int
  let frames: Int
  /// Seconds.
  let duration: Double
  let voice: TrackVoice
  let isTransition: Bool
  let function: SynthFunction
  let transition: VoiceTransition
  /// The samples of sound files that voices use, of one channel at the engine's rate.
  let soundFiles: SoundFiles
  /// White noise of bursts, in place of the voice's own.
  let givenWhite: [Double]
  /// Frames by which its oscillators are ahead.
  let advance: Int
  /// Sounds that its nodes play, by name.
  var sounds: [String: [[Float]]] = [:]
  private(set) var nodes: [TrackScore.Node] = []
  private(set) var cables: [TrackScore.TimedCable] = []
  var settings: [TrackScore.Setting] = []
  /// The outputs of both sides.
  var left: [Tap] = [], right: [Tap] = []
  private var nodeCount = 0
  /// The largest magnitudes of the parameters, by node.
  private var levels: [String: [String: Double]] = [:]

  /// An output with a gain.
  struct Tap {
    var port: PortAddress
    var amount = 1.0

    func scaled(_ factor: Double) -> Tap { Tap(port: port, amount: amount * factor) }
  }

  init(
    _ voice: TrackVoice, _ function: SynthFunction, id: String, rate: Double, start: Int, frames: Int,
    duration: Double,
    soundFiles: SoundFiles = SoundFiles(), givenWhite: [Double] = [], advance: Int = 0
  ) {
    (self.voice, self.function, self.id, self.rate) = (voice, function, id, rate)
    (self.start, self.frames, self.duration) = (start, frames, duration)
    isTransition = voice.isTransition && function.hasTransition
    self.soundFiles = soundFiles
    self.givenWhite = givenWhite
    self.advance = advance
    transition = VoiceTransition(voice.params, duration: duration, frames: frames)
  }

  /// Frequencies count per `duration / frames` seconds: the length of a step is a whole number of frames.
  var pitch: Double { duration * rate / Double(frames) }

  // MARK: Level

  /// The largest magnitude that the amplitudes allow, on either side.
  var bound: Double {
    var known: [String: Double] = [:]
    let byID = Dictionary(uniqueKeysWithValues: nodes.map { ($0.id, $0.node) })
    let feeds = Dictionary(grouping: cables) { $0.cable.destination }
    func sum(_ taps: [Tap]) -> Double { taps.reduce(0) { $0 + abs($1.amount) * bound($1.port) } }
    func input(_ node: String, _ port: String) -> Double {
      (feeds[PortAddress(node, port)] ?? []).reduce(0) {
        $0 + Double($1.amount.magnitude) * bound($1.cable.source)
      }
    }
    func bound(_ port: PortAddress) -> Double {
      if let found = known[port.description] { return found }
      guard let node = byID[port.node] else { return 1 }
      let most = levels[port.node] ?? [:]
      let result: Double
      switch node.type {
      case "monaural": result = (most["lower"] ?? 0) + (most["upper"] ?? 0)
      case "constant": result = (most["value"] ?? 1) + input(port.node, "value")
      case "gain", "pan", "delay": result = input(port.node, "in") * (most["gain"] ?? 1)
      case "mix": result = (1...8).reduce(0) { $0 + input(port.node, "in\($1)") }
      // The nearer ear hears more than the source.
      case "spatial": result = 2 * input(port.node, "in")
      case "isochronic": result = 0.5.squareRoot()
      case "rhythmic": result = most["pan"] ?? 0 == 0 ? 0.5.squareRoot() : 1
      case "math" where node.params["operation"] == .text("multiply"):
        result = input(port.node, "a") * modulation(port.node)
      case "math" where node.params["operation"] == .text("minimum"):
        result = max(input(port.node, "a"), most["b"] ?? 0)
      case "math" where node.params["operation"] == .text("maximum"):
        result = min(input(port.node, "a"), isLimit(port.node) ? most["b"] ?? 1 : .infinity)
      default: result = 1
      }
      known[port.description] = result
      return result
    }
    /// A value with modulations that swings below it.
    func modulation(_ node: String) -> Double {
      (levels[node]?["b"] ?? 0) + input(node, "b")
    }
    func isLimit(_ node: String) -> Bool { levels[node]?["b"] ?? 0 > 0 }
    return function.name == SynthFunction.subliminal.name ? self["amp"].from.magnitude : max(sum(left), sum(right))
  }

  // MARK: Parameters

  /// A number of the function.
  subscript(name: String) -> Moving {
    guard let knob = function.knobs.first(where: { $0.name == name }) else { return Moving(0) }
    return knob.value(voice.params, isTransition: isTransition)
  }
  /// A frequency in Hz at the engine's rate.
  func hertz(_ name: String) -> Moving { self[name] * pitch }
  /// A frequency within the range of a module's input.
  func hertz(_ name: String, _ range: ClosedRange<Double>) -> Moving { hertz(name).clamped(range) }
  /// An angle in cycles.
  func cycles(_ name: String) -> Moving { self[name] * (1 / (2 * .pi)) }

  func isOn(_ name: String) -> Bool {
    switch voice.params[name] {
    case .bool(let isOn): isOn
    case .number(let number): number != 0
    default: false
    }
  }

  func text(_ name: String) -> String? { if case .text(let text) = voice.params[name] { text } else { nil } }

  // MARK: Nodes

  /// Adds a node; its parameters move with the transition, `ahead` frames earlier where so named.
  mutating func add(
    _ type: String, _ values: [String: Moving] = [:], choices: [String: String] = [:], ahead: [String: Int] = [:],
    span: (from: Int, frames: Int)? = nil
  ) -> String {
    let node = "\(id)-\(nodeCount)"
    nodeCount += 1
    var params: [String: ParamValue] = choices.mapValues(ParamValue.text)
    for name in values.keys.sorted() {
      let value = values[name]! + Moving(lead(type, name, values))
      params[name] = .number(Float(value.from))
      levels[node, default: [:]][name] = max(value.most.magnitude, value.least.magnitude)
      set(node, name, value, ahead: ahead[name] ?? 0)
    }
    nodes.append(
      .init(
        id: node, node: PatchNode(type: type, params: params), start: start + (span?.from ?? 0),
        end: start + (span.map { $0.from + $0.frames } ?? frames)))
    return node
  }

  /// Starts a sampler with its first frame.
  mutating func setGate(of node: String) {
    guard let i = nodes.firstIndex(where: { $0.id == node }) else { return }
    nodes[i].node.params["gate"] = .bool(true)
  }

  mutating func connect(_ source: Tap, _ node: String, _ port: String) {
    guard source.amount != 0 else { return }
    cables.append(.init(cable: Cable(source.port, PortAddress(node, port)), amount: Float(source.amount)))
  }

  /// Automates a parameter with the transition.
  private mutating func set(_ node: String, _ param: String, _ value: Moving, ahead: Int) {
    guard !value.isConstant else { return }
    for part in transition.parts {
      settings.append(
        .init(
          frame: start + max(0, part.frame - ahead), node: node, param: param,
          value: .number(Float(value.at(part.value))), length: part.length, curve: part.curve))
    }
  }

  /// Automates a parameter along points, linear between them; the first is the value that the node has.
  mutating func follow(_ node: String, _ param: String, _ points: [(frame: Int, value: Double)]) {
    for (from, to) in zip(points, points.dropFirst()) where to.frame > from.frame && to.value != from.value {
      settings.append(
        .init(
          frame: start + from.frame + 1, node: node, param: param, value: .number(Float(to.value)),
          length: to.frame - from.frame, curve: .linear))
    }
  }

  /// The product of a signal and a value; the signal itself, scaled, where the value is constant.
  mutating func multiply(_ tap: Tap, by value: Moving) -> Tap {
    if value.isConstant { return tap.scaled(value.from) }
    let node = add("math", ["b": value], choices: ["operation": "multiply"])
    connect(tap, node, "a")
    return Tap(port: PortAddress(node, "out"))
  }

  /// The product of a signal and the sum of a value and modulations.
  mutating func multiply(_ tap: Tap, by value: Moving, plus modulations: [Tap]) -> Tap {
    guard !modulations.isEmpty else { return multiply(tap, by: value) }
    let node = add("math", ["b": value], choices: ["operation": "multiply"])
    connect(tap, node, "a")
    for modulation in modulations { connect(modulation, node, "b") }
    return Tap(port: PortAddress(node, "out"))
  }

  /// Limits a signal to −1 … 1.
  mutating func clipped(_ tap: Tap) -> Tap {
    let low = add("math", ["b": Moving(1)], choices: ["operation": "minimum"])
    connect(tap, low, "a")
    let high = add("math", ["b": Moving(-1)], choices: ["operation": "maximum"])
    connect(Tap(port: PortAddress(low, "out")), high, "a")
    return Tap(port: PortAddress(high, "out"))
  }
}
