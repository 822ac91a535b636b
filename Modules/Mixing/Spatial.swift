import DSP
import ModuleKit

/// Places a sound around the head by measured responses of a head, from a SOFA file; without one by level alone.
///
/// Movements are blended by windows that overlap: `window` long, `overlap` at a time. A short window follows fast turns;
/// a long one is smoother.
/// - Source: `HeadPanner`.
struct Spatial<L: Lane>: Module {
  enum In: Int, InputPort {
    case `in`, azimuth, elevation, distance, file, window, overlap

    var spec: ParamSpec {
      switch self {
      case .in: .audio("Input")
      case .azimuth:
        .amount(
          "Direction, clockwise from the front: 0.25 right, 0.5 behind", default: 0, range: -100...100, unit: .cycles)
      case .elevation: .amount("Elevation above the level of the ears", default: 0, range: -0.25...0.25, unit: .cycles)
      case .distance:
        .amount("Distance in metres; the level is inversely proportional to it", default: 1, range: 0.1...100)
      case .file: .file("Head-related impulse responses, a SOFA file")
      case .window: .time("Length of the windows that crossfade a movement", default: 0.02, range: 0.002...0.1)
      case .overlap: .count("Number of overlapping windows", default: 8, range: 2...16)
      }
    }
  }
  enum Out: Int, OutputPort {
    case left, right
    var summary: String { self == .left ? "The left ear" : "The right ear" }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "spatial", .mixing, "Binaural panner (HRTF)", voicing: .sums, tail: 0.3,
      otherNames: OtherNames(
        "3D, HRTF, binaural panner, ambisonics, SOFA, head, surround", superCollider: "PanAz, PanB2"))
  }

  static var preparation: (@Sendable (SoundBuffer) -> Void)? { { _ = HeadResponses.of($0) } }
  static var soundProblems: (@Sendable (SoundBuffer) -> [String])? {
    { $0.info.directions.isEmpty ? ["it has no directions: a SOFA file is wanted"] : [] }
  }

  /// Seconds.
  private static var longest: Float { 0.1 }

  /// One for each lane; nil: none is measured.
  private let panners: UnsafeMutablePointer<HeadPanner>?
  private var isFresh = true

  init(_ setup: ModuleSetup) {
    guard let responses = setup.sound(In.file).flatMap(HeadResponses.of) else {
      panners = nil
      return
    }
    setup.keep(responses)
    let panners: UnsafeMutablePointer<HeadPanner> = setup.keptZeros(L.count)
    for lane in 0..<L.count {
      panners[lane] = HeadPanner(responses.rows, longest: Int(Self.longest * setup.sampleRate) + 1) {
        setup.keptZeros($0)
      }
    }
    self.panners = panners
  }

  mutating func process(_ io: ModuleIO<Self>) {
    let x = io.input(.in), azimuth = io.input(.azimuth), elevation = io.input(.elevation)
    let distance = io.input(.distance), left = io.output(.left), right = io.output(.right)
    guard let panners else {
      for i in 0..<io.frames {
        let side = L.sine(cycles: azimuth[i]) * L.cosine(cycles: elevation[i]), near = x[i] / distance[i]
        let place = L.fma(side, L(0.5), L(0.5))
        left[i] = near * L.sineOfHalfCycle((L(1) - place) * 0.25)
        right[i] = near * L.sineOfHalfCycle(place * 0.25)
      }
      return
    }
    let window = io.input(.window).value, overlap = io.input(.overlap).value[lane: 0]
    for lane in 0..<L.count {
      if isFresh { panners[lane].restart() }
      panners[lane].set(length: Int((window[lane: lane] * io.sampleRate).rounded()), overlap: Int(overlap))
      panners[lane].process(
        frames: io.frames, { x[$0][lane: lane] / distance[$0][lane: lane] }, { azimuth[$0][lane: lane] },
        { elevation[$0][lane: lane] }
      ) { i, a, b in
        left[i][lane: lane] = a
        right[i][lane: lane] = b
      }
    }
    isFresh = false
  }
}

/// The responses of a SOFA file with zeros around each.
private final class HeadResponses {
  let rows: HeadPanner.Responses
  private let memory: [UnsafeMutablePointer<Float>]

  static func of(_ sound: SoundBuffer) -> HeadResponses? {
    sound.info.directions.isEmpty || sound.channels < 2
      ? nil : sound.derived("head responses") { HeadResponses($0) }
  }

  init(_ sound: SoundBuffer) {
    let count = min(sound.info.directions.count, sound.channels / 2), taps = sound.frames
    let stride = HeadPanner.Responses.stride(taps: taps)
    let sides = (0..<2).map { ear in
      let rows = UnsafeMutablePointer<Float>.allocate(capacity: count * stride)
      rows.initialize(repeating: 0, count: count * stride)
      for i in 0..<count {
        let row = rows + i * stride + HeadPanner.Responses.before
        row.update(from: sound.samples(2 * i + ear), count: taps)
      }
      return rows
    }
    let directions = UnsafeMutablePointer<Float>.allocate(capacity: 3 * count)
    for i in 0..<count { for k in 0..<3 { directions[3 * i + k] = sound.info.directions[i][k] } }
    memory = sides + [directions]
    rows = HeadPanner.Responses(
      left: sides[0], right: sides[1], directions: directions, count: count, taps: taps)
  }

  deinit { for base in memory { base.deallocate() } }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Spatial<Float>.self, Spatial<Voices>.self) }
