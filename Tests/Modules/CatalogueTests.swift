import Foundation
import ModuleKit
import TestSupport
import Testing

/// Consistency of the source tree and the registry.
@Suite struct CatalogueTests {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Modules")

  @Test func everyLinkedModuleIsAccepted() { #expect(KernelRig.registry.refusals == []) }

  @Test func everyFileHoldsOneModuleOfItsFolder() throws {
    var found: Set<String> = []
    for path in FileManager.default.enumerator(atPath: Self.root.path)!.compactMap({ $0 as? String }) {
      guard path.hasSuffix(".swift") else { continue }
      let text = try String(contentsOf: Self.root.appendingPathComponent(path), encoding: .utf8)
      let names = text.matches(of: /ModuleAbout\(\s*"([A-Za-z0-9_-]+)"/).map { String($0.1) }
      #expect(names.count == 1, "\(path) holds \(names)")
      guard let name = names.first, let module = KernelRig.registry[name] else {
        Issue.record("\(path): module \(names) is not in the registry")
        continue
      }
      #expect(path.split(separator: "/").first.map(String.init) == module.about.family.rawValue, "\(path): family")
      let type = (path as NSString).lastPathComponent.replacingOccurrences(of: ".swift", with: "")
      #expect(text.contains("struct \(type)<L: Lane>: Module"), "\(path) does not hold the module \(type)")
      #expect(found.insert(name).inserted, "\(name) is in two files")
    }
    #expect(found == Set(KernelRig.registry.names))
  }

  @Test(arguments: KernelRig.registry.names) func saysWhatItIs(name: String) {
    let module = KernelRig.registry[name]!
    let summaries = [module.about.summary] + module.inputs.map(\.summary) + module.outputs.map(\.summary)
    for summary in summaries {
      #expect(!summary.isEmpty && summary.count <= 100, "\(summary)")
      #expect(!summary.hasSuffix("."), "\(summary): a heading, not a sentence")
    }
    for input in module.inputs where input.isParameter && input.isPatchable {
      #expect(input.range.lowerBound < input.range.upperBound, "\(input.name)")
    }
  }
}
