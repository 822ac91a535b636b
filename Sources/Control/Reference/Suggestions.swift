import ModuleKit
import PatchKit

/// Commands to try on a patch: three parameters, an added echo, and its undo. Each of them changes what is heard.
public struct Suggestions {
  /// A note that an instrument needs before anything is heard; nil for a patch that sounds by itself.
  public let note: String?
  /// The suggestions, each of one or more commands in the words of `weft send`.
  public let steps: [[String]]

  private static let parameterCount = 3
  /// Maximum number of cables into an echo.
  private static let sourceLimit = 3
  /// Parameters that change the sound most, best first: pitches, corner frequencies, levels.
  private static let audible = [
    "frequency", "base", "cutoff", "level", "gain", "drive", "index", "mix", "decay", "rate",
  ]

  public init(for patch: Patch, in registry: Registry) {
    let hasNotes = patch.nodes.values.contains { registry[$0.type]?.about.takesNotes == true }
    note = hasNotes ? "/note/on A3 0.8" : nil
    var steps = Suggestions.named(in: patch, registry).prefix(Suggestions.parameterCount).map { [$0] }
    for command in Suggestions.parameters(of: patch, registry) where steps.count < Suggestions.parameterCount {
      let address = command.prefix { $0 != " " }
      if !steps.contains(where: { $0[0].hasPrefix(address + " ") }) { steps.append([command]) }
    }
    if let echo = Suggestions.echo(for: patch, registry) { steps += [echo, ["/patch/undo"]] }
    self.steps = steps
  }

  // MARK: From the description

  /// The commands in `about` that name a parameter, macro or snapshot of the patch.
  static func named(in patch: Patch, _ registry: Registry) -> [String] {
    let words = patch.about.split(separator: " ").map(String.init)
    var commands: [String] = [], at = 0
    while at < words.count {
      defer { at += 1 }
      guard words[at].hasPrefix("/"), isCommand(words[at], of: patch, registry) else { continue }
      var command = words[at], next = at
      while let last = command.last, !",.;:".contains(last), next + 1 < words.count, isArgument(words[next + 1]) {
        next += 1
        command += " " + words[next]
      }
      while let last = command.last, ",.;:".contains(last) { command.removeLast() }
      if next > at { commands.append(command) }
    }
    return commands
  }

  private static func isArgument(_ word: String) -> Bool {
    !word.hasPrefix("/") && !["to", "or", "and", "for", "with", "of", "in", "then", "at"].contains(word)
  }

  private static func isCommand(_ address: String, of patch: Patch, _ registry: Registry) -> Bool {
    let parts = address.split(separator: "/").map(String.init)
    switch parts.first {
    case "mod", "lane":
      return parts.count == 3
        && patch.nodes[parts[1]].flatMap { registry[$0.type] }?.input(named: parts[2]) != nil
    case "macro": return parts.count == 2 && patch.macros.contains { $0.name == parts[1] }
    case "snap": return parts.count == 2 && ["morph", "recall"].contains(parts[1])
    default: return false
    }
  }

  // MARK: From the modules

  /// Commands that set parameters far from their values, the most audible first.
  private static func parameters(of patch: Patch, _ registry: Registry) -> [String] {
    var commands: [String] = []
    for name in audible {
      for (id, node) in patch.nodes.sorted(by: { $0.key < $1.key }) {
        guard let module = registry[node.type], let port = module.input(named: name) else { continue }
        let spec = module.inputs[port], value = node.value(of: spec)
        guard spec.type == .float, let far = far(from: value, spec) else { continue }
        commands.append("/mod/\(id)/\(name) \(far.shortText)")
      }
    }
    return commands
  }

  /// A value that is heard as another one: a fifth up or down for a pitch, two octaves for a corner frequency, a quarter
  /// for a level.
  private static func far(from value: Float, _ spec: ParamSpec) -> Float? {
    let factors: [Float] =
      switch spec.name {
      case "frequency", "base": [1.5, 2 / 3]
      case "level", "gain": value > 0.5 ? [0.25] : [4, 0.25]
      default: [4, 0.25]
      }
    if value == 0 { return spec.range.upperBound <= 1 ? min(0.8, spec.range.upperBound) : nil }
    for factor in factors {
      let far = rounded(value * factor)
      if spec.range.contains(far) { return far }
    }
    return nil
  }

  /// Three digits: a suggestion, no measurement.
  private static func rounded(_ number: Float) -> Float {
    var scale: Float = 1
    while abs(number) * scale < 100, scale < 1e6 { scale *= 10 }
    return (number * scale).rounded() / scale
  }

  // MARK: An edit

  /// Adds an echo beside what is heard, or a tone where many cables lead to the output; nil where none does.
  private static func echo(for patch: Patch, _ registry: Registry) -> [String]? {
    let ways = patch.cables.filter { cable, amount in
      let sink = patch.nodes[cable.destination.node].flatMap { registry[$0.type] }
      return sink?.outputs.isEmpty == true && sink?.input(named: "right") != nil && amount != 0
    }.keys.sorted()
    guard let first = ways.first?.destination else { return nil }
    let ends = Set(ways.map(\.destination).filter { $0.node == first.node }).sorted()
    let sources = Set(ways.filter { $0.destination == first }.map(\.source)).sorted()
    let isEcho = sources.count <= sourceLimit, id = free(isEcho ? "echo" : "tone", in: patch)
    let made = isEcho ? "delay time 0.3 feedback 0.5 mix 1" : "triangle frequency A2 gain 0.3"
    return ["/patch/create \(id) \(made)"] + (isEcho ? sources : []).map { "/patch/connect \($0) \(id)" }
      + ends.map { "/patch/connect \(id) \($0)" } + ["/patch/commit"]
  }

  private static func free(_ name: String, in patch: Patch) -> String {
    var free = name, number = 2
    while patch.nodes[free] != nil {
      free = "\(name)\(number)"
      number += 1
    }
    return free
  }
}
