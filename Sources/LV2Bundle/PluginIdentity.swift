import PatchKit

/// Description of a plug-in beside its patch: the file `plugin.json`.
package struct PluginIdentity: Equatable, Sendable {
  package static let file = "plugin.json", patchFile = "patch.json", library = "weft-lv2.so"

  package var uri: String
  /// The macros of the control ports, in the order of the ports. A macro that the patch has no more keeps its place.
  package var macros: [String]
  /// True for the generic plug-in, whose patch is its state: `macros` is empty, the ports are numbered.
  package var isGeneric: Bool

  package init(uri: String, macros: [String], isGeneric: Bool = false) {
    (self.uri, self.macros, self.isGeneric) = (uri, macros, isGeneric)
  }

  /// Reads the file of a bundle.
  package init(bundle: String) throws(PatchError) {
    let path = bundle + "/" + PluginIdentity.file
    let (value, errors, _) = FileParser.parse(try TextFile.read(path))
    guard errors.isEmpty, case .object(let members) = value.kind,
      case .string(let uri)? = members.first(where: { $0.key == "uri" })?.value.kind,
      case .array(let items)? = members.first(where: { $0.key == "macros" })?.value.kind
    else { throw PatchError(.syntax, "it is no description of a plug-in", at: Place(file: path)) }
    self.uri = uri
    macros = items.compactMap { if case .string(let name) = $0.kind { name } else { nil } }
    isGeneric = members.contains { if case .bool(true) = $0.value.kind { $0.key == "generic" } else { false } }
  }

  var text: String {
    let names = macros.map { JSONString.quoted($0) }.joined(separator: ", ")
    return "{ \"uri\": \(JSONString.quoted(uri)), \"macros\": [\(names)]\(isGeneric ? ", \"generic\": true" : "") }\n"
  }
}
