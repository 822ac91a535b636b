import Foundation
import PatchKit
import TestSupport
import Testing

/// Comments of a rewritten patch file.
@Suite struct PatchCommentTests {
  private let handWritten = """
    // Made by hand.
    { "weft": 1, // the format
      /* of one
         node */
      "nodes": {
        // A sine wave.
        "osc": { // the source
          "type": "tone", // of the tests
          "params": { "gain": 0.5 /* half */ }
        },
        "filt": { "type": "filt" } // the filter
      },
      "cables": [
        ["osc", "filt"], // to the filter
        // and back
        ["filt", "osc/phase", 0.5]
      ]
    }
    // The end.
    """

  private func saved(_ patch: Patch, over text: String) throws -> String {
    let folder = try TemporaryFolder()
    let path = folder.path + "/p.json"
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    try PatchFile.write(patch, to: path, in: testRegistry, commentsOf: path)
    let saved = try String(contentsOfFile: path, encoding: .utf8)
    // The saved file reads back, and a second save changes nothing.
    #expect(try PatchFile.read(path: path, in: testRegistry) == patch)
    try PatchFile.write(patch, to: path, in: testRegistry, commentsOf: path)
    #expect(try String(contentsOfFile: path, encoding: .utf8) == saved)
    return saved
  }

  @Test func commentsOfAHandWrittenPatchAreKeptOnSave() throws {
    let patch = try PatchFile.read(Array(handWritten.utf8), in: testRegistry)
    #expect(
      try saved(patch, over: handWritten) == """
        // Made by hand.
        {
          "weft": 1, // the format
          "voices": 1,
          /* of one
             node */
          "nodes": {
            "filt": { "type": "filt" }, // the filter
            // A sine wave.
            // of the tests
            /* half */
            "osc": { "type": "tone", "params": { "gain": 0.5 } } // the source
          },
          "cables": [
            // and back
            ["filt", "osc/phase", 0.5],
            ["osc", "filt"] // to the filter
          ]
        }
        // The end.

        """)
  }

  @Test func commentsOfDeletedNodesGoWithThem() throws {
    var patch = try PatchFile.read(Array(handWritten.utf8), in: testRegistry)
    try patch.delete("osc")
    let text = try saved(patch, over: handWritten)
    #expect(!text.contains("sine wave") && !text.contains("the source") && text.contains("// the filter"))
  }

  @Test(arguments: [
    "", "{", "// only a comment", "{ \"weft\": 1 } /* open", "{ // a\n}", "[1, 2] // list", "{} /* a\n b */ // c",
  ])
  func textsThatAreNoPatchesLoseNothingOfThePatch(text: String) throws {
    _ = try saved(try PatchFile.read(Array(handWritten.utf8), in: testRegistry), over: text)
  }
}
