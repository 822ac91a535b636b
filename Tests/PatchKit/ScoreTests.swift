import PatchKit
import Testing

@Suite struct ScoreTests {
  func read(_ text: String) throws -> [ScoreLine] { try Score.read(Array(text.utf8), file: "s") }

  @Test func scoreLinesAreSortedByTime() throws {
    let lines = try read(
      """
      # a score
      0.5   /patch/create echo delay time 0.25   # comment

      0   /note/on 57 0.9 "#id 7" "a \\"b\\" \\\\ \\n\\t" true false -3 +2 1e3 .5 take#2 "5" inf 2x\r
      0.5\t/patch/commit
      """)
    #expect(lines.map(\.line) == [4, 2, 5])
    #expect(
      lines[0].arguments == [
        .int(57), .float(0.9), .string("#id 7"), .string("a \"b\" \\ \n\t"), .bool(true), .bool(false), .int(-3),
        .int(2), .float(1000), .float(0.5), .string("take#2"), .string("5"), .string("inf"), .string("2x"),
      ])
    #expect(
      lines[1]
        == ScoreLine(
          time: 0.5, address: "/patch/create",
          arguments: [.string("echo"), .string("delay"), .string("time"), .float(0.25)], line: 2))
    #expect(try read("").isEmpty && read("\n\n# x").isEmpty)
  }

  @Test func allErrorsAreReportedAtOnce() {
    let text = """
      soon /note/on
      -1 /note/on
      1
      1 note/on
      1 /note/on 99999999999
      1 /note/on "open
      1 /note/on "a"b
      1 /note/on "\\x"
      1e400 /x
      1 /note/on 1e99
      1 /note/on \u{1}
      2 /fine
      """
    #expect {
      try read(text)
    } throws: {
      #expect(
        "\($0)" == """
          s:1:1: error: "soon" is not a time in seconds
          s:2:1: error: the time "-1" is not 0 or later
          s:3:2: error: an address such as /note/on is expected after the time
          s:4:3: error: "note/on" is not an address: it begins with /
          s:5:12: error: "99999999999" does not fit 32 bits; write 99999999999.0 for a float
          s:6:12: error: the text is not closed by "
          s:7:15: error: a space is expected after the closing "
          s:8:13: error: no such escape: \\ is followed by one of " \\ n t
          s:9:1: error: the time "1e400" is not 0 or later
          s:10:12: error: the number "1e99" is too large
          s:11:12: error: this byte is not text
          """)
      return true
    }
  }

  @Test func randomBytesAreRefusedOrRead() {
    var random = SeededRandom(state: 3)
    for _ in 0..<200 {
      let bytes = (0..<5_000).map { _ in
        Bool.random(using: &random)
          ? UInt8.random(in: 0...255, using: &random) : Array("0 /\"\\\n#1.e".utf8).randomElement(using: &random)!
      }
      _ = try? Score.read(bytes)
    }
  }
}
