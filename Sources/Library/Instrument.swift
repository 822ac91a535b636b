import DSP
import Engine
import ModuleKit
import Modules
import PatchKit
import SoundFiles

/// A patch as an instrument that a program plays: a game, a generator, a host of plug-ins.
///
/// Notes are told apart by numbers that the caller gives to them, its voices. More voices than the instrument has are
/// no error: the oldest released, then the quietest, then the oldest note makes way, fading. Every note is heard from
/// the next sample on that `sound` renders.
///
/// One thread may call this class, and one thread its `sound`; they may be the same. Playing does not wait, and
/// nothing here but `init` and `chord` takes memory.
public final class Instrument {
  /// Where the sound comes out.
  public let sound: Sound
  /// How many voices it has.
  public let voiceCount: Int
  private let plans: PlanPublisher
  private let patch: IdentifiedPatch
  private let registry: Registry

  /// The voices of a caller: any number of them, by numbers from 1 up.
  public static let voices = 1...Int(Int32.max)
  /// Hertz.
  public static let frequencies: ClosedRange<Float> = 8...20_000

  /// A note for a chord.
  public struct Note: Sendable {
    public var voice: Int
    /// Hertz.
    public var frequency: Float
    /// 0 … 1; what it does is up to the patch, which hears it as `velocity`.
    public var amplitude: Float

    public init(voice: Int, frequency: Float, amplitude: Float) {
      self.voice = voice
      self.frequency = frequency
      self.amplitude = amplitude
    }
  }

  /// An instrument from the text of a patch file: by default a plain one, see `Instrument.plainPatch`.
  ///
  /// - Parameter voices: instead of the patch's own number, 1 … 512.
  /// - Throws: everything that is wrong with the patch, and the sounds that it names and that cannot be read: from the
  ///   working directory on, or in full; from the patch file's folder on where there is one.
  public convenience init(
    patch text: String = Instrument.plainPatch, voices: Int? = nil, sampleRate: Double = 48_000
  ) throws(PatchErrors) {
    let registry = Registry.linked()
    try self.init(
      PatchFile.read(Array(text.utf8), in: registry), voices: voices, sampleRate: sampleRate, registry: registry)
  }

  /// An instrument from a patch file.
  public convenience init(
    path: String, voices: Int? = nil, sampleRate: Double = 48_000
  ) throws(PatchErrors) {
    let registry = Registry.linked()
    try self.init(
      PatchFile.read(path: path, in: registry), voices: voices, sampleRate: sampleRate, registry: registry)
  }

  private init(_ patch: Patch, voices: Int?, sampleRate: Double, registry: Registry) throws(PatchErrors) {
    var patch = patch
    if let voices {
      do throws(PatchError) { try patch.setVoices(voices) } catch { throw PatchErrors([error]) }
    }
    guard patch.nodes.values.contains(where: { registry[$0.type]?.about.takesNotes == true }) else {
      throw PatchErrors([PatchError(.noSuchNode, "no node of the patch takes notes")])
    }
    var serials: [String: Int] = [:]
    for (i, id) in patch.nodes.keys.sorted().enumerated() { serials[id] = i + 1 }
    let engine = Engine(sampleRate: sampleRate, inputChannels: 0, outputChannels: 2)
    sound = Sound(engine)
    voiceCount = patch.voices
    plans = PlanPublisher(engine: engine, registry: registry)
    var unreadable: [PatchError] = []
    do throws(PatchError) {
      let library = try SoundLibrary()
      plans.sounds = { (name, rate) throws(PatchError) in try library.load(name, rate: rate) }
    } catch { throw PatchErrors([error]) }
    plans.onUnreadable = { unreadable.append($0) }
    self.patch = IdentifiedPatch(patch: patch, serials: serials)
    self.registry = registry
    try plans.commit(self.patch, ticket: 1)
    plans.onUnreadable = { _ in }
    guard unreadable.isEmpty else { throw PatchErrors(unreadable) }
    sound.takeOver()
    plans.tick()
  }

  // MARK: Playing

  /// Starts a note, or strikes a sounding voice anew.
  ///
  /// - Returns: false, and nothing happens, where a value is out of range or 16,384 calls wait to be rendered.
  @discardableResult
  public func noteOn(voice: Int, frequency: Float, amplitude: Float) -> Bool {
    guard let event = Instrument.start(voice, frequency, amplitude) else { return false }
    return plans.play(event)
  }

  /// Starts several notes on one sample.
  ///
  /// - Returns: false, and nothing happens, where a value of one of them is out of range.
  @discardableResult
  public func chord(_ notes: [Note]) -> Bool {
    let events = notes.compactMap { Instrument.start($0.voice, $0.frequency, $0.amplitude) }
    guard events.count == notes.count else { return false }
    var isTaken = true
    plans.together { for event in events where !plans.play(event) { isTaken = false } }
    return isTaken
  }

  /// Lets a voice go; it dies away as the patch says.
  @discardableResult
  public func noteOff(voice: Int) -> Bool { send(.off, voice) }

  /// Moves a sounding voice to another frequency, within 2 ms.
  @discardableResult
  public func setFrequency(_ frequency: Float, voice: Int) -> Bool {
    guard let key = Instrument.key(frequency) else { return false }
    return send(.retune, voice, key: key)
  }

  /// Changes how loud a sounding voice is, 0 … 1, within 2 ms.
  @discardableResult
  public func setAmplitude(_ amplitude: Float, voice: Int) -> Bool {
    guard (0...1).contains(amplitude) else { return false }
    return send(.velocity, voice, value: amplitude)
  }

  /// Lets every voice go.
  @discardableResult
  public func releaseAll() -> Bool { plans.play(NoteEvent(.allOff)) }

  /// Silences everything within 3 ms, echoes too, without a click; what is played next begins anew.
  @discardableResult
  public func stopAll() -> Bool { plans.play(NoteEvent(.panic)) }

  /// How loud all is, as a gain of 0 … 16; it takes 10 ms.
  public var masterVolume: Float = 1 {
    didSet {
      masterVolume = masterVolume.isFinite ? min(max(masterVolume, 0), 16) : oldValue
      _ = plans.setVolume(masterVolume)
    }
  }

  /// Voices that sound, or still die away.
  public var activeVoices: Int { sound.activeVoices }

  /// Turns a knob of the patch, smoothed.
  ///
  /// - Returns: false where there is no such node, parameter or value.
  @discardableResult
  public func setKnob(_ node: String, _ parameter: String, to value: Float) -> Bool {
    guard let type = patch.patch.nodes[node]?.type, let module = registry[type], let serial = patch.serials[node],
      let port = module.input(named: parameter), module.inputs[port].range.contains(value)
    else { return false }
    return plans.setParameter(node: serial, port: port, to: value)
  }

  private static func start(_ voice: Int, _ frequency: Float, _ amplitude: Float) -> NoteEvent? {
    guard voices.contains(voice), let key = key(frequency), (0...1).contains(amplitude) else { return nil }
    return NoteEvent(.on, id: Int32(voice), key: key, value: amplitude, isNamed: true)
  }

  private func send(_ kind: NoteEvent.Kind, _ voice: Int, key: Float = -1, value: Float = 0) -> Bool {
    guard Instrument.voices.contains(voice) else { return false }
    return plans.play(NoteEvent(kind, id: Int32(voice), key: key, value: value))
  }

  /// Keys count half-tones; 69 is 440 Hz.
  private static func key(_ frequency: Float) -> Float? {
    frequencies.contains(frequency) ? 69 + 12 * Float.log2(frequency / 440) : nil
  }
}
