import Foundation
import PatchKit
import Testing

/// Levels of the example patches: equally loud with one phrase, never too loud with ten keys, stereo.
@Suite struct BalanceTests {
  /// The common loudness, in LUFS.
  private static let loudness = -20.5
  /// Patches that are mono by design: basses, and an instrument with the ports of its original.
  private static let mono = ["glide-bass.json", "bass.json", "floozy.json"]
  private static let examples = PatchesTests.examples

  private static func patch(_ file: String) throws -> Patch {
    try PatchFile.read(path: PatchesTests.root.appending(path: file).path, in: PatchPlayer.registry)
  }

  /// A common phrase, with the chords of an instrument's range; patches that play by themselves need none.
  private static func phrase(_ keys: [Int], velocity: Double = 0.8) -> [(time: Double, text: String)] {
    var lines: [(time: Double, text: String)] = []
    for i in 0..<4 {
      let start = Double(i) * 1.5
      lines += keys.map { (start, "/note/on \($0 + [0, 5, -4, 0][i]) \(velocity)") }
      lines.append((start + 1.4, "/note/alloff"))
    }
    return lines.sorted { $0.time < $1.time }
  }
  private static func isPlayed(_ patch: Patch) -> Bool { patch.nodes.values.contains { $0.type == "notes" } }

  @Test(arguments: examples) func exampleHasTheCommonLoudness(_ file: String) throws {
    let patch = try Self.patch(file), isPlayed = Self.isPlayed(patch)
    let keys = patch.voices == 1 ? [45] : [52, 57, 60, 64]
    let sound = try PatchPerformance(patch, seconds: isPlayed ? 6.5 : 12, isPlayed ? Self.phrase(keys) : [])
    print("\(file): \(sound.loudness) LUFS, peak \(sound.peak), stereo \(sound.stereoPart)")
    #expect(abs(sound.loudness - Self.loudness) <= 1.5, "\(file): \(sound.loudness) LUFS")
    if !Self.mono.contains(file) { #expect(sound.stereoPart > 0.03, "\(file): \(sound.stereoPart)") }
  }

  @Test(arguments: examples) func tenKeysAtFullVelocityStayBelowMinus3dBTP(_ file: String) throws {
    let patch = try Self.patch(file)
    let keys = [36, 43, 48, 52, 55, 60, 64, 67, 72, 76].map { (time: 0.0, text: "/note/on \($0) 1.0") }
    let sound = try PatchPerformance(patch, seconds: 4, Self.isPlayed(patch) ? keys : [])
    let peak = decibels(sound.truePeak)
    print("\(file): ten keys \(peak) dBTP")
    #expect(peak <= -3, "\(file): \(peak) dBTP")
  }
}
