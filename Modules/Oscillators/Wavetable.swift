import DSP
import Glibc
import ModuleKit

/// Plays a cycle from a table of cycles; `position` moves through the table, with interpolation between cycles.
///
/// `table` is built in or a sound file of cycles, one after the other. Their length is stated in the file (chunk `clm `),
/// or set by `frames`, or found from the file's: 16,384 frames are 64 cycles of 256, as WaveEdit writes them; fewer than
/// 4,096 are one cycle; else the largest of 2,048, 1,024, 512 and 256 that divides it, or 2,048. Each cycle is stored in eleven versions, an octave apart; the brightest that does not alias is
/// played.
struct Wavetable<L: Lane>: Module {
  enum In: Int, InputPort {
    case frequency, position, gain, phase, fm, table, frames

    var spec: ParamSpec {
      switch self {
      case .frequency: .frequency()
      case .position: .amount("Position from the first cycle (0) to the last (1)", default: 0, range: 0...1)
      case .gain: .gain()
      case .phase: .amount("Phase offset of the wave", default: 0, range: -1_000...1_000, unit: .cycles)
      case .fm: .linearFM()
      case .table:
        .file(
          "Built-in table or sound file", builtIn: BuiltInTable.allCases.map { "\($0)" }, isResampled: false,
          cutBy: "frames")
      case .frames:
        .count("Frames per cycle, for a file that does not state them; 0: by its length", default: 0, range: 0...65_536)
      }
    }
  }
  enum Out: Int, OutputPort {
    case out
    var summary: String { "The wave" }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "wavetable", .oscillators, "Wavetable oscillator", tail: nil,
      otherNames: OtherNames(
        "wave table, table oscillator, waveform, scanning, oscillator, osc, vco", superCollider: "Osc, OscN, VOsc",
        pureData: "tabosc4~, tabread4~", vcv: "WT VCO", max: "wave~, 2d.wave~"))
  }

  static var preparation: (@Sendable (SoundBuffer) -> Void)? { { _ = cycles(of: $0) } }

  private var phase = Phase<L>()
  private var brightness = WaveBrightness<L>()
  private let readers: UnsafeMutablePointer<WaveReader>
  private let places: UnsafeMutablePointer<WavePlace<L>>
  /// Frames read in one run.
  private static var run: Int { 32 }
  private let fileCycles: Int

  init(_ setup: ModuleSetup) {
    // One per built-in table, and one for the file; the tables are shared by all nodes.
    let tables = BuiltInTable.allCases.count
    readers = setup.keptZeros(tables + 1)
    places = setup.keptZeros(Self.run)
    for table in BuiltInTable.allCases { readers[table.rawValue] = WaveReader(table.cycles) }
    let sound = setup.sound(In.table)
    fileCycles = sound == nil ? 0 : 1
    guard let sound else { return }
    let cycles = Self.cycles(of: sound)
    setup.keep(cycles)
    readers[tables] = WaveReader(cycles)
  }

  private static func cycles(of sound: SoundBuffer) -> WaveCycles {
    sound.derived("cycles") { sound in
      WaveCycles(
        recording: Array(UnsafeBufferPointer(start: sound.samples(0), count: sound.frames)),
        frames: cycleFrames(of: sound))
    }
  }

  /// The frames of a cycle; nil: 2,048, or the whole of a short file.
  private static func cycleFrames(of sound: SoundBuffer) -> Int? {
    if sound.info.cycle > 1 { return sound.info.cycle }
    if sound.frames == 64 * 256 { return 256 }
    return sound.frames < 2 * WaveCycles.length
      ? nil : [2_048, 1_024, 512, 256].first { sound.frames.isMultiple(of: $0) }
  }

  static var soundProblems: (@Sendable (SoundBuffer) -> [String])? {
    { sound in
      let stated = cycleFrames(of: sound), frames = stated ?? WaveCycles.length
      if stated == nil && sound.frames < 2 * frames { return [] }
      if sound.frames < frames { return ["its \(sound.frames) frames are less than a cycle of \(frames): one cycle"] }
      let rest = sound.frames % frames
      if rest == 0 { return [] }
      return [
        "its \(sound.frames) frames are no whole number of cycles of \(frames): the last \(rest), from frame "
          + "\(sound.frames - rest) on, are left out; frames sets another length"
      ]
    }
  }

  mutating func process(_ io: ModuleIO<Self>) {
    let table = Int(io.input(.table).value[lane: 0]), isFile = table == BuiltInTable.allCases.count
    guard !isFile || fileCycles > 0 else { return io.hold(.out, at: .zero) }
    let frequency = io.input(.frequency), position = io.input(.position), gain = io.input(.gain)
    let shift = io.input(.phase), fm = io.input(.fm), out = io.output(.out)
    let reader = readers[table], places = places, decay = L.exp2(L(-1_000 * Float(gridFrames) * io.period))
    let isConstant = frequency.isConstant && fm.isConstant
    var phase = phase, brightness = brightness, isSettled = false, step = L.Bits(0), i = 0
    while i < io.frames {
      // The phases of some frames, as long as each voice reads one version; then the table places; then the values.
      let stop = min(i + Self.run, io.frames)
      var end = i, version = brightness.now
      while end < stop {
        if !isSettled {
          let speed = L.clamp((frequency[end] + fm[end]) * io.period, L(-0.499), L(0.499))
          step = Phase<L>.step(speed)
          if !brightness.follow(speed, decay: io.framesToGrid(from: end) == 0 ? decay : nil) { break }
          if end == i { version = brightness.now }
          isSettled = isConstant && brightness.isSettled(at: speed)
        }
        places[end &- i].point = phase.bits
        phase.advance(by: step)
        end &+= 1
      }
      let isBetween = place(i..<end, position, shift, reader, version)
      for k in i..<end { out[k] = reader.value(at: places + (k &- i), isBetween: isBetween) * gain[k] }
      i = end
      if i == stop { continue }
      let offset = Phase<L>(bits: phase.bits &+ Phase<L>.wrappedStep(shift[i]))
      out[i] = brightness.value(offset, WaveCycle(at: position[i], of: reader), from: reader, by: places) * gain[i]
      phase.advance(by: step)
      i &+= 1
    }
    self.phase = phase
    self.brightness = brightness
  }

  /// Replaces phases by table places; returns whether some are between two cycles.
  @inline(__always)
  private func place(
    _ frames: Range<Int>, _ position: Signal<L>, _ shift: Signal<L>, _ reader: WaveReader, _ version: WaveVersion<L>
  ) -> Bool {
    var cycle = WaveCycle(at: position.value, of: reader), share = cycle.share
    var offset = Phase<L>.wrappedStep(shift.value), place = places
    for i in frames {
      if !position.isConstant {
        cycle = WaveCycle(at: position[i], of: reader)
        share = L.maximum(share, cycle.share)
      }
      if !shift.isConstant { offset = Phase<L>.wrappedStep(shift[i]) }
      place.pointee = WavePlace(Phase<L>(bits: place.pointee.point &+ offset), cycle, version)
      place += 1
    }
    return L.less(.zero, share).signs != 0
  }
}

/// The built-in tables.
enum BuiltInTable: Int, CaseIterable {
  /// One sine.
  case sine
  /// Sine, triangle, saw, square.
  case basic
  /// Pulses from even to narrow.
  case pulse
  /// From a hollow to a nasal vowel, on a saw.
  case vowel

  /// Made once for the whole program.
  var cycles: WaveCycles { BuiltInTable.all[rawValue] }

  private static let all: [WaveCycles] = allCases.map { WaveCycles($0.waves) }

  private var waves: [[Double]] {
    func wave(_ make: (Double) -> Double) -> [Double] {
      (0..<WaveCycles.length).map { make((Double($0) + 0.5) / Double(WaveCycles.length)) }
    }
    func saw(_ x: Double) -> Double { 2 * x - 1 }
    switch self {
    case .sine: return [(0..<WaveCycles.length).map { sin(2 * .pi * Double($0) / Double(WaveCycles.length)) }]
    case .basic:
      return [
        wave { sin(2 * .pi * $0) }, wave { $0 < 0.25 ? 4 * $0 : $0 < 0.75 ? 2 - 4 * $0 : 4 * $0 - 4 },
        wave { saw(($0 + 0.5).truncatingRemainder(dividingBy: 1)) }, wave { $0 < 0.5 ? 1 : -1 },
      ]
    case .pulse: return (0..<16).map { step in wave { $0 < 0.5 - 0.03 * Double(step) ? 1 : -1 } }
    case .vowel:
      // Harmonics of a tone at 110 Hz, raised around two moving resonances.
      let halves = 2 * WaveCycles.length
      let sines = (0..<halves).map { sin(2 * .pi * Double($0) / Double(halves)) }
      return (0..<16).map { step -> [Double] in
        let share = Double(step) / 15, low = 300 + 500 * share, high = 900 + 1_700 * share
        let lifts = (1...64).map { k -> Double in
          let hertz = 110 * Double(k)
          return 0.5 * (exp(-pow((hertz - low) / 120, 2)) + 0.6 * exp(-pow((hertz - high) / 200, 2)) + 0.02)
        }
        return (0..<WaveCycles.length).map { i in
          lifts.indices.reduce(0.0) { $0 + sines[($1 + 1) * (2 * i + 1) % halves] * lifts[$1] }
        }
      }
    }
  }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Wavetable<Float>.self, Wavetable<Voices>.self) }
