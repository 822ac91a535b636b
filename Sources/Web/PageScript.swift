/// The modules of the page in one file, so that a browser asks once instead of 29 times before it can start.
///
/// Each module stays readable under its own path; here they follow each other in the order of their imports, without
/// the lines that import, and share one scope: their top-level names are different, or the browser refuses the file.
package struct PageScript {
  private let modules: [String: String]
  private var isAdded: Set<String> = [], text = "", lacking: [String] = []

  /// - Parameter modules: the text of each module by its file name.
  init(_ modules: [String: String]) { self.modules = modules }

  /// The module `start` after all that it imports; nil where one is missing.
  package static func joined(_ modules: [String: String], from start: String) -> String? {
    var script = PageScript(modules)
    script.add(start)
    return script.lacking.isEmpty ? script.text : nil
  }

  private mutating func add(_ name: String) {
    guard isAdded.insert(name).inserted else { return }
    guard let module = modules[name] else {
      lacking.append(name)
      return
    }
    var own = "// \(name)\n"
    for line in module.split(separator: "\n", omittingEmptySubsequences: false) {
      if let imported = PageScript.imported(line) {
        add(imported)
      } else if line.hasPrefix("export {") {
        continue  // names that are declared above
      } else {
        own += line.hasPrefix("export ") ? line.dropFirst("export ".count) : line
        own += "\n"
      }
    }
    text += own
  }

  /// The file name in `import { … } from "./NAME";`; nil for another line.
  private static func imported(_ line: Substring) -> String? {
    guard line.hasPrefix("import {"), let start = line.firstRange(of: "from \"./")?.upperBound, line.hasSuffix("\";")
    else {
      return nil
    }
    return String(line[start...].dropLast(2))
  }
}
