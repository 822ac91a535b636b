import Weft

/// The music, block by block. The same in every run: it has its own random numbers.
final class Garden {
  let instrument: Instrument
  static let blockFrames = 480
  static let sampleRate = 48_000
  private var block = 0
  private var step = 0
  private var dice: UInt64 = 20
  private var nextVoice = 100

  /// Times of the sections, seconds.
  private static let cloudAt = 12.0, fallAt = 13.0, arrivalAt = 15.0, panicAt = 16.0, end = 17.0
  /// Hertz: A, and the five notes of each octave above it.
  private static let root: Float = 110
  private static let scale: [Float] = [1, 9 / 8, 5 / 4, 3 / 2, 5 / 3]

  init(_ instrument: Instrument) {
    self.instrument = instrument
    instrument.masterVolume = 0.8
  }

  private var seconds: Double { Double(block * Garden.blockFrames) / Double(Garden.sampleRate) }

  private func roll(_ sides: Int) -> Int {
    dice = dice &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int(dice >> 33) % sides
  }

  private func pitch(_ degree: Int) -> Float {
    let octave = degree / Garden.scale.count
    return Garden.root * Float(1 << octave) * Garden.scale[degree % Garden.scale.count]
  }

  /// Plays the notes that are due before the next block; returns false at the end.
  func grow() -> Bool {
    defer { block += 1 }
    let now = seconds
    if now < Garden.cloudAt {
      if block % 25 == 0 { walk() }
      if block % 200 == 0 { chord() }
    } else if block == Int(Garden.cloudAt * 100) {
      cloud()
    } else if now < Garden.panicAt, now >= Garden.fallAt {
      fall(Float(min((now - Garden.fallAt) / (Garden.arrivalAt - Garden.fallAt), 1)))
    } else if block == Int(Garden.panicAt * 100) {
      instrument.stopAll()
      log("panic")
    }
    return now < Garden.end
  }

  /// A bell every quarter of a second, by small steps.
  private func walk() {
    step = min(max(step + roll(7) - 3, 5), 19)
    nextVoice += 1
    instrument.noteOn(voice: nextVoice, frequency: pitch(step), amplitude: 0.3 + 0.1 * Float(roll(5)))
    // Each rings for a second.
    instrument.noteOff(voice: nextVoice - 4)
  }

  /// Three voices of their own that change their notes, and swell.
  private func chord() {
    let low = roll(3)
    instrument.chord(
      (0..<3).map { .init(voice: 1 + $0, frequency: pitch(low + 2 * $0) / 2, amplitude: 0.5) })
  }

  /// Thirty-seven notes at once, for 32 voices: five voices are stolen.
  private func cloud() {
    instrument.releaseAll()
    instrument.chord((0..<37).map { .init(voice: 1_000 + $0, frequency: 220 + 23 * Float($0), amplitude: 0.25) })
    log("37 notes for \(instrument.voiceCount) voices")
  }

  /// The cloud glides onto one note, and fades.
  private func fall(_ done: Float) {
    for i in 0..<37 {
      let from = 220 + 23 * Float(i)
      instrument.setFrequency(from + (330 - from) * done, voice: 1_000 + i)
      instrument.setAmplitude(0.25 * (1 - 0.3 * done), voice: 1_000 + i)
    }
    if block % 50 == 0 { log("\(instrument.activeVoices) voices fall") }
  }

  private func log(_ text: String) { say("\(block / 100).\(block % 100 / 10) s: \(text)") }

  /// A sine whose own octave modulates it: a bell.
  static let bells = """
    {
      "weft": 1,
      "nodes": {
        "env": { "type": "adsr", "params": { "attack": 0.004, "decay": 1.5, "release": 0.8, "sustain": 0.3 } },
        "keys": { "type": "notes" },
        "bell": { "type": "fm", "params": { "frequency": 440, "index": 1.5, "ratio": 2 } },
        "out": { "type": "output" },
        "pan": { "type": "pan" },
        "touch": { "type": "gain", "params": { "gain": 1 } },
        "vca": { "type": "gain", "params": { "gain": 0.6 } },
        "voice": { "type": "voice" }
      },
      "cables": [
        ["keys/pitch", "bell/frequency"],
        ["keys/gate", "env/gate"],
        ["env", "vca/gain"],
        ["bell", "vca"],
        ["keys/velocity", "touch/gain"],
        ["vca", "touch"],
        ["touch", "pan"],
        ["voice/spread", "pan/pan", 0.7],
        ["pan/left", "out/left"],
        ["pan/right", "out/right"]
      ]
    }
    """
}
