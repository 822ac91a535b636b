import DSP
import ModuleKit

/// Convolves its input with a sound file: an impulse response of a room, a loudspeaker or another system.
///
/// The file is resampled to the engine's rate and normalised to the level of a single frame of 1, so that a quiet
/// recording of a hall is not a quiet hall. Mono files are used for both sides. The only delay is that of the
/// recording.
/// - Source: `Convolver`.
struct Convolve<L: Lane>: Module {
  enum In: Int, InputPort {
    case `in`, file, mix

    var spec: ParamSpec {
      switch self {
      case .in: .audio("Input")
      case .file: .file("The impulse response")
      case .mix: .mix(default: 0.5)
      }
    }
  }
  enum Out: Int, OutputPort {
    case left, right
    var summary: String { self == .left ? "The left side" : "The right side" }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "convolve", .effects, "Convolution reverb with an impulse response", voicing: .sums, tail: nil,
      otherNames: OtherNames(
        "convolution, impulse response, IR, room, cabinet, hall, space",
        superCollider: "Convolution, Convolution2, PartConv"))
  }

  static var preparation: (@Sendable (SoundBuffer) -> Void)? { { _ = Responses.of($0) } }

  /// One per lane.
  private let convolvers: UnsafeMutablePointer<Convolver>?
  private var isFresh = true

  init(_ setup: ModuleSetup) {
    guard let sound = setup.sound(In.file) else {
      convolvers = nil
      return
    }
    let responses = Responses.of(sound)
    setup.keep(responses)
    let convolvers: UnsafeMutablePointer<Convolver> = setup.keptZeros(L.count)
    for lane in 0..<L.count {
      convolvers[lane] = Convolver(responses.left.pieces, responses.right.pieces) {
        setup.keptZeros(bytes: $0, from: responses.history)
      }
    }
    self.convolvers = convolvers
  }

  mutating func process(_ io: ModuleIO<Self>) {
    let x = io.input(.in), mix = io.input(.mix), left = io.output(.left), right = io.output(.right)
    for i in 0..<io.frames {
      let dry = L.fnma(mix[i], x[i], x[i])
      left[i] = dry
      right[i] = dry
    }
    guard let convolvers else { return }
    if isFresh { for lane in 0..<L.count { convolvers[lane].restart() } }
    isFresh = false
    for lane in 0..<L.count {
      convolvers[lane].process(
        { x[$0][lane: lane] }, frame: io.frame, frames: io.frames,
        { left[$0][lane: lane] += $1 * mix[$0][lane: lane] }, { right[$0][lane: lane] += $1 * mix[$0][lane: lane] })
    }
  }
}

/// The two channels of a recording, scaled by the louder one.
private final class Responses {
  let left, right: ImpulseResponse
  /// Memory for input spectra, preallocated for the first node: as much again as the response.
  let history: SpareMemory

  static func of(_ sound: SoundBuffer) -> Responses { sound.derived("responses") { Responses($0) } }

  init(_ sound: SoundBuffer) {
    func power(_ channel: Int) -> Float {
      let samples = sound.samples(channel)
      return (0..<sound.frames).reduce(0) { $0 + samples[$1] * samples[$1] }
    }
    let scale = 1 / max(max(power(0), power(1)).squareRoot(), 1e-9)
    left = ImpulseResponse(sound.samples(0), frames: sound.frames, scale: scale)
    right = sound.channels == 1 ? left : ImpulseResponse(sound.samples(1), frames: sound.frames, scale: scale)
    history = SpareMemory(bytes: Convolver.mostBytes(left.pieces))
  }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Convolve<Float>.self, Convolve<Voices>.self) }
