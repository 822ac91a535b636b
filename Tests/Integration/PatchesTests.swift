import Foundation
import ModuleKit
import Modules
import PatchKit
import Testing

/// Checks of every patch in `Patches/` and `Patches/help/`: format, documentation and levels.
@Suite struct PatchesTests {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Patches")
  static let examples = files(in: "")
  static let help = files(in: "help/")
  /// Patches of all folders: examples, help, cookbook, demos.
  static let all = examples + help + files(in: "cookbook/") + files(in: "demos/")
  static let seconds = 4

  /// The patch files of a folder as paths below `Patches/`, sorted.
  private static func files(in folder: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: root.appendingPathComponent(folder).path)) ?? []
    return names.filter { $0.hasSuffix(".json") }.sorted().map { folder + $0 }
  }
  private static func bytes(_ file: String) throws -> [UInt8] {
    try Array(Data(contentsOf: root.appendingPathComponent(file)))
  }
  private static func patch(_ file: String) throws -> Patch {
    try PatchFile.read(path: root.appendingPathComponent(file).path, in: PatchPlayer.registry)
  }

  @Test func exampleFolderIsNotEmpty() { #expect(Self.examples.count >= 9, "\(Self.examples)") }

  @Test func everyModuleHasAHelpPatch() {
    let wanted = PatchPlayer.registry.names.map { "help/\($0).json" }
    let missing = wanted.filter { !Self.help.contains($0) }
    let strangers = Self.help.filter { !wanted.contains($0) }
    #expect(missing.isEmpty, "modules without a help patch: Patches/\(missing.joined(separator: ", Patches/"))")
    #expect(strangers.isEmpty, "help for no module: \(strangers)")
  }

  @Test(arguments: help) func helpPatchUsesItsModule(_ file: String) throws {
    let module = String(file.dropFirst("help/".count).dropLast(".json".count))
    let patch = try Self.patch(file)
    #expect(patch.nodes.values.contains { $0.type == module }, "\(file) does not use \(module)")
  }

  @Test(arguments: examples + help) func patchFileHasItsSavedFormat(_ file: String) throws {
    let text = String(decoding: try Self.bytes(file), as: UTF8.self)
    let folder = Self.root.appendingPathComponent(file).deletingLastPathComponent().path
    #expect(
      PatchFile.text(of: try Self.patch(file), in: PatchPlayer.registry, folder: folder) == text,
      "\(file) is not canonical")
  }

  @Test(arguments: examples) func convertedPatchSoundsBitIdentical(_ file: String) throws {
    let patch = try Self.patch(file)
    let text = PatchFile.text(of: patch.placed(), in: PatchPlayer.registry)
    #expect(text.contains("\"weft\": 2") && text.contains("\"at\": ["))
    let converted = try PatchFile.read(Array(text.utf8), in: PatchPlayer.registry)
    let before = PatchPlayer(patch, seconds: 1, period: 256), after = PatchPlayer(converted, seconds: 1, period: 256)
    #expect(before.channels == after.channels && before.failure == nil && after.failure == nil)
  }

  @Test(arguments: examples + help) func patchHasADescription(_ file: String) throws {
    let patch = try Self.patch(file)
    #expect(!patch.name.isEmpty && patch.name.count <= 40)
    #expect(!patch.about.isEmpty && patch.about.count <= 240, "\(patch.about.count) characters")
    #expect(patch.about.hasSuffix(".") && !patch.about.contains("\n"))
  }

  /// The parameters suggested in `about` exist: `/mod/NODE/PARAM` names a node and a parameter of the patch.
  @Test(arguments: examples + help) func suggestedParametersExist(_ file: String) throws {
    let patch = try Self.patch(file)
    for match in patch.about.matches(of: /\/mod\/([A-Za-z0-9_-]+)\/([a-z0-9]+)/) {
      let module = patch.nodes[String(match.1)].flatMap { PatchPlayer.registry[$0.type] }
      #expect(module?.input(named: String(match.2)) != nil, "\(file): \(match.0)")
    }
  }

  /// A pitch of notes, a sequencer or a scale sets a frequency; in `sync` it would only restart the wave.
  @Test(arguments: all) func pitchDoesNotEndInSync(_ file: String) throws {
    let patch = try Self.patch(file)
    let pitches = ["notes/pitch", "sequencer/pitch", "quantize/out"]
    let wrong = patch.cables.keys.filter { cable in
      cable.destination.port == "sync"
        && pitches.contains("\(patch.nodes[cable.source.node]!.type)/\(cable.source.port)")
    }
    #expect(wrong.isEmpty, "\(file): \(wrong)")
  }

  /// No unused nodes: every node leads to an output.
  @Test(arguments: examples + help) func everyNodeLeadsToAnOutput(_ file: String) throws {
    let patch = try Self.patch(file)
    var heard = Set(patch.nodes.filter { PatchPlayer.registry[$0.value.type]?.outputs.isEmpty == true }.keys)
    var count = 0
    while heard.count > count {
      count = heard.count
      heard.formUnion(patch.cables.keys.filter { heard.contains($0.destination.node) }.map(\.source.node))
    }
    #expect(heard.count == patch.nodes.count, "unheard: \(patch.nodes.keys.filter { !heard.contains($0) }.sorted())")
  }

  @Test(arguments: examples + help) func patchIsAudible(_ file: String) throws {
    let sound = PatchPlayer(try Self.patch(file), seconds: Self.seconds, period: 64)
    #expect(sound.failure == nil)
    #expect(sound.isFinite)
    #expect(sound.constantPart < 0.01, "a constant part of \(sound.constantPart)")
    let peak = decibels(sound.peak), rms = decibels(sound.rms(0..<sound.left.count))
    let isExample = Self.examples.contains(file)
    // Examples have one loudness with a phrase (`BalanceTests`): one key alone is softer. So may a help patch be.
    #expect((isExample ? -22 ... -3 : -24 ... -1).contains(peak), "peak \(peak) dBFS")
    #expect((isExample ? -33 ... -15 : -36 ... -9).contains(rms), "RMS \(rms) dBFS")
    let first = decibels(sound.rms(0..<PatchPlayer.sampleRate))
    #expect(first > -40, "RMS of the first second \(first) dBFS")
  }

  @Test(arguments: examples + help) func patchRendersTheSameAtEveryPeriod(_ file: String) throws {
    let patch = try Self.patch(file)
    let small = PatchPlayer(patch, seconds: Self.seconds, period: 64)
    let large = PatchPlayer(patch, seconds: Self.seconds, period: 1_000)
    let difference = small.difference(from: large)
    #expect(difference <= 1e-5, "\(difference)")
  }
}
