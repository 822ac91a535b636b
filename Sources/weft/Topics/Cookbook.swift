import ModuleKit
import PatchKit

/// The cookbook: the patches of `Patches/cookbook`, each with its description, its text and its score.
enum Cookbook {
  /// The recipes by name, with the paths of patch and score.
  static var recipes: [(name: String, patch: String, score: String?)] {
    guard let folder = Places.shared.map({ $0 + "/Patches/cookbook" }) else { return [] }
    let names = Folder.names(in: folder) ?? []
    return names.filter { $0.hasSuffix(".json") }.sorted().map { file in
      let name = String(file.dropLast(5))
      return (name, "\(folder)/\(file)", names.contains(name + ".score") ? "\(folder)/\(name).score" : nil)
    }
  }

  static func markdown() throws(PatchError) -> String {
    let recipes = recipes
    if recipes.isEmpty {
      throw PatchError(.unreadable, "the cookbook is not installed: make install brings it, in share/weft/Patches")
    }
    var lines = [
      "# Cookbook", "",
      "Each task is a patch: `weft play cookbook/NAME` plays it, `weft render` writes it to a file. Copy one, and change it.",
    ]
    for recipe in recipes {
      let bytes = try TextFile.read(recipe.patch)
      var patch: Patch?
      do { patch = try PatchFile.read(bytes, file: recipe.patch, in: Registry.linked(), allowMissing: true) } catch {}
      let score = recipe.score == nil ? "" : " --score cookbook/\(recipe.name).score"
      lines += ["", "## \(patch?.name ?? recipe.name)", "", patch?.about ?? "", ""]
      lines += ["```", "weft play cookbook/\(recipe.name)\(score)", "```", "", "```json"]
      lines.append(trimmed(bytes))
      lines.append("```")
      if let score = recipe.score { lines += ["", "```score", trimmed(try TextFile.read(score)), "```"] }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func trimmed(_ bytes: [UInt8]) -> String {
    let text = String(decoding: bytes, as: UTF8.self)
    return text.hasSuffix("\n") ? String(text.dropLast()) : text
  }
}
