import PatchKit
import Testing

/// Search and replacement in texts.
@Suite struct TextSearchTests {
  @Test(arguments: [
    ("a|b|c", "|", "\\|", "a\\|b\\|c"), ("aaa", "aa", "b", "ba"), ("", "a", "b", ""), ("abc", "", "x", "abc"),
    ("$note_$n", "$n", "C", "Cote_C"), ("Ärger", "Ä", "Ae", "Aerger"), ("short", "longer than it", "x", "short"),
  ]) func replacedTextGoesFromLeftToRight(text: String, wanted: String, replacement: String, result: String) {
    #expect(text.replacingText(wanted, with: replacement) == result)
  }

  @Test func containedTextIsFoundAtBothEnds() {
    #expect("a/b.json".containsText("a/") && "a/b.json".containsText(".json") && "a".containsText("a"))
    #expect(!"a".containsText("ab") && !"abab".containsText("aba b") && "x".containsText(""))
  }
}
