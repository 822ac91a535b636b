import Foundation
import Testing
import Tracks

/// The example tracks: valid, audible, below full scale.
@Suite struct ExampleTrackTests {
  private static let folder = golden + "/../../Patches/tracks"
  static let names = try! FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".json") }

  @Test func thereAreFiveExampleTracks() { #expect(Self.names.count == 5) }

  @Test(arguments: names) func exampleTrackIsAudibleBelowFullScale(name: String) throws {
    let contents = try TrackFile.read(path: Self.folder + "/" + name)
    #expect(contents.warnings.isEmpty)
    let compiler = TrackCompiler(contents.track, rate: 44_100)
    #expect(compiler.loudSteps.isEmpty)
    let score = compiler.score()
    for step in score.steps {
      let from = step.start + (step.end - step.start) / 4
      let sound = try TrackRig.render(score.cut(from: from, to: from + 10_000))
      let peak = (sound[0] + sound[1]).map(\.magnitude).max() ?? 0
      #expect(peak > 0.05 && peak < 1, "step \(step.number): \(peak)")
    }
  }
}
