import ModuleKit
import Modules
import PatchKit
import Testing

/// Every module of the catalogue, with every parameter at its limits, is saved and loaded unchanged.
@Suite struct CatalogueFileTests {
  static let registry = Registry.linked()

  @Test func linkedModulesAreRegistered() { #expect(Self.registry["sine"] != nil) }

  @Test(arguments: registry.names) func everyParameterIsSavedAndLoaded(_ type: String) throws {
    let registry = Self.registry, module = try #require(registry[type])
    var patch = Patch()
    let values: [(String, (ParamSpec) -> Float)] = [
      ("low", { $0.range.lowerBound }), ("high", { $0.range.upperBound }), ("rest", { $0.defaultValue }),
    ]
    for (id, value) in values {
      try patch.create(id, type: type, in: registry)
      for spec in module.inputs where spec.isParameter {
        if spec.isFile {
          try patch.setParam(id, spec.name, .text("sounds/\(id).wav"), in: registry)
          continue
        }
        try patch.setParam(id, spec.name, .number(value(spec)), in: registry)
        #expect(patch.nodes[id]?.value(of: spec) == value(spec))
      }
    }
    for spec in module.inputs where spec.isPatchable && !module.outputs.isEmpty {
      try patch.connect("low", "high/\(spec.name)", amount: 0.1, in: registry)
    }
    #expect(patch.problems(in: registry).isEmpty)
    let text = PatchFile.text(of: patch, in: registry)
    let again = try PatchFile.read(Array(text.utf8), in: registry)
    #expect(again == patch)
    #expect(PatchFile.text(of: again, in: registry) == text)
  }
}
