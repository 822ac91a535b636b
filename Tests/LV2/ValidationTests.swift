import Foundation
import TestSupport
import Testing

/// The descriptions of every example patch as a plug-in, by the validator of the LV2 specification (`lv2_validate` of
/// lv2-dev, which needs sordi).
@Suite struct ValidationTests {
  private static let patches = PluginBundle.root + "/Patches"
  static let examples = ((try? FileManager.default.contentsOfDirectory(atPath: patches)) ?? [])
    .filter { $0.hasSuffix(".json") }.sorted()

  private static let validator = "/usr/bin/lv2_validate"
  private static var isInstalled: Bool {
    [validator, "/usr/bin/sord_validate"].allSatisfy { FileManager.default.isExecutableFile(atPath: $0) }
  }

  /// What the validator writes about a bundle.
  private func validate(_ bundle: PluginBundle) throws -> (status: Int32, text: String) {
    let names = try FileManager.default.contentsOfDirectory(atPath: bundle.path).filter { $0.hasSuffix(".ttl") }
    let process = Process(), pipe = Pipe()
    process.executableURL = URL(fileURLWithPath: Self.validator)
    process.arguments = names.sorted().map { bundle.path + "/" + $0 }
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, text)
  }

  @Test(.enabled(if: isInstalled), arguments: examples) func lv2ValidateFindsNothing(_ patch: String) throws {
    let bundle = try PluginBundle(Self.patches + "/" + patch, name: String(patch.dropLast(5)))
    let (status, text) = try validate(bundle)
    #expect(status == 0 && text.contains("Found 0 errors"), "\(text)")
    // Warnings about the files of the specification are not ours.
    let ours = text.split(separator: "\n").filter { $0.contains(bundle.path) || $0.contains("urn:weft") }
    #expect(ours.isEmpty, "\(ours)")
  }

  /// Macros of every kind, presets and hidden ports.
  @Test(.enabled(if: isInstalled)) func lv2ValidateFindsNothingInPortsOfEveryKind() throws {
    let (status, text) = try validate(try PluginBundle(PluginBundle.synth))
    #expect(status == 0 && text.contains("Found 0 errors"), "\(text)")
  }

  @Test(.enabled(if: isInstalled)) func lv2ValidateFindsNothingInTheGenericPlugin() throws {
    let bundle = try PluginBundle(PluginBundle.synth, name: "weft", isGeneric: true)
    let (status, text) = try validate(bundle)
    #expect(status == 0 && text.contains("Found 0 errors"), "\(text)")
    #expect(!text.contains(bundle.path) && !text.contains("urn:weft"), "\(text)")
  }

  @Test(.enabled(if: isInstalled)) func lv2ValidateFindsAFault() throws {
    let bundle = try PluginBundle(PluginBundle.synth), file = bundle.path + "/plugin.ttl"
    let text = try bundle.text("plugin.ttl").replacing(/lv2:index \d+/, with: "lv2:index \"one\"", maxReplacements: 1)
    try text.write(toFile: file, atomically: true, encoding: .utf8)
    #expect(try !validate(bundle).text.contains("Found 0 errors"))
  }
}
