import ModuleKit
import PatchKit

/// The descriptions of a plug-in that hosts read, generated from its patch.
struct PluginText {
  var identity: PluginIdentity
  var ports: PluginPorts
  var patch: Patch
  var name: String
  var isInstrument: Bool
  /// The file of the description.
  static let descriptionFile = "plugin.ttl", presetFile = "presets.ttl"

  var manifest: String {
    var text = Turtle.prefixes + "<\(identity.uri)>\n  a \(classes) ;\n  lv2:binary <\(PluginIdentity.library)> ;\n"
    text += "  rdfs:seeAlso <\(PluginText.descriptionFile)> .\n"
    for name in patch.snapshots.keys.sorted() {
      text += "\n<\(preset(name))>\n  a pset:Preset ;\n  lv2:appliesTo <\(identity.uri)> ;\n"
      text += "  rdfs:label \(Turtle.quoted(name)) ;\n  rdfs:seeAlso <\(PluginText.presetFile)> .\n"
    }
    return text
  }

  private var classes: String { "lv2:Plugin" + (isInstrument ? " , lv2:InstrumentPlugin" : "") }
  private func preset(_ name: String) -> String { identity.uri + "#" + Turtle.uriPart(name) }

  var description: String {
    var text = Turtle.prefixes + "<\(identity.uri)>\n  a \(classes) ;\n  doap:name \(Turtle.quoted(name)) ;\n"
    let voices = isInstrument ? "\(patch.voices) \(patch.voices == 1 ? "voice" : "voices")" : ""
    let comment = ports.isGeneric ? generic : [patch.about, voices].filter { !$0.isEmpty }.joined(separator: "\n")
    if !comment.isEmpty { text += "  rdfs:comment \(Turtle.quoted(comment)) ;\n" }
    text += "  lv2:minorVersion 2 ;\n  lv2:microVersion 0 ;\n"
    text += "  lv2:requiredFeature urid:map ;\n  lv2:optionalFeature lv2:hardRTCapable ;\n"
    text += "  lv2:extensionData state:interface ;\n  lv2:port "
    return text + portTexts.joined(separator: " , ") + " .\n"
  }

  private var generic: String {
    "A modular synthesizer and effect. Its patch is its state, and is edited over OSC while the host plays: the control "
      + "Remote opens the port that OSC Port shows. The macros are those of the patch, in their order."
  }

  private var portTexts: [String] {
    var texts: [[String]] = []
    func audio(_ direction: String, _ type: String, _ count: Int) {
      for (i, symbol) in PluginPorts.audioSymbols(direction, count).enumerated() {
        let name = "Audio " + (direction == "out" ? "Out" : "In") + (count == 1 ? "" : " \(i + 1)")
        texts.append(["a lv2:AudioPort , lv2:\(type)", "lv2:symbol \"\(symbol)\"", "lv2:name \"\(name)\""])
      }
    }
    audio("out", "OutputPort", ports.outputs)
    audio("in", "InputPort", ports.inputs)
    texts.append([
      "a atom:AtomPort , lv2:InputPort", "atom:bufferType atom:Sequence",
      "atom:supports midi:MidiEvent , time:Position", "lv2:designation lv2:control",
      "lv2:symbol \"\(PluginPorts.midiSymbol)\"", "lv2:name \"MIDI In\"",
    ])
    texts += ports.controls.map(lines)
    texts.append([
      "a lv2:ControlPort , lv2:InputPort", "lv2:symbol \"\(PluginPorts.enabledSymbol)\"", "lv2:name \"Enabled\"",
      "lv2:designation lv2:enabled", "lv2:portProperty lv2:toggled", "lv2:default 1", "lv2:minimum 0", "lv2:maximum 1",
    ])
    texts.append([
      "a lv2:ControlPort , lv2:OutputPort", "lv2:symbol \"\(PluginPorts.latencySymbol)\"", "lv2:name \"Latency\"",
      "lv2:designation lv2:latency", "lv2:portProperty lv2:reportsLatency , lv2:integer", "units:unit units:frame",
      "lv2:default 0", "lv2:minimum 0", "lv2:maximum 192000",
    ])
    if ports.isGeneric {
      texts.append([
        "a lv2:ControlPort , lv2:InputPort", "lv2:symbol \"\(PluginPorts.remoteSymbol)\"", "lv2:name \"Remote\"",
        "lv2:portProperty lv2:toggled", "lv2:default 0", "lv2:minimum 0", "lv2:maximum 1",
      ])
      texts.append([
        "a lv2:ControlPort , lv2:OutputPort", "lv2:symbol \"\(PluginPorts.remotePortSymbol)\"",
        "lv2:name \"OSC Port\"", "lv2:portProperty lv2:integer", "lv2:default 0", "lv2:minimum 0",
        "lv2:maximum 65535",
      ])
    }
    return texts.enumerated().map { i, lines in
      "[\n    " + ([lines[0], "lv2:index \(i)"] + lines.dropFirst()).joined(separator: " ;\n    ") + "\n  ]"
    }
  }

  private func lines(_ control: PluginControl) -> [String] {
    let isWhole = control.kind != .amount
    var lines = [
      "a lv2:ControlPort , lv2:InputPort", "lv2:symbol \"\(control.symbol)\"",
      "lv2:name \(Turtle.quoted(control.name))",
      "lv2:default \(Turtle.number(control.value, isWhole: isWhole))",
      "lv2:minimum \(Turtle.number(control.range.lowerBound, isWhole: isWhole))",
      "lv2:maximum \(Turtle.number(control.range.upperBound, isWhole: isWhole))",
    ]
    if control.kind == .whole {
      lines.append("lv2:portProperty lv2:integer" + (control.choices.isEmpty ? "" : " , lv2:enumeration"))
    }
    if control.kind == .toggle { lines.append("lv2:portProperty lv2:toggled") }
    if control.macro == nil { lines.append("lv2:portProperty pprop:notOnGUI") }
    for (i, choice) in control.choices.enumerated() where control.range.contains(Float(i)) {
      lines.append("lv2:scalePoint [ rdfs:label \(Turtle.quoted(choice)) ; rdf:value \(i) ]")
    }
    return lines
  }

  /// The presets: the values of the ports, and the name of the snapshot, whose other parameters the plug-in sets itself.
  var presets: String {
    Turtle.prefixes + PluginState.description
      + patch.snapshots.sorted { $0.key < $1.key }.map { name, snapshot in
        var values: [String] = []
        for control in ports.controls {
          guard let macro = control.macro, let position = snapshot.macros[macro] else { continue }
          let value = Turtle.number(control.value(at: position), isWhole: control.kind != .amount)
          values.append("[\n    lv2:symbol \"\(control.symbol)\" ;\n    pset:value \(value)\n  ]")
        }
        return "<\(preset(name))>\n  a pset:Preset ;\n  lv2:appliesTo <\(identity.uri)> ;\n"
          + "  rdfs:label \(Turtle.quoted(name)) ;\n"
          + (values.isEmpty ? "" : "  lv2:port \(values.joined(separator: " , ")) ;\n")
          + "  state:state [ <\(PluginState.snapshot)> \(Turtle.quoted(name)) ] .\n"
      }.joined(separator: "\n")
  }
}

/// The keys of the state of a plug-in.
package enum PluginState {
  /// The patch as the text of a patch file.
  package static let patch = "urn:weft:lv2#patch"
  /// The name of a snapshot of the bundle's patch.
  package static let snapshot = "urn:weft:lv2#snapshot"

  /// The key that presets have, as validators want it: defined where it is used.
  static let description =
    "<\(snapshot)>\n  a rdf:Property , owl:DatatypeProperty ;\n  rdfs:label \"snapshot\" ;\n"
    + "  rdfs:comment \"Name of a snapshot of the patch.\" ;\n  rdfs:range xsd:string .\n\n"
}
