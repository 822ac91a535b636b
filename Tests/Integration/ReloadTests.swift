import CRealtime
import Foundation
import TestSupport
import Testing

extension LiveTests {
  /// Hot reload: a patch file saved while it plays.
  @Suite(.serialized) struct ReloadTests {
    private let path = FileManager.default.temporaryDirectory.appending(path: "weft-reload-\(UUID().uuidString).json")

    /// Saves like an editor: by replacing the file.
    private func save(_ text: String) throws { try Data(text.utf8).write(to: path, options: .atomic) }
    private func patch(gain: Double, frequency: Int = 500) -> String {
      """
      { "weft": 1, "nodes": {
        "osc": { "type": "sine", "params": { "frequency": \(frequency), "gain": \(gain) } },
        "out": { "type": "output" } },
        "cables": [["osc", "out"]] }
      """
    }

    @Test func hotReloadPlaysSavedPatchesAndReportsErrors() throws {
      defer { try? FileManager.default.removeItem(at: path) }
      try save(patch(gain: 0))
      let jack = try PrivateJack()
      let weft = try PlayingWeft(on: jack, [path.path, "--watch"])
      let recorder = try JackRecorder(on: jack)
      try #require(recorder.connect(to: weft.output(1)))
      recorder.listen(4_800)
      #expect(recorder.heardAt.load(ordering: .acquiring) == 0)

      let saved = weft_nanoseconds()
      try save(patch(gain: 0.5))
      #expect(eventually { recorder.heardAt.load(ordering: .acquiring) > 0 })
      let milliseconds = Double(recorder.heardAt.load(ordering: .acquiring) - saved) / 1e6
      recorder.listen(9_600)

      // No discontinuity from here on: the difference is committed, and the oscillator keeps its phase.
      let start = recorder.recorded
      try save(patch(gain: 0.5).replacingOccurrences(of: "500,", with: "500 \n\n 3,"))
      #expect(eventually { weft.messages.contains("json:4:2: error") }, "\(weft.messages)")
      try save(patch(gain: 0.5).replacingOccurrences(of: "sine", with: "sien"))
      #expect(eventually { weft.messages.contains("did you mean sine?") }, "\(weft.messages)")
      try FileManager.default.removeItem(at: path)
      #expect(abs(pitch(of: recorder.listen(9_600)) - 500) < 0.1)
      try save(patch(gain: 0.5, frequency: 400))
      #expect(eventually { abs(pitch(of: recorder.listen(4_800)) - 400) < 0.1 })
      let bound = Float(2 * Double.pi * 0.5 * 500 / 48_000) * 1.01
      #expect(steepest(recorder.sound(from: start)) <= bound)
      print("saved to heard: \(milliseconds) ms")
      #expect(weft.end(SIGTERM).status == 0)
    }
  }
}
