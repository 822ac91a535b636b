/// The types of the command line's description, `CommandLineTable`.
struct CommandSpec {
  var name: String
  var summary: String
  /// Sentences below the option list, one paragraph each.
  var details: [String] = []
  var arguments: [ArgumentSpec] = []
  var options: [OptionSpec] = []
  var examples: [String] = []

  func option(named name: String) -> OptionSpec? { allOptions.first { $0.name == name } }
  /// The command's own options and the common ones.
  var allOptions: [OptionSpec] { options + CommandLineTable.common }
}

/// A positional argument.
struct ArgumentSpec {
  /// The name as shown in the help, in capitals.
  var name: String
  var summary: String
  var isRequired = true
  var repeats = false
  var completion = Completion.nothing
}

struct OptionSpec {
  /// The name without dashes.
  var name: String
  var letter: Character?
  /// The value's description; nil for a switch.
  var value: ValueSpec?
  var summary: String
}

/// The value of an option: its placeholder and its rule.
struct ValueSpec {
  var name: String
  var rule: Rule
  /// The default as shown in the help; commands read it with `Arguments.text`, `count` and `number`.
  var defaultText: String?
  /// The value of the option alone, where it may stand alone; then only a place (`PORT` or `HOST:PORT`) follows it.
  var implied: String?

  enum Rule {
    case text
    case whole(ClosedRange<Int>)
    case number(ClosedRange<Double>)
    case choice([String])
    /// A file whose name ends in one of these; empty: any.
    case file([String])
  }
}

/// The shell completions of a word.
enum Completion {
  case nothing
  case choices([String])
  case files([String])
  /// The names of the linked modules, from `weft modules --names`.
  case modules
  /// Patch files, and the names that `weft patches --names` lists.
  case patches
  /// The words of an OSC command, from `weft send --complete`: addresses, and what a running weft has.
  case osc
}

extension ValueSpec {
  var completion: Completion {
    switch rule {
    case .choice(let names): .choices(names)
    case .file(let endings): .files(endings)
    case .text, .whole, .number: .nothing
    }
  }

  /// The error in `text`; nil if it is legal.
  func problem(with text: String) -> String? {
    switch rule {
    case .text, .file: return text.isEmpty ? "needs a \(name)" : nil
    case .whole(let range):
      if let number = Int(text), range.contains(number) { return nil }
      return "takes a whole number from \(range.lowerBound) to \(range.upperBound), not '\(text)'"
    case .number(let range):
      if let number = Double(text), range.contains(number) { return nil }
      return "takes a number from \(short(range.lowerBound)) to \(short(range.upperBound)), not '\(text)'"
    case .choice(let names):
      return names.contains(text) ? nil : "takes \(listed(names, "or")), not '\(text)'"
    }
  }
}

/// A number without a trailing `.0`.
func short(_ number: Double) -> String {
  let text = "\(number)"
  return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}

/// `a, b or c`.
func listed(_ words: [String], _ conjunction: String) -> String {
  words.count < 2 ? words.joined() : words.dropLast().joined(separator: ", ") + " \(conjunction) " + words.last!
}
