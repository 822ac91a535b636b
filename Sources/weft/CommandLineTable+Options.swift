import CommandParser
import Control
import Engine

/// Options of several commands, and helpers to define options.
extension CommandLineTable {
  static let moduleFolder = file("modules", "DIR", [], "Load third-party modules (TYPE.so) from DIR too")
  static let json = OptionSpec(name: "json", summary: "Print JSON")
  static let samples = OptionSpec(
    name: "samples", value: ValueSpec(name: "DIR", rule: .file([])),
    summary: "Folder of sound files that nodes name without a path; /samples/list lists them")
  static let allowMissing = OptionSpec(
    name: "allow-missing", summary: "Keep nodes of unknown modules as silent placeholders")

  static let limit = OptionSpec(
    name: "limit", value: ValueSpec(name: "DB", rule: .number(-40...0)),
    summary: "Limit the outputs to this true peak, such as -1, with a look-ahead of 2 ms")
  static let memory = OptionSpec(
    name: "memory", value: ValueSpec(name: "MB", rule: .whole(64...(1 << 24))),
    summary: "Maximum memory of the process; a larger patch is refused (default: a quarter of the machine's)")
  static let threads = whole(
    "threads", "N", 1...Engine.threadLimit,
    "Number of rendering threads; the samples are the same", default: 1)
  static let root = OptionSpec(
    name: "root", value: ValueSpec(name: "DIR", rule: .file([])),
    summary: "Directory that file commands write in (default: that of the patch, else the current one)")

  static func patch(required: Bool, isTrackToo: Bool = true) -> ArgumentSpec {
    ArgumentSpec(
      name: "PATCH", summary: "Patch \(isTrackToo ? "or track " : "")file, or a patch's name", isRequired: required,
      completion: .patches)
  }
  static func trackTime(_ name: String, _ summary: String) -> OptionSpec {
    OptionSpec(name: name, value: ValueSpec(name: "S", rule: .number(0...1e6)), summary: summary)
  }
  static func text(_ name: String, _ value: String, _ summary: String, default text: String) -> OptionSpec {
    OptionSpec(name: name, value: ValueSpec(name: value, rule: .text, defaultText: text), summary: summary)
  }
  static func optionalText(_ name: String, _ value: String, _ summary: String) -> OptionSpec {
    OptionSpec(name: name, value: ValueSpec(name: value, rule: .text), summary: summary)
  }
  static func whole(
    _ name: String, _ value: String, _ range: ClosedRange<Int>, _ summary: String, default number: Int
  ) -> OptionSpec {
    OptionSpec(
      name: name, value: ValueSpec(name: value, rule: .whole(range), defaultText: "\(number)"), summary: summary)
  }
  static func number(
    _ name: String, _ value: String, _ range: ClosedRange<Double>, _ summary: String, default number: Double
  ) -> OptionSpec {
    OptionSpec(
      name: name, value: ValueSpec(name: value, rule: .number(range), defaultText: number.shortText), summary: summary)
  }
  static func choice(
    _ name: String, _ value: String, _ names: [String], _ summary: String, default text: String? = nil
  ) -> OptionSpec {
    OptionSpec(name: name, value: ValueSpec(name: value, rule: .choice(names), defaultText: text), summary: summary)
  }
  static func file(
    _ name: String, _ value: String, _ endings: [String], _ summary: String, letter: Character? = nil
  ) -> OptionSpec {
    OptionSpec(name: name, letter: letter, value: ValueSpec(name: value, rule: .file(endings)), summary: summary)
  }
}
