import ModuleKit

/// Tables of the units of another environment and the modules that do the same, from the modules' declarations.
enum Comparison {
  static func table(_ unit: String, _ modules: [ModuleDescriptor], _ names: (OtherNames) -> String) -> String {
    var alike: [String: [String]] = [:]
    for module in modules {
      for name in OtherNames.list(names(module.about.otherNames)) { alike[name, default: []].append(module.name) }
    }
    let rows = alike.sorted { ($0.key.lowercased(), $0.key) < ($1.key.lowercased(), $1.key) }.map { name, modules in
      "| `\(name)` | \(modules.map { "`\($0)`" }.joined(separator: ", ")) |"
    }
    return "\n## \(unit.prefix(1).uppercased() + unit.dropFirst())s and modules\n\n| \(unit) | module |\n|---|---|\n"
      + rows.joined(separator: "\n") + "\n"
  }
}
