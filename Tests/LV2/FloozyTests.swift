import Foundation
import LV2
import LV2Bundle
import ModuleKit
import PatchKit
import TestSupport
import Testing

/// The patch `floozy` as a plug-in: the ports of the original, and its voice chain by the reference data.
@Suite struct FloozyTests {
  private static let file = PluginBundle.root + "/Patches/floozy.json"

  @Test func portsAreThoseOfTheOriginal() throws {
    let bundle = try PluginBundle(Self.file, name: "floozy")
    let wanted: [(String, Float)] = [
      ("sourceAlgorithm", 3), ("sourceParam1", 0.55), ("sourceParam2", 0.5), ("sourceLevel", 0.5), ("noiseLevel", 0.2),
      ("dcLevel", 0), ("attack", 0.33), ("release", 0.28), ("interfaceType", 2), ("interfaceIntensity", 0.5),
      ("tuning", 0.5), ("ratio", 0.5), ("delay1Feedback", 0.5), ("delay2Feedback", 0.1), ("filterFeedback", 0),
      ("filterFrequency", 0.57), ("filterQ", 0.18), ("filterShape", 0), ("lfoFrequency", 0.74),
      ("modulationTypeLevel", 0.5), ("reverbSize", 0.5), ("reverbLevel", 0.3), ("masterGain", 0.8),
    ]
    let ports = bundle.ports
    #expect(ports.outputs == 1 && ports.inputs == 0 && ports.midi == 1 && ports.firstControl == 2)
    #expect(ports.controls.map(\.symbol) == wanted.map(\.0) && ports.controls.map(\.value) == wanted.map(\.1))
    #expect(ports.enabled == 25 && ports.latency == 26)
    #expect(ports.controls[0].range == 0...6 && ports.controls[8].range == 0...11)
    #expect(ports.controls[8].choices[2] == "reed" && ports.controls[0].choices[5] == "formant")
    #expect(ports.controls.allSatisfy { $0.kind == .whole || $0.range == 0...1 })
    let text = try bundle.text("plugin.ttl")
    #expect(text.contains("lv2:name \"Delay 1 Feedback\"") && text.contains("8 voices"))
    let presets = try bundle.text("manifest.ttl").matches(of: /a pset:Preset/).count
    #expect(presets == 5)
  }

  /// Time of making an instance, the best of 20, and its memory, the least of four times 25 that live at once: other tests
  /// run beside it.
  @Test func instancesAreMadeQuicklyAndAreSmall() throws {
    let bundle = try PluginBundle(Self.file, name: "floozy")
    func resident() -> Int {
      let pages = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ")
      return pages.flatMap { Int($0[1]) }.map { $0 * 4_096 } ?? 0
    }
    var quickest = Double.infinity, smallest = Int.max
    for _ in 0..<20 {
      let began = ContinuousClock.now, plugin = try #require(try TestPlugin(bundle.path))
      quickest = min(quickest, (ContinuousClock.now - began) / .milliseconds(1))
      withExtendedLifetime(plugin) {}
    }
    var all: [TestPlugin] = []
    for _ in 0..<4 {
      let before = resident()
      for _ in 0..<25 {
        let plugin = try #require(try TestPlugin(bundle.path))
        _ = plugin.render(256, events: (0..<8).map { .on($0, UInt8(40 + $0)) })
        all.append(plugin)
      }
      smallest = min(smallest, (resident() - before) / 25)
    }
    print("an instance of floozy: \(quickest) ms, \(smallest >> 10) KiB")
    #expect(smallest < 4_000_000, "\(smallest) bytes an instance")
    #if !DEBUG
      #expect(quickest < 30, "\(quickest) ms")
    #endif
  }

  /// The names that the events of the reference use for ports.
  private static let symbols = [
    "noise": "noiseLevel", "dc": "dcLevel", "algorithm": "sourceAlgorithm", "param1": "sourceParam1",
    "param2": "sourceParam2",
  ]

  /// Plays events as the plug-in does: at the level of the reference, with no noise at the starts, which it has not.
  ///
  /// The limiter, which the original does not have, sees a tenth of the sound: the reference is beyond full scale where
  /// notes add up.
  private func play(_ golden: GoldenCase, notes: [TestPlugin.Midi]) throws -> [Double] {
    let text = try String(contentsOfFile: Self.file, encoding: .utf8)
      .replacing("\"intensity\": 0.5,", with: "\"intensity\": 0.5, \"noise\": 0,")
      .replacing("\"type\": \"gain\", \"params\": { \"gain\": 0.099 }", with: "\"type\": \"gain\"")
    let bundle = try PluginBundle(text, name: "floozy")
    let plugin = try #require(try TestPlugin(bundle.path, rate: Double(golden.sampleRate)))
    for event in golden.arguments["events"] as? [[String: Any]] ?? [] where event["event"] == nil {
      let name = event["set"] as? String ?? ""
      plugin[Self.symbols[name] ?? name] = (event["value"] as? NSNumber)?.floatValue ?? 0
    }
    plugin["masterGain"] *= 0.1
    // The parameters arrive before the notes; then the clock of the notes begins.
    _ = plugin.render(48_000)
    let latency = Int(plugin["latency"]), count = try golden.columns("out")[0].count
    return plugin.render(count + latency, periods: [256], events: notes)[0].dropFirst(latency).map { Double($0) * 10 }
  }

  private struct Notes {
    var on: [(frame: Int, key: UInt8)] = [], off: [(frame: Int, key: UInt8)] = []
    /// The frame of the panic; `Int.max`: none.
    var end = Int.max

    init(_ golden: GoldenCase) {
      for event in golden.arguments["events"] as? [[String: Any]] ?? [] {
        let at = (event["sample"] as? NSNumber)?.intValue ?? 0, key = (event["value"] as? NSNumber)?.uint8Value ?? 0
        switch event["event"] as? String {
        case "on": on.append((at, key))
        case "off": off.append((at, key))
        case .some: end = at
        case nil: break
        }
      }
    }
    /// Of one key, or of all.
    func midi(_ key: UInt8? = nil) -> [TestPlugin.Midi] {
      let starts = on.filter { key == nil || $0.key == key }, ends = off.filter { key == nil || $0.key == key }
      return starts.map { .on($0.frame, $0.key, 127) } + ends.map { .off($0.frame, $0.key) }
    }
  }

  private func compare(_ made: ArraySlice<Double>, _ wanted: ArraySlice<Double>, _ golden: GoldenCase) throws {
    func power(_ x: ArraySlice<Double>, _ y: ArraySlice<Double>) -> Double { zip(x, y).reduce(0) { $0 + $1.0 * $1.1 } }
    let decibels = 10 * log10(power(made, made) / power(wanted, wanted))
    let correlation = power(made, wanted) / (power(made, made) * power(wanted, wanted)).squareRoot()
    let fallback = try #require(golden.fallback)
    #expect(abs(decibels) <= fallback.level && correlation >= fallback.correlation, "\(decibels) dB, \(correlation)")
  }

  @Test(arguments: ["floozy_poly_default_note", "floozy_poly_dry_paf_bell"])
  func voiceChainFollowsTheReference(id: String) throws {
    let golden = try GoldenCase.one(id), wanted = try golden.columns("out")[0], notes = Notes(golden)
    let made = try play(golden, notes: notes.midi())
    try compare(made[...], wanted[...], golden)
  }

  /// Ten notes for eight voices. The reference steals the voice whose last sample is the smallest, and cuts it: a click.
  /// Ours steals the quietest over some cycles, and fades it. So its stealing is applied to our notes, each rendered
  /// alone, which a dry chain allows.
  @Test func voiceStealingOfTheReferenceIsFollowedByOurNotes() throws {
    let golden = try GoldenCase.one("floozy_poly_chord_steal"), wanted = try golden.columns("out")[0]
    let notes = Notes(golden), alone = try notes.on.map { try play(golden, notes: notes.midi($0.key)) }
    var sum = [Double](repeating: 0, count: wanted.count), sounding: [Int] = [], next = 0
    for frame in 0..<notes.end {
      if next < notes.on.count, notes.on[next].frame == frame {
        if sounding.count == 8 {
          func last(_ i: Int) -> Double { abs(alone[sounding[i]][frame - 1]) }
          let victim = sounding.indices.min { last($0) < last($1) }!
          sounding.remove(at: victim)
        }
        sounding.append(next)
        next += 1
      }
      sum[frame] = sounding.reduce(0) { $0 + alone[$1][frame] }
    }
    try compare(sum[..<notes.end], wanted[..<notes.end], golden)
    #expect(wanted[notes.end...].allSatisfy { $0 == 0 })

    // Until a voice is stolen, ours is the same; afterwards no step is greater than those of the sound itself.
    let ours = try play(golden, notes: notes.midi()), full = notes.on[8].frame
    try compare(ours[..<full], wanted[..<full], golden)
    func step(_ range: Range<Int>) -> Double { range.reduce(0) { max($0, abs(ours[$1] - ours[$1 - 1])) } }
    #expect(step(full..<notes.off[0].frame) <= 1.25 * step(1_000..<full))
  }

  /// Rapid chords: no note stays, nothing jumps, nothing is beyond full scale.
  @Test func rapidChordsLeaveNoNoteAndNoJump() throws {
    let bundle = try PluginBundle(Self.file, name: "floozy")
    let plugin = try #require(try TestPlugin(bundle.path))
    plugin["delay1Feedback"] = 0.9
    var events: [TestPlugin.Midi] = [], random = SplitMix(seed: 3)
    var held: [UInt8] = []
    for step in 0..<200 {
      let at = step * 480
      for key in held { events.append(.off(at, key)) }
      held = (0..<6).map { _ in UInt8(40 + random.next() % 40) }
      for key in held { events.append(.on(at + 1, key)) }
    }
    for key in held { events.append(.off(96_000, key)) }
    let sound = plugin.render(96_000 + 5 * 48_000, periods: [512], events: events)[0]
    #expect(sound.allSatisfy(\.isFinite) && loudest(sound) <= 1)
    #expect(loudest(sound[..<96_000]) > 0.05)
    #expect(loudest(sound[(96_000 + 4 * 48_000)...]) < 1e-3, "a note stays")
  }

  /// Every control at its ends, with every interface.
  @Test func everyControlAtItsEndsIsFinite() throws {
    let bundle = try PluginBundle(Self.file, name: "floozy")
    let plugin = try #require(try TestPlugin(bundle.path))
    for interface in 0..<12 {
      plugin["interfaceType"] = Float(interface)
      for control in plugin.ports.controls where control.symbol != "interfaceType" {
        let before = plugin[control.symbol]
        for end in [control.range.lowerBound, control.range.upperBound] {
          plugin[control.symbol] = end
          let sound = plugin.render(
            600, periods: [200], events: [.on(0, 33), .on(1, 64), .off(500, 33), .off(501, 64)])[0]
          #expect(sound.allSatisfy { $0.isFinite && abs($0) <= 1 }, "\(interface) \(control.symbol) \(end)")
        }
        plugin[control.symbol] = before
      }
    }
  }

  /// Each is audible at once, at a similar level, and another sound than the others.
  @Test func presetsAreWorthPlaying() throws {
    let patch = try PatchFile.read(path: Self.file, in: Registry.linked())
    #expect(patch.snapshots.count == 5)
    var sounds: [String: [Float]] = [:]
    for (name, snapshot) in patch.snapshots {
      var own = patch
      own.nodes = snapshot.nodes
      own.macros = []
      own.controls = [:]
      let bundle = try PluginBundle(PatchFile.text(of: own, in: Registry.linked()), name: "preset")
      let plugin = try #require(try TestPlugin(bundle.path))
      let sound = plugin.render(
        6 * 48_000,
        events: [
          .on(0, 57), .on(24_000, 64), .on(48_000, 69), .off(96_000, 57), .off(96_000, 64),
          .off(96_000, 69),
        ])[0]
      let level = 10 * log10(sound[..<96_000].reduce(0) { $0 + Double($1 * $1) } / 96_000)
      #expect((-30 ... -12).contains(level), "\(name): \(level) dB")
      #expect(loudest(sound[..<12_000]) > 0.02 && loudest(sound) < 1, "\(name)")
      // The longest room falls by 7 dB a second.
      let early = loudest(sound[(3 * 48_000)..<(4 * 48_000)]), late = loudest(sound[(5 * 48_000)...])
      #expect(late < 0.003 || late < 0.5 * early, "\(name) does not end: \(early), then \(late)")
      sounds[name] = sound
    }
    for (a, b) in zip(sounds.keys.sorted(), sounds.keys.sorted().dropFirst()) {
      let difference = zip(sounds[a]!, sounds[b]!).map { $0 - $1 }
      #expect(loudest(difference) > 0.05, "\(a) is \(b)")
    }
  }
}
