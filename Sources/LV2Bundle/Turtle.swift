import PatchKit

/// Turtle, the text format of plug-in descriptions.
enum Turtle {
  static let prefixes = """
    @prefix atom:  <http://lv2plug.in/ns/ext/atom#> .
    @prefix doap:  <http://usefulinc.com/ns/doap#> .
    @prefix lv2:   <http://lv2plug.in/ns/lv2core#> .
    @prefix midi:  <http://lv2plug.in/ns/ext/midi#> .
    @prefix owl:   <http://www.w3.org/2002/07/owl#> .
    @prefix pprop: <http://lv2plug.in/ns/ext/port-props#> .
    @prefix pset:  <http://lv2plug.in/ns/ext/presets#> .
    @prefix rdf:   <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
    @prefix rdfs:  <http://www.w3.org/2000/01/rdf-schema#> .
    @prefix state: <http://lv2plug.in/ns/ext/state#> .
    @prefix time:  <http://lv2plug.in/ns/ext/time#> .
    @prefix units: <http://lv2plug.in/ns/extensions/units#> .
    @prefix urid:  <http://lv2plug.in/ns/ext/urid#> .
    @prefix xsd:   <http://www.w3.org/2001/XMLSchema#> .


    """

  /// A string literal.
  static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\n": quoted += "\\n"
      case "\r": quoted += "\\r"
      case "\t": quoted += "\\t"
      case _ where scalar.value < 0x20: break
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }

  /// A decimal number, without an exponent.
  static func number(_ value: Float, isWhole: Bool = false) -> String {
    if isWhole { return "\(Int(value))" }
    let text = value.shortText
    if text.contains("e") {
      let scaled = Int((Double(value.magnitude) * 1e12).rounded()), whole = scaled / 1_000_000_000_000
      let part = String(scaled % 1_000_000_000_000)
      return (value < 0 ? "-" : "") + "\(whole)." + String(repeating: "0", count: 12 - part.count) + part
    }
    return text.contains(".") ? text : text + ".0"
  }

  /// A part of a URI: other bytes than letters, digits, `-` and `_` as percent codes.
  static func uriPart(_ text: String) -> String {
    var part = ""
    for byte in text.utf8 {
      switch byte {
      case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x5f: part.unicodeScalars.append(Unicode.Scalar(byte))
      case 0x20: part += "-"
      default: part += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      }
    }
    return part
  }
}
