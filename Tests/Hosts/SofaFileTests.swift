import Foundation
import ModuleKit
import PatchKit
import SoundFiles
import Testing

/// SOFA files, through libmysofa.
@Suite struct SofaFileTests {
  /// The set that libmysofa brings, where it is installed.
  @Test(.enabled(if: HeadResponses.installed != nil), arguments: [44_100.0, 48_000.0])
  func installedHeadIsRead(rate: Double) throws {
    let path = try #require(HeadResponses.installed), head = try SoundLibrary.sound(path, rate: rate)
    #expect(head.info.directions.count >= 100 && head.channels == 2 * head.info.directions.count)
    #expect(head.rate == rate)
    for at in head.info.directions { #expect(abs((at * at).sum() - 1) < 1e-3) }
    func power(_ channel: Int) -> Float {
      (0..<head.frames).reduce(0) { $0 + head.samples(channel)[$1] * head.samples(channel)[$1] }
    }
    // From the left the left ear hears more.
    let left = head.info.directions.indices.max { head.info.directions[$0].y < head.info.directions[$1].y }!
    #expect(power(2 * left) > 4 * power(2 * left + 1))
  }

  @Test(arguments: ["", "no SOFA file", "\u{89}HDF\r\n\u{1a}\n"]) func damagedHeadIsRefused(text: String) throws {
    let path = NSTemporaryDirectory() + "weft-\(UInt32.random(in: 0 ... .max)).sofa"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    #expect(throws: PatchError.self) { _ = try SoundLibrary.sound(path, rate: 48_000) }
  }
}
