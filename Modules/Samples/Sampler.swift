import DSP
import ModuleKit

/// Plays a sound file: from `start` where `gate` rises, to `end`, or in a loop while the gate is held.
///
/// `start` and `end` are shares of the sound; without a loop it is a one-shot. A `speed` below 0, or `reverse`, plays
/// backwards; `pitch` is in octaves, so that a cable from `notes` plays the sound in tune, as recorded at the key `root`.
/// A new gate cuts the playing sound without a click. Mono files are played on both sides; of more than two channels the
/// first two.
///
/// `loop` `file` repeats the loop that the file has (chunk `smpl`) while the gate is held, then plays on to the end; in
/// the last `crossfade` seconds of a loop that runs forwards, the sound before its start fades in.
///
/// An SFZ file plays the region of the key and of `velocity`; `loop`, `root` and `crossfade` are the regions' own. Of
/// regions that overlap the first one is played. A folder of sounds whose names (`piano C4.wav`) or files have keys is
/// spread over the keyboard; any other is a kit, a key each from 36 up.
///
/// Faster than recorded, the sound is band-limited: aliases are below −80 dB, and the band is flat up to 0.8 of half the
/// rate. A sound of more than 22 s (in stereo, at 48 kHz) may lose up to an octave more at the top.
/// - Source: sixteen-point windowed-sinc interpolation, `SincTable`, of copies with narrower bands, `SoundCopies`.
struct Sampler<L: Lane>: Module {
  typealias Loop = SampleHeads<L>.Loop
  enum In: Int, InputPort {
    case file, gate, pitch, speed, start, end, loop, gain, root, reverse, crossfade, velocity

    var spec: ParamSpec {
      switch self {
      case .file: .file("The sound, an SFZ file, or a folder of sounds", takesZones: true)
      case .gate: .gate("Plays where it rises above 0.5")
      case .pitch: .amount("Transposition", default: 0, range: -10...10, unit: .octaves)
      case .speed: .amount("Playback speed; below 0 backwards", default: 1, range: -16...16)
      case .start: .amount("Start, as a share of the sound", default: 0, range: 0...1, smoothing: .none)
      case .end: .amount("End, as a share of the sound", default: 1, range: 0...1, smoothing: .none)
      case .loop:
        .choice("Loop mode while the gate is on; file: the file's loop", Loop.allCases.map { "\($0)" }, default: "off")
      case .gain: .gain(default: 1)
      case .root: .count("MIDI key at which it sounds as recorded; 0: the file's", default: 69, range: 0...127)
      case .reverse: .toggle("Plays backwards")
      case .crossfade:
        .amount(
          "Crossfade at the end of the file's loop", default: 0, range: 0...10, unit: .seconds, smoothing: .none)
      case .velocity: .amount("Velocity, for the region of an SFZ file", default: 1, range: 0...1, smoothing: .none)
      }
    }
  }
  enum Out: Int, OutputPort {
    case left, right
    var summary: String { self == .left ? "The left channel" : "The right channel" }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "sampler", .samples, "Plays a sound file", tail: nil,
      otherNames: OtherNames(
        "sample, sample player, WAV, sound file, SFZ, soundfont, loop, one-shot, drum sample",
        superCollider: "PlayBuf, BufRd, DiskIn", pureData: "readsf~, tabplay~, soundfiler",
        max: "groove~, play~, sfplay~, buffer~"))
  }

  static var preparation: (@Sendable (SoundBuffer) -> Void)? { { _ = SampleZones.of($0) } }

  /// The sound itself, if it is a plain one.
  private let left, right: UnsafePointer<Float>?
  private let zones: SampleZones.Table?
  private let table = SincTable.shared
  private var heads = SampleHeads<L>()
  private var choice = CopyChoice<L>()
  private var envelope = SampleEnvelope<L>()
  /// The fading rest of a cut sound; and the last output.
  private var restLeft = L.zero, restRight = L.zero, lastLeft = L.zero, lastRight = L.zero

  init(_ setup: ModuleSetup) {
    let sound = setup.sound(In.file)
    left = sound?.samples(0)
    right = sound?.samples(1)
    let zones = sound.map(SampleZones.of)
    if let zones { setup.keep(zones) }
    self.zones = zones?.table
  }

  mutating func process(_ io: ModuleIO<Self>) {
    guard let left, let right, let zones else {
      io.hold(.left, at: .zero)
      io.hold(.right, at: .zero)
      return
    }
    let gate = io.input(.gate), pitch = io.input(.pitch), speed = io.input(.speed), gain = io.input(.gain)
    let start = io.input(.start), end = io.input(.end)
    let loop = Loop(rawValue: Int(io.input(.loop).value[lane: 0])) ?? .off
    let sign = L(io.input(.reverse).value[lane: 0] > 0.5 ? -1 : 1)
    let fade = io.input(.crossfade).value * io.sampleRate, fades = L.less(.zero, fade).signs != 0
    let outLeft = io.output(.left), outRight = io.output(.right)
    let keep = L.exp2(L(-960 * io.period)), isConstant = pitch.isConstant && speed.isConstant
    let last = CopyChoice<L>.period(io.sampleRate) &- 1
    var heads = heads, choice = choice, envelope = envelope, isSettled = false
    var step = Self.step(speed.value * sign, pitch.value + heads.tune)
    var restLeft = restLeft, restRight = restRight, lastLeft = lastLeft, lastRight = lastRight
    for i in 0..<io.frames {
      let on = L.less(L(0.5), gate[i])
      let rises = on & (heads.isOn ^ L.Bits(-1))
      heads.isOn = on
      var ends = L.Bits(0)
      if rises.signs != 0 {
        let found = choose(rises, &heads, &choice, &envelope, zones, io, at: i, loop)
        step = Self.step(speed[i] * sign, pitch[i] + heads.tune)
        heads.begin(found, start[i], end[i], backwards: L.less(speed[i] * sign, .zero))
        choice.begin(found, at: step)
        isSettled = false
      } else if !isConstant && heads.plays.signs != 0 {
        step = Self.step(speed[i] * sign, pitch[i] + heads.tune)
      }
      var x = L.zero, y = L.zero
      if heads.plays.signs != 0 {
        if !isSettled {
          choice.follow(step, isNext: (io.frame &+ i) & last == 0)
          isSettled = isConstant && choice.isSettled(at: step)
        }
        var heard =
          choice.isOriginal && zones.isPlain
          ? table.values(left, right, at: heads.place, heads.part)
          : choice.values(table, zones.copies, at: heads.place, heads.part)
        if fades {
          let seam = heads.seam(fade, step)
          if L.less(.zero, seam.share).signs != 0 {
            let early = choice.values(table, zones.copies, at: seam.place, seam.part)
            heard.left = L.fma(seam.share, early.left - heard.left, heard.left)
            heard.right = L.fma(seam.share, early.right - heard.right, heard.right)
          }
        }
        var over = L.Bits(0)
        if !zones.isPlain {
          let shaped = envelope.next(heads.released)
          heard.left = heard.left * (heads.left * shaped.level)
          heard.right = heard.right * (heads.right * shaped.level)
          over = shaped.ends & heads.plays
        }
        x = L.select(heads.plays, heard.left, .zero)
        y = L.select(heads.plays, heard.right, .zero)
        ends = heads.advance(by: step, start[i], end[i], loop) | over
        heads.plays = heads.plays & (over ^ L.Bits(-1))
      }
      // A cut fades with a time constant of 1.5 ms; a start from silence is not faded.
      let cuts = rises & L.less(.zero, L.magnitude(lastLeft) + L.magnitude(lastRight))
      restLeft = L.select(cuts, lastLeft - x, restLeft * keep)
      restRight = L.select(cuts, lastRight - y, restRight * keep)
      lastLeft = x + restLeft
      lastRight = y + restRight
      outLeft[i] = lastLeft * gain[i]
      outRight[i] = lastRight * gain[i]
      restLeft = L.select(ends, lastLeft, restLeft)
      restRight = L.select(ends, lastRight, restRight)
    }
    self.heads = heads
    self.choice = choice
    self.envelope = envelope
    self.restLeft = restLeft
    self.restRight = restRight
    self.lastLeft = lastLeft
    self.lastRight = lastRight
  }

  /// Sets the zones of voices that begin; returns those that have one.
  private func choose(
    _ lanes: L.Bits, _ heads: inout SampleHeads<L>, _ choice: inout CopyChoice<L>,
    _ envelope: inout SampleEnvelope<L>, _ zones: SampleZones.Table, _ io: ModuleIO<Self>, at i: Int, _ loop: Loop
  ) -> L.Bits {
    let root = io.input(.root).value, pitch = io.input(.pitch)[i], velocity = io.input(.velocity)[i]
    var found = L.Bits(0)
    forEachLane(lanes.signs) { lane in
      let index = zones.zone(key: 69 + 12 * pitch[lane: lane], velocity: velocity[lane: lane])
      heads.plays[lane: lane] = 0
      guard index >= 0 else { return }
      found[lane: lane] = -1
      let zone = zones.zones[index], key = root[lane: lane]
      let tune = zones.isPlain && key > 0 ? (69 - key) * (1 / 12) : zone.tune
      heads.choose(lane, zone, loop: loop, tune: tune)
      choice.choose(lane, first: zone.first, perOctave: zone.perOctave)
      envelope.begin(lane, zone, io.sampleRate)
    }
    return found
  }

  /// Frames of the sound per output frame.
  @inline(__always)
  private static func step(_ speed: L, _ pitch: L) -> L { L.clamp(speed * L.exp2(pitch), L(-256), L(256)) }
}

extension SampleZones {
  /// The zones of a sound: of an SFZ file, or one.
  fileprivate static func of(_ sound: SoundBuffer) -> SampleZones {
    sound.derived("zones") { sound in
      guard !sound.zones.isEmpty else {
        var zone = SampleZone()
        zone.frames = Int32(sound.frames)
        if let root = sound.info.root { zone.tune = (69 - root) / 12 }
        zone.setLoop(sound.info.loop)
        return SampleZones(zone, SoundCopies.of(sound, total: sound.samples))
      }
      var sounds: [ObjectIdentifier: Int] = [:], copies: [SoundCopies] = []
      let different = Dictionary(sound.zones.map { (ObjectIdentifier($0.sound), $0.sound) }) { first, _ in first }
      let total = different.values.reduce(0) { $0 + $1.samples }
      let indices = sound.zones.map { zone in
        let id = ObjectIdentifier(zone.sound)
        if let known = sounds[id] { return known }
        copies.append(SoundCopies.of(zone.sound, total: total))
        sounds[id] = copies.count - 1
        return copies.count - 1
      }
      return SampleZones(
        sound.zones.map(\.sample), copies, indices, keys: sound.zones.map { ($0.keys, $0.velocities) })
    }
  }
}

extension SoundCopies {
  fileprivate static func of(_ sound: SoundBuffer, total: Int) -> SoundCopies {
    sound.derived("copies") { sound in
      SoundCopies((0..<min(sound.channels, 2)).map(sound.samples), frames: sound.frames, total: total)
    }
  }
}

extension SoundBuffer {
  /// Samples over the channels that are played.
  fileprivate var samples: Int { min(channels, 2) * frames }
}

extension SampleZone {
  fileprivate mutating func setLoop(_ loop: SoundLoop?) {
    guard let loop else { return }
    setLoop(start: loop.start, length: loop.length)
    course = loop.course == .forward ? 0 : loop.course == .alternating ? 1 : 2
  }
}

extension SoundZone {
  /// The zone as the kernel plays it.
  fileprivate var sample: SampleZone {
    var zone = SampleZone()
    zone.frames = Int32(sound.frames)
    zone.tune = (69 - root) / 12 + tune / 1_200
    zone.left = gain * min(1, 1 - pan)
    zone.right = gain * min(1, 1 + pan)
    zone.setLoop(loop)
    zone.play = mode
    zone.attack = attack
    zone.hold = hold
    zone.decay = decay
    zone.sustain = sustain
    zone.release = release
    return zone
  }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Sampler<Float>.self, Sampler<Voices>.self) }
