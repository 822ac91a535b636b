import PatchKit
import Testing

/// Text files as other systems write them.
@Suite struct TextFileEndingTests {
  private static let mark: [UInt8] = [0xef, 0xbb, 0xbf]
  static let endings = ["\n", "\r\n", "\r"]

  /// The text with other line ends, blanks before each, an empty line and a byte order mark.
  private func foreign(_ text: String, _ ending: String) -> [UInt8] {
    Self.mark
      + Array(text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "  \(ending)").utf8)
  }

  @Test(arguments: endings) func textFilesOfOtherSystemsAreRead(ending: String) throws {
    let scale = "! scale.scl\n!\ntwo notes\n 2\n!\n 700.0\n 2/1\n"
    _ = try ScaleFile(foreign(scale, ending))
    _ = try KeyboardFile(
      foreign("! map\n12\n0\n127\n60\n69\n440.0\n12\n0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n", ending))
    let score = try Score.read(foreign("# about\n\n0.5 /a 1\n1 /b two\n", ending))
    #expect(score.map(\.address) == ["/a", "/b"] && score.map(\.line) == [3, 4])
    let patch = try PatchFile.read(
      foreign("{ \"weft\": 1,\n\n  \"nodes\": { \"t\": { \"type\": \"tone\" } }\n}\n", ending), in: testRegistry)
    #expect(patch.nodes.count == 1)
    let error = #expect(throws: PatchErrors.self) {
      try PatchFile.read(self.foreign("{ \"weft\": 1,\n  \"nodes\": 3 }\n", ending), in: testRegistry)
    }
    #expect(error?.errors.first?.place.line == 2)
  }

  @Test func noteNamesAreKeys() {
    let keys = [
      "C4": 60, "a4": 69, "C#4": 61, "Db4": 61, "B#3": 60, "Cb4": 59, "C-1": 0, "G9": 127, "F♯2": 42, "Ebb3": 50,
    ]
    for (name, key) in keys { #expect(NoteName.key(name) == key, "\(name)") }
    for name in ["", "H4", "C", "4", "C4x", "G#9", "Cb-1", "C10", "C4#"] {
      #expect(NoteName.key(name) == nil, "\(name)")
    }
  }
}
