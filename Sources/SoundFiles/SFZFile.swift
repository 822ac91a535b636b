import DSP
import Glibc
import ModuleKit
import PatchKit

/// Reads an SFZ file: its regions become zones, with their sounds.
struct SFZFile {
  /// Samples over all channels and sounds of an instrument.
  private static let mostSamples = 1 << 27
  private let folder: String
  private let rate: Double?
  /// The folders of files that it may read; nil: any.
  private let root: FileRoot?
  private var problems = SFZProblems()
  private var sounds: [String: SoundBuffer?] = [:]
  private var samples = 0

  /// - Parameters:
  ///   - rate: to which sounds are resampled; nil: they are not.
  ///   - root: the folder of its files beside its own; nil: they may be anywhere.
  /// - Throws: `.unreadable` where no region can be played.
  static func read(_ path: String, rate: Double?, isConfined: Bool) throws(PatchError) -> SoundBuffer {
    var file = try SFZFile(path, rate: rate, isConfined: isConfined)
    return try file.buffer(path)
  }

  /// A folder of sounds in place of an SFZ file: see `SoundFolder`.
  static func readFolder(_ path: String, rate: Double?, isConfined: Bool) throws(PatchError) -> SoundBuffer {
    let sounds = try SoundFolder(path)
    var file = try SFZFile(path + "/", rate: rate, isConfined: isConfined)
    let regions = sounds.regions { name in file.sound(name, at: name)?.info.root.map { Int($0.rounded()) } }
    return try file.buffer(path, regions, "")
  }

  private init(_ path: String, rate: Double?, isConfined: Bool) throws(PatchError) {
    folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    self.rate = rate
    root = isConfined ? try FileRoot(folder.isEmpty ? "." : folder) : nil
  }

  /// The path of a file that it names.
  private func resolve(_ name: String) throws(PatchError) -> String {
    let path = name.hasPrefix("/") ? name : folder + name
    return if let root { try root.reading(path) } else { path }
  }

  private mutating func buffer(_ path: String) throws(PatchError) -> SoundBuffer {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    let file = self
    let parser: SFZParser
    do throws(PatchError) {
      parser = try SFZParser(name, problems: problems) { (name) throws(PatchError) in
        try TextFile.read(try file.resolve(name))
      }
    } catch {
      throw PatchError(error.code, "cannot read \(path): \(error.message)", at: Place(file: path))
    }
    problems = parser.problems
    return try buffer(path, parser.regions, parser.defaultPath)
  }

  private mutating func buffer(_ path: String, _ regions: [SFZParser.Region], _ defaultPath: String) throws(PatchError)
    -> SoundBuffer
  {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    // A key and velocity belong to the first region that can be played: others are not read.
    var isTaken = [Bool](repeating: false, count: 128 * 128)
    var zones: [SoundZone] = [], hidden = 0
    for region in regions {
      guard let (keys, velocities) = ranges(of: region) else { continue }
      var isHeard = false
      for key in keys where !isHeard { isHeard = velocities.contains { !isTaken[key * 128 + $0] } }
      guard isHeard else {
        hidden += 1
        continue
      }
      guard let zone = zone(region, defaultPath, keys, velocities) else { continue }
      for key in keys { for velocity in velocities { isTaken[key * 128 + velocity] = true } }
      zones.append(zone)
    }
    if hidden > 0 {
      problems.add("\(hidden) regions have no key and velocity of their own: earlier ones are played", at: name)
    }
    var info = SoundInfo()
    info.problems = problems.all
    guard !zones.isEmpty else {
      throw PatchError(
        .unreadable, "cannot read \(path): no region can be played" + (info.problems.first.map { ": \($0)" } ?? ""),
        at: Place(file: path))
    }
    return SoundBuffer(zones: zones, rate: rate ?? 0, info: info)
  }

  private mutating func number(_ region: SFZParser.Region, _ name: String, _ range: ClosedRange<Double>) -> Double? {
    guard let value = region.opcodes[name] else { return nil }
    guard let number = Double(value.text), number.isFinite else {
      problems.add("\(name)=\(value.text) is no number", at: value.place)
      return nil
    }
    if !range.contains(number) {
      problems.add(
        "\(name)=\(value.text) is outside \(Int(range.lowerBound)) … \(Int(range.upperBound)): clamped",
        at: value.place)
    }
    return min(max(number, range.lowerBound), range.upperBound)
  }

  /// A key by number or name (c4 is 60); nil where it is neither.
  private mutating func key(_ region: SFZParser.Region, _ name: String) -> Int? {
    guard let value = region.opcodes[name] else { return nil }
    if let number = Int(value.text), (-1...127).contains(number) { return number }
    if let key = NoteName.key(value.text) { return key }
    problems.add("\(name)=\(value.text) is no key from 0 to 127 and no name such as c#4", at: value.place)
    return nil
  }

  /// The keys and velocities of a region; nil where it has none.
  private mutating func ranges(of region: SFZParser.Region) -> (ClosedRange<Int>, ClosedRange<Int>)? {
    var named: [String: Int] = [:]
    for name in ["key", "lokey", "hikey"] where region.opcodes[name] != nil {
      // A region whose key is unknown would sound on all others.
      guard let key = key(region, name) else { return nil }
      named[name] = key
    }
    let low = named["lokey"] ?? named["key"] ?? 0, high = named["hikey"] ?? named["key"] ?? 127
    let soft = Int(number(region, "lovel", 0...127) ?? 0), loud = Int(number(region, "hivel", 0...127) ?? 127)
    // Key −1: played by controllers alone.
    if high < 0 { return nil }
    guard max(low, 0) <= high, soft <= loud else {
      problems.add("its keys \(low) to \(high), or velocities \(soft) to \(loud), are none", at: region.place)
      return nil
    }
    return (max(low, 0)...high, soft...loud)
  }

  private static let known: Set<String> = [
    "sample", "key", "lokey", "hikey", "lovel", "hivel", "pitch_keycenter", "tune", "volume", "pan", "loop_mode",
    "loopmode", "loop_start", "loopstart", "loop_end", "loopend", "ampeg_attack", "ampeg_hold", "ampeg_decay",
    "ampeg_sustain", "ampeg_release",
  ]

  private mutating func zone(
    _ region: SFZParser.Region, _ defaultPath: String, _ keys: ClosedRange<Int>, _ velocities: ClosedRange<Int>
  ) -> SoundZone? {
    for (name, value) in region.opcodes.sorted(by: { $0.key < $1.key }) where !SFZFile.known.contains(name) {
      problems.addUnknown(name, at: value.place)
    }
    guard let sample = region.opcodes["sample"] else {
      problems.add("a region without a sample", at: region.place)
      return nil
    }
    guard let sound = sound((defaultPath + sample.text).replacingText("\\", with: "/"), at: sample.place) else {
      return nil
    }
    var zone = SoundZone(sound)
    zone.keys = keys
    zone.velocities = velocities
    if region.opcodes["pitch_keycenter"]?.text == "sample" {
      zone.root = sound.info.root ?? 60
    } else {
      zone.root = Float(key(region, region.opcodes["pitch_keycenter"] == nil ? "key" : "pitch_keycenter") ?? 60)
    }
    zone.tune = Float(number(region, "tune", -2_400...2_400) ?? 0)
    zone.gain = Float(pow(10, (number(region, "volume", -144...24) ?? 0) / 20))
    zone.pan = Float(number(region, "pan", -100...100) ?? 0) / 100
    zone.attack = Float(number(region, "ampeg_attack", 0...100) ?? 0)
    zone.hold = Float(number(region, "ampeg_hold", 0...100) ?? 0)
    zone.decay = Float(number(region, "ampeg_decay", 0...100) ?? 0)
    zone.sustain = Float(number(region, "ampeg_sustain", 0...100) ?? 100) / 100
    zone.release = Float(number(region, "ampeg_release", 0...100) ?? 0)
    setLoop(&zone, region)
    return zone
  }

  private mutating func setLoop(_ zone: inout SoundZone, _ region: SFZParser.Region) {
    zone.loop = zone.sound.info.loop
    let ratio = zone.sound.info.ratio, frames = Int((Double(zone.sound.frames) / ratio).rounded())
    let start = region.opcodes["loop_start"] == nil ? "loopstart" : "loop_start"
    let end = region.opcodes["loop_end"] == nil ? "loopend" : "loop_end"
    if let value = region.opcodes[start] ?? region.opcodes[end] {
      let first = number(region, start, 0...4e9) ?? (zone.loop?.start ?? 0) / ratio
      let last = number(region, end, 0...4e9) ?? Double(frames - 1)
      var found: [String] = []
      zone.loop = SoundInfo.loop(from: Int(first), to: Int(last), .forward, frames: frames, &found)
      zone.loop?.start *= ratio
      zone.loop?.length *= ratio
      for problem in found { problems.add(problem, at: value.place) }
    }
    let mode = region.opcodes["loop_mode"] ?? region.opcodes["loopmode"]
    let modes: [String: SampleZone.Play] = [
      "no_loop": .once, "one_shot": .oneShot, "loop_continuous": .continuous, "loop_sustain": .sustain,
    ]
    if let mode, modes[mode.text] == nil {
      problems.add(
        "loop_mode=\(mode.text) is unknown: no_loop, one_shot, loop_continuous or loop_sustain", at: mode.place)
    }
    zone.mode = mode.flatMap { modes[$0.text] } ?? (zone.loop == nil ? .once : .continuous)
    if zone.mode == .continuous || zone.mode == .sustain, zone.loop == nil {
      // The format: without loop points the whole sample is the loop.
      zone.loop = SoundLoop(start: 0, length: Double(zone.sound.frames))
    }
  }

  /// A sample, read once; nil where it cannot be read, which is reported once.
  private mutating func sound(_ name: String, at place: String) -> SoundBuffer? {
    if let known = sounds[name] { return known }
    do throws(PatchError) {
      let path = try resolve(name)
      let sound = try SoundLibrary.readSound(path, rate: rate)
      samples += sound.channels * sound.frames
      if samples > SFZFile.mostSamples {
        throw PatchError(.limit, "the samples together are longer than \(SFZFile.mostSamples >> 20) million")
      }
      for problem in sound.info.problems { problems.add("\(name): \(problem)", at: place) }
      sounds[name] = sound
      return sound
    } catch {
      problems.add("sample \(name): \(error.message)", at: place)
      sounds[name] = .some(nil)
      return nil
    }
  }
}
