import Control
import ModuleKit
import PatchKit

/// The topics of `weft help`: reference pages, partly written, partly made from the tables of the program.
enum HelpTopic: String, CaseIterable {
  case patchFile = "patch-file"
  case score, track, osc
  case modules = "modules-reference"
  case cookbook
  case fromSuperCollider = "from-supercollider"
  case fromPureData = "from-puredata"
  case fromVCV = "from-vcv"
  case fromMax = "from-max"

  var summary: String {
    switch self {
    case .patchFile: "Every key of a patch file, with examples"
    case .score: "Timed commands in a text file"
    case .track: "Sessions of steps: binaural, monaural and isochronic beats"
    case .osc: "Every OSC command, notification and error, with examples"
    case .modules: "Every module: ports, ranges, defaults, an example cable"
    case .cookbook: "Twenty tasks, each with a patch that plays"
    case .fromSuperCollider: "Terms and UGens of SuperCollider, and their equivalents in Weft"
    case .fromPureData: "Terms and objects of Pure Data, and their equivalents in Weft"
    case .fromVCV: "Terms and modules of VCV Rack, and their equivalents in Weft"
    case .fromMax: "Terms and objects of Max, and their equivalents in Weft"
    }
  }

  /// Other words that mean the topic.
  private var otherNames: [String] {
    switch self {
    case .patchFile: ["patchfile", "patch-format", "format", "json", "file"]
    case .score: ["scores", "scorefile", "timeline"]
    case .track: ["tracks", "session", "sessions", "beats"]
    case .osc: ["commands", "protocol", "errors", "notifications"]
    case .modules: ["module-reference", "reference", "ugens", "objects"]
    case .cookbook: ["recipes", "examples", "howto", "tutorial"]
    case .fromSuperCollider: ["supercollider", "sc", "scsynth", "sclang", "sc3"]
    case .fromPureData: ["puredata", "pd", "from-pd", "plugdata"]
    case .fromVCV: ["vcv", "vcvrack", "from-vcv-rack", "rack", "eurorack"]
    case .fromMax: ["max", "msp", "maxmsp", "from-maxmsp"]
    }
  }

  /// The topic of a word; nil where none is called so.
  static func named(_ word: String) -> HelpTopic? {
    let word = word.lowercased()
    return allCases.first { $0.rawValue == word } ?? allCases.first { $0.otherNames.contains(word) }
  }

  static var vocabulary: [String] { allCases.flatMap { [$0.rawValue] + $0.otherNames } }

  /// The page in Markdown.
  ///
  /// - Throws: where the folder of the written pages is missing.
  func markdown(in registry: Registry) throws(PatchError) -> String {
    let modules = registry.names.compactMap { registry.find($0) }
    switch self {
    case .osc: return OSCReference.markdown
    case .modules: return ModuleListing.markdown(modules)
    case .cookbook: return try Cookbook.markdown()
    case .patchFile, .score, .track: return try page()
    case .fromSuperCollider: return try page() + Comparison.table("UGen", modules) { $0.superCollider }
    case .fromPureData: return try page() + Comparison.table("object", modules) { $0.pureData }
    case .fromVCV: return try page() + Comparison.table("module", modules) { $0.vcv }
    case .fromMax: return try page() + Comparison.table("object", modules) { $0.max }
    }
  }

  private func page() throws(PatchError) -> String {
    guard let folder = Places.documentation else {
      throw PatchError(
        .unreadable, "the pages are not installed: make install brings them, in share/weft/Documentation")
    }
    return String(decoding: try TextFile.read("\(folder)/\(rawValue).md"), as: UTF8.self)
  }
}
