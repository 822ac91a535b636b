import ModuleKit
import PatchKit

/// Output formats of module listings, from the module descriptors.
enum ModuleListing {
  /// One line per module, grouped by family.
  static func overview(_ modules: [ModuleDescriptor]) -> String {
    families(of: modules).map { family, members in
      ([family.rawValue] + Help.columns(members.map { ($0.name, $0.about.summary) })).joined(separator: "\n")
    }.joined(separator: "\n\n")
  }

  /// The modules of a search: what each does, the word that was found, and its help patch.
  static func found(_ matches: [ModuleSearch.Match]) -> String {
    let rows = matches.map { match in
      let module = match.module, isName = match.word == module.name || match.word == module.about.summary
      return (module.name, module.about.summary + (isName ? "" : " (\(match.word))") + "; " + help(of: module))
    }
    let last = "weft modules NAME shows the ports of one; weft play NAME plays its help patch."
    return (Help.columns(rows) + [""] + Help.wrapped(last, indent: 0, first: 0)).joined(separator: "\n")
  }

  /// The command that plays the help patch of a module.
  static func help(of module: ModuleDescriptor) -> String { "weft play \(module.name)" }

  static func text(_ module: ModuleDescriptor) -> String {
    var lines = Help.wrapped("\(module.name): \(module.about.summary)", indent: 2, first: 0) + [""]
    var facts = [
      ("family", module.about.family.rawValue), ("voices", voicing(module.about.voicing)),
      ("tail", tail(module.about.tail)),
    ]
    if let text = latency(of: module) { facts.append(("latency", text)) }
    if let loop = loop(module) { facts.append(("loop", loop)) }
    if !module.about.otherNames.words.isEmpty { facts.append(("also", module.about.otherNames.words)) }
    for (environment, names) in environments(of: module) { facts.append((environment, names)) }
    facts.append(("help patch", help(of: module)))
    lines += Help.columns(facts)
    let main = module.mainInput == nil ? "a cable names its port" : "* takes a cable without a port name"
    lines += [""] + Help.wrapped("Inputs (\(main))", indent: 2, first: 0)
    lines += inputs(of: module)
    if let sums = sums(in: module) { lines += [""] + Help.wrapped(sums, indent: 2, first: 0) }
    lines += [""] + Help.wrapped("Outputs (the first is the main one)", indent: 2, first: 0)
    lines += Help.columns(module.outputs.map { ($0.name, $0.summary) })
    return lines.joined(separator: "\n")
  }

  /// A table; on a terminal that is too narrow for it, an entry for each input.
  private static func inputs(of module: ModuleDescriptor) -> [String] {
    let heads = ["name", "default", "range", "cables", ""]
    let rows = module.inputs.map { [mark($0, in: module), value($0), range($0), cables($0), $0.summary] }
    let table = aligned([heads] + rows)
    guard Console.isNarrow, table.contains(where: { $0.count > Console.columns }) else { return table }
    return Help.columns(
      rows.map { ($0[0], "\(heads[1]) \($0[1]), \(heads[2]) \($0[2]), \(heads[3]) \($0[3]): \($0[4])") })
  }

  static func markdown(_ modules: [ModuleDescriptor]) -> String {
    var lines = ["# Modules", ""]
    let nodes = ExampleCable.sources.sorted { $0.key < $1.key }.map { "`\($0.key)` is a node of type `\($0.value)`" }
    lines.append("Every parameter is an input that takes cables, unless its cables column says no.")
    lines.append(
      "A cable without a port name goes to the main input, marked *: of a processor the signal, of a source the")
    lines.append("pitch, of an envelope or a sequencer the gate; a module without one requires the name.")
    lines.append("The last column is an example cable, as in a patch file; the node has the name of its module;")
    lines.append(nodes.joined(separator: ", ") + ".")
    for (family, members) in families(of: modules) {
      lines += ["", "## \(family.rawValue)"]
      for module in members {
        lines += [
          "", "### \(module.name)", "",
          "\(module.about.summary). Voices: \(voicing(module.about.voicing)). Tail: \(tail(module.about.tail)).",
        ]
        if let text = latency(of: module) { lines.append("Latency: \(text).") }
        if let loop = loop(module) { lines.append("Loop of cables: \(loop).") }
        lines.append("Help patch: `\(help(of: module))`. Also called: \(module.about.otherNames.words).")
        lines += ["", "![\(module.name)](pictures/\(module.name).svg)"]
        if !module.inputs.isEmpty {
          lines += ["", "| input | default | range | cables | what it does | a cable |", "|---|---|---|---|---|---|"]
          lines += module.inputs.map {
            let example = ExampleCable(into: $0, of: module).map { "`\($0.text)`" } ?? ""
            return
              "| `\($0.name)`\(mark($0, in: module).hasSuffix("*") ? "*" : "") | \(value($0)) | \(range($0)) | \(cables($0)) | \(cell($0.summary)) | \(example) |"
          }
        }
        if let sums = sums(in: module) { lines += ["", sums] }
        if !module.outputs.isEmpty {
          lines += ["", "| output | what leaves |", "|---|---|"]
          lines += module.outputs.map { "| `\($0.name)` | \(cell($0.summary)) |" }
        }
      }
    }
    return lines.joined(separator: "\n")
  }

  /// A JSON array of modules; its keys are part of the interface.
  static func json(_ modules: [ModuleDescriptor]) -> String {
    "[\n" + modules.map { "  " + $0.json.text }.joined(separator: ",\n") + "\n]"
  }

  static func families(of modules: [ModuleDescriptor]) -> [(Family, [ModuleDescriptor])] {
    Family.allCases.compactMap { family in
      let members = modules.filter { $0.about.family == family }
      return members.isEmpty ? nil : (family, members)
    }
  }

  /// The units of other environments that do the same.
  static func environments(of module: ModuleDescriptor) -> [(name: String, units: String)] {
    let names = module.about.otherNames
    return [
      ("SuperCollider", names.superCollider), ("Pure Data", names.pureData), ("VCV Rack", names.vcv),
      ("Max", names.max),
    ].filter { !$0.1.isEmpty }
  }

  private static func mark(_ spec: ParamSpec, in module: ModuleDescriptor) -> String {
    spec.name == module.mainInput.map { module.inputs[$0].name } ? spec.name + "*" : spec.name
  }

  static func value(_ spec: ParamSpec) -> String {
    switch spec.type {
    case .signal: "-"
    case .choice(let names): names[Int(spec.defaultValue)]
    case .file(let names, _): names.first ?? "-"
    case .bool: spec.defaultValue > 0.5 ? "on" : "off"
    case .float, .int: spec.defaultValue.shortText + unit(spec)
    }
  }

  static func range(_ spec: ParamSpec) -> String {
    switch spec.type {
    case .signal: "audio"
    case .choice(let names): names.joined(separator: ", ")
    case .file(let names, _): (names + ["a sound file"]).joined(separator: ", ")
    case .bool: "off, on"
    case .float, .int:
      "\(spec.range.lowerBound.shortText) … \(spec.range.upperBound.shortText)\(unit(spec))"
    }
  }

  private static func unit(_ spec: ParamSpec) -> String { spec.unit == .none ? "" : " " + spec.unit.rawValue }

  /// The effect of a cable on the value.
  static func cables(_ spec: ParamSpec) -> String {
    let isOnGrid = spec.reading == .grid && spec.isPatchable
    return rule(spec) + (isOnGrid ? ", every \(gridFrames) frames" : "")
  }

  private static func rule(_ spec: ParamSpec) -> String {
    switch spec.modulation {
    case .add: addsToDefault(spec) ? "adds to \(value(spec))" : "add"
    case .scale: "multiply"
    case .octaves: "octaves"
    case .gate: "gate"
    case .none: "no"
    }
  }

  /// True for an input whose cables add to a default that is not 0.
  private static func addsToDefault(_ spec: ParamSpec) -> Bool {
    spec.modulation == .add && spec.isParameter && spec.defaultValue != 0
  }

  /// The effect of a cable on defaults that are not 0; nil where there are none.
  private static func sums(in module: ModuleDescriptor) -> String? {
    let sums = module.inputs.filter(addsToDefault).map { "\($0.name) is \(value($0)) + cable" }
    if sums.isEmpty { return nil }
    return "A cable adds to the value: \(sums.joined(separator: ", ")). Where 0 is in range, it leaves the cable alone."
  }

  private static func voicing(_ voicing: Voicing) -> String {
    switch voicing {
    case .follows: "as many as its inputs have"
    case .source: "as many as the patch has"
    case .sums: "sums its inputs to one"
    }
  }

  private static func tail(_ seconds: Float?) -> String {
    switch seconds {
    case nil: "unlimited"
    case 0: "none"
    case .some(let seconds): "\(seconds.shortText) s"
    }
  }

  /// The latency with default parameters, nil where there is none.
  private static func latency(of module: ModuleDescriptor) -> String? {
    switch module.about.latency {
    case .inCycles: return "\(quantumFrames) frames while in a cycle"
    case .always: return "\(quantumFrames) frames"
    case .none:
      let frames = module.defaultLatencyFrames
      return frames == 0 ? nil : "\(frames) frames at 48 kHz"
    }
  }

  /// The shortest loop of cables through a module with a loop time.
  private static func loop(_ module: ModuleDescriptor) -> String? {
    module.about.loopTime.map {
      "at least \(ModuleAbout.shortestLoop) frames (1.38 ms at 48 kHz); a shorter `\(module.inputs[$0].name)` has no effect"
    }
  }

  private static func cell(_ text: String) -> String {
    text.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
  }

  private static func aligned(_ rows: [[String]]) -> [String] {
    let count = rows.map(\.count).max() ?? 0
    let widths = (0..<count).map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      var line = " "
      for (column, text) in row.enumerated() {
        line += " " + text
        if column < count - 1 { line += String(repeating: " ", count: widths[column] - text.count + 1) }
      }
      while line.last == " " { line.removeLast() }
      return line
    }
  }
}
