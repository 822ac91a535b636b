import CommandParser
import Testing

/// Words of a command line against the description of a command.
@Suite struct ArgumentsTests {
  private static let command = CommandSpec(
    name: "draw", summary: "Draw",
    arguments: [
      ArgumentSpec(name: "FILE", summary: "What"),
      ArgumentSpec(name: "COLOUR", summary: "How", isRequired: false, completion: .choices(["red", "green"])),
    ],
    options: [
      OptionSpec(
        name: "size", letter: "s", value: ValueSpec(name: "N", rule: .whole(1...9), defaultText: "3"), summary: ""),
      OptionSpec(name: "gain", value: ValueSpec(name: "DB", rule: .number(-40...0)), summary: ""),
      OptionSpec(name: "form", letter: "f", value: ValueSpec(name: "F", rule: .choice(["wav", "flac"])), summary: ""),
      OptionSpec(
        name: "web", value: ValueSpec(name: "PORT", rule: .text, implied: "80", accepts: { Int($0) != nil }),
        summary: ""),
      OptionSpec(name: "loud", letter: "l", summary: ""), OptionSpec(name: "deep", letter: "d", summary: ""),
    ])

  private func read(_ words: String...) throws(UsageError) -> Arguments {
    try Arguments(words, for: ArgumentsTests.command)
  }
  @Test func valuesStandBehindBesideOrInTheirOption() throws {
    for words in [["--size", "7", "a"], ["--size=7", "a"], ["-s7", "a"], ["a", "-s", "7"], ["-ls7", "a"]] {
      let arguments = try Arguments(words, for: ArgumentsTests.command)
      #expect(arguments.count("size") == 7 && arguments.positional == ["a"], "\(words)")
      #expect(arguments.has("loud") == (words[0] == "-ls7"))
    }
    let plain = try read("a")
    #expect(plain.count("size") == 3 && plain.text("gain") == nil && plain.optionalNumber("gain") == nil)
  }

  @Test func lettersOfSwitchesStandTogether() throws {
    let arguments = try read("-dl", "a", "-q")
    #expect(arguments.has("deep") && arguments.has("loud") && arguments.has("quiet") && !arguments.has("help"))
  }

  @Test func negativeNumbersAndWordsAfterTwoDashesAreNoOptions() throws {
    #expect(try read("--gain", "-12.5", "a").number("gain") == -12.5)
    #expect(try read("-3").positional == ["-3"])
    #expect(try read("--", "--loud").positional == ["--loud"])
    #expect(try read("-").positional == ["-"])
  }

  @Test func anOptionThatMayStandAloneTakesOnlyAWordThatFits() throws {
    #expect(try read("--web", "8080", "a").text("web") == "8080")
    let alone = try read("--web", "a")
    #expect(alone.text("web") == "80" && alone.positional == ["a"])
    #expect(try read("a", "--web").text("web") == "80")
    #expect(try read("a", "--web=x").text("web") == "x")
  }

  @Test func helpNeedsNoArguments() throws { #expect(try read("--help").has("help")) }

  @Test(arguments: [
    (["--siz", "7", "a"], "no option --siz; did you mean --size?"),
    (["-x", "a"], "no option -x"),
    (["--size"], "--size needs a value: --size N"),
    (["--size", "ten", "a"], "--size takes a whole number from 1 to 9, not 'ten'"),
    (["-s10", "a"], "-s takes a whole number from 1 to 9, not '10'"),
    (["--gain", "1", "a"], "--gain takes a number from -40 to 0, not '1'"),
    (["--gain", "nan", "a"], "--gain takes a number from -40 to 0, not 'nan'"),
    (["--form", "wave", "a"], "--form takes wav or flac, not 'wave'; did you mean wav?"),
    (["--loud=1", "a"], "--loud takes no value"),
    ([], "FILE is missing"),
    (["a", "rod"], "COLOUR is red or green, not 'rod'; did you mean red?"),
    (["a", "red", "b"], "'b' is one word too many"),
    (["--web=", "a"], "--web needs a PORT"),
  ])
  func wordsThatDoNotFitAreNamedWithTheirRule(words: [String], sentence: String) {
    do throws(UsageError) {
      _ = try Arguments(words, for: ArgumentsTests.command)
      Issue.record("\(words) was read")
    } catch {
      #expect(error.sentence == sentence)
    }
  }
}
