import Foundation

/// A temporary folder of small patches, scores and sounds.
final class ExampleFiles {
  private let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "weft-files-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try write(
      """
      { "weft": 1, "name": "Tone", "nodes": {
          "osc": { "type": "sine", "params": { "frequency": 440 } },
          "out": { "type": "output" } },
        "cables": [ ["osc", "out"] ] }
      """, to: "sine.json")
    try write(
      """
      { "weft": 1,
        "nodes": { "in": { "type": "input" }, "amp": { "type": "gain", "params": { "gain": 0.5 } },
          "out": { "type": "output" } },
        "cables": [ ["in", "amp"], ["amp", "out"] ] }
      """, to: "half.json")
    try write("# turns the tone up\n0.2 /mod/osc/frequency 660\n", to: "tone.score")
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  var sine: String { self["sine.json"] }
  var half: String { self["half.json"] }
  var score: String { self["tone.score"] }

  subscript(_ name: String) -> String { folder.appending(path: name).path }

  @discardableResult
  func write(_ text: String, to name: String) throws -> String {
    try Data(text.utf8).write(to: folder.appending(path: name))
    return self[name]
  }

  func read(_ name: String) throws -> Data { try Data(contentsOf: folder.appending(path: name)) }
}
