import DSP
import Engine
import ModuleKit
import Modules
import PatchKit
import SoundFiles

/// A patch as an instrument for a program: a game, a generator, a plug-in host.
///
/// Notes are identified by numbers of the caller, its voices. More notes than the instrument has voices are no error: a
/// voice is stolen with a fade, first the oldest released, then the quietest, then the oldest. A note begins on the
/// next sample that `sound` renders.
///
/// One thread at a time may call this class, and one thread at a time its `sound`; they may run beside each other. Two at
/// once are a programming error that ends the program. Playing does not wait, and only `init`, `chord` and `poll`
/// allocate.
public final class Instrument {
  /// Renders the instrument.
  public let sound: InstrumentOutput
  /// Number of voices.
  public let voiceCount: Int
  /// Called by `poll` for each fault since the last call.
  public var onFault: (InstrumentFault) -> Void = { _ in }
  private let plans: PlanPublisher
  private let turn = Turn("Instrument")
  private struct Knob {
    var serial: Int, port: Int
    var range: ClosedRange<Float>
  }
  /// By node and parameter: looked up without allocation.
  private let knobs: [String: [String: Knob]]
  /// Ids of nodes by their serials.
  private let nodes: [Int: String]

  /// Valid voice numbers of a caller.
  public static let voices = 1...Int(Int32.max)
  /// Input channels.
  public static let inputs = 0...64
  /// Hertz.
  public static let frequencies: ClosedRange<Float> = 8...20_000

  /// A note for a chord.
  public struct Note: Sendable {
    public var voice: Int
    /// Hertz.
    public var frequency: Float
    /// 0 … 1, sent to the patch as `velocity`.
    public var amplitude: Float

    public init(voice: Int, frequency: Float, amplitude: Float) {
      self.voice = voice
      self.frequency = frequency
      self.amplitude = amplitude
    }
  }

  /// Makes an instrument from the text of a patch file: by default a plain one, see `Instrument.plainPatch`.
  ///
  /// - Parameters:
  ///   - voices: replaces the patch's own number, 1 … 512.
  ///   - inputs: channels for the patch's `input` nodes, 0 … 64; a patch with inputs need not take notes.
  /// - Throws: every error of the patch, and the sounds that cannot be read: paths are relative to the working
  ///   directory, or to the patch file's folder where there is one.
  public convenience init(
    patch text: String = Instrument.plainPatch, voices: Int? = nil, inputs: Int = 0, sampleRate: Double = 48_000
  ) throws(PatchErrors) {
    let registry = Registry.linked()
    try self.init(PatchFile.read(Array(text.utf8), in: registry), voices, inputs, sampleRate, registry)
  }

  /// Makes an instrument from a patch file.
  public convenience init(
    path: String, voices: Int? = nil, inputs: Int = 0, sampleRate: Double = 48_000
  ) throws(PatchErrors) {
    let registry = Registry.linked()
    try self.init(PatchFile.read(path: path, in: registry), voices, inputs, sampleRate, registry)
  }

  private init(
    _ patch: Patch, _ voices: Int?, _ inputs: Int, _ sampleRate: Double, _ registry: Registry
  ) throws(PatchErrors) {
    var patch = patch
    guard Instrument.inputs.contains(inputs) else {
      throw PatchErrors([PatchError(.range, "\(inputs) inputs: 0 to \(Instrument.inputs.upperBound) are allowed")])
    }
    if let voices {
      do throws(PatchError) { try patch.setVoices(voices) } catch { throw PatchErrors([error]) }
    }
    guard inputs > 0 || patch.nodes.values.contains(where: { registry[$0.type]?.about.takesNotes == true }) else {
      throw PatchErrors([PatchError(.noSuchNode, "no node of the patch takes notes")])
    }
    var serials: [String: Int] = [:]
    for (i, id) in patch.nodes.keys.sorted().enumerated() { serials[id] = i + 1 }
    let engine = Engine(sampleRate: sampleRate, inputChannels: inputs, outputChannels: 2)
    sound = InstrumentOutput(engine)
    voiceCount = patch.voices
    plans = PlanPublisher(engine: engine, registry: registry)
    var unreadable: [PatchError] = []
    do throws(PatchError) {
      let library = try SoundLibrary()
      plans.sounds = { (name, rate) throws(PatchError) in try library.load(name, rate: rate) }
    } catch { throw PatchErrors([error]) }
    plans.onUnreadable = { unreadable.append($0) }
    knobs = patch.nodes.reduce(into: [:]) { knobs, entry in
      for (port, input) in (registry[entry.value.type]?.inputs ?? []).enumerated() where input.isParameter {
        knobs[entry.key, default: [:]][input.name] = Knob(serial: serials[entry.key]!, port: port, range: input.range)
      }
    }
    nodes = serials.reduce(into: [:]) { $0[$1.value] = $1.key }
    try plans.commit(IdentifiedPatch(patch: patch, serials: serials), ticket: 1)
    plans.prepareParameters()
    plans.onUnreadable = { _ in }
    guard unreadable.isEmpty else { throw PatchErrors(unreadable) }
    sound.exchangePlans()
    plans.tick()
    plans.onFault = { [unowned self] in onFault(InstrumentFault($0, node: nodes[$0.node])) }
  }

  /// Reports faults to `onFault`; call it a few times a second, not in an audio callback.
  public func poll() { turn.alone { plans.tick() } }

  // MARK: Playing

  /// Starts a note, or retriggers a sounding voice.
  ///
  /// - Returns: false, without an effect, where a value is out of range or 16,384 calls wait to be rendered.
  @discardableResult
  public func noteOn(voice: Int, frequency: Float, amplitude: Float) -> Bool {
    guard let event = Instrument.start(voice, frequency, amplitude) else { return false }
    return turn.alone { plans.play(event) }
  }

  /// Starts several notes on one sample.
  ///
  /// - Returns: false, without an effect, where a value of one of them is out of range.
  @discardableResult
  public func chord(_ notes: [Note]) -> Bool {
    let events = notes.compactMap { Instrument.start($0.voice, $0.frequency, $0.amplitude) }
    guard events.count == notes.count else { return false }
    var isTaken = true
    turn.alone { plans.together { for event in events where !plans.play(event) { isTaken = false } } }
    return isTaken
  }

  /// Releases a voice; it decays as the patch defines.
  @discardableResult
  public func noteOff(voice: Int) -> Bool { send(.off, voice) }

  /// Moves a sounding voice to another frequency, within 2 ms.
  @discardableResult
  public func setFrequency(_ frequency: Float, voice: Int) -> Bool {
    guard let key = Instrument.key(frequency) else { return false }
    return send(.retune, voice, key: key)
  }

  /// Sets the amplitude of a sounding voice, 0 … 1, within 2 ms.
  @discardableResult
  public func setAmplitude(_ amplitude: Float, voice: Int) -> Bool {
    guard (0...1).contains(amplitude) else { return false }
    return send(.velocity, voice, value: amplitude)
  }

  /// Releases every voice.
  @discardableResult
  public func releaseAll() -> Bool { turn.alone { plans.play(NoteEvent(.allOff)) } }

  /// Silences everything within 3 ms, echoes too, without a click; the patch is reset for the next note.
  @discardableResult
  public func stopAll() -> Bool { turn.alone { plans.play(NoteEvent(.panic)) } }

  /// Master volume, a gain of 0 … 16; it takes 10 ms.
  public var masterVolume: Float = 1 {
    didSet {
      masterVolume = masterVolume.isFinite ? min(max(masterVolume, 0), 16) : oldValue
      turn.alone { _ = plans.setVolume(masterVolume) }
    }
  }

  /// Voices that sound, or still decay.
  public var activeVoices: Int { sound.activeVoices }

  /// Sets a parameter of the patch, smoothed.
  ///
  /// - Returns: false where there is no such node, parameter or value.
  @discardableResult
  public func setParameter(_ node: String, _ parameter: String, to value: Float) -> Bool {
    guard let knob = knobs[node]?[parameter], knob.range.contains(value) else { return false }
    return turn.alone { plans.setParameter(node: knob.serial, port: knob.port, to: value) }
  }

  private static func start(_ voice: Int, _ frequency: Float, _ amplitude: Float) -> NoteEvent? {
    guard voices.contains(voice), let key = key(frequency), (0...1).contains(amplitude) else { return nil }
    return NoteEvent(.on, id: Int32(voice), key: key, value: amplitude, isNamed: true)
  }

  private func send(_ kind: NoteEvent.Kind, _ voice: Int, key: Float = -1, value: Float = 0) -> Bool {
    guard Instrument.voices.contains(voice) else { return false }
    return turn.alone { plans.play(NoteEvent(kind, id: Int32(voice), key: key, value: value)) }
  }

  /// Keys are semitones; 69 is 440 Hz.
  private static func key(_ frequency: Float) -> Float? {
    frequencies.contains(frequency) ? 69 + 12 * Float.log2(frequency / 440) : nil
  }
}
