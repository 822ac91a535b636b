import ModuleKit
import Modules
import PatchKit
import Testing

@Suite struct SnapshotFileTests {
  private let registry = Registry.linked()

  private func patch() throws -> Patch {
    var patch = Patch()
    try patch.create("osc", type: "sine", params: [("frequency", .number(100))], in: registry)
    try patch.keepSnapshot("low", in: registry)
    try patch.setParam("osc", "frequency", .number(800), in: registry)
    try patch.keepSnapshot("high", in: registry)
    return patch
  }

  @Test func snapshotsAreSavedWithThePatch() throws {
    let patch = try patch()
    let text = PatchFile.text(of: patch, in: registry)
    #expect(try PatchFile.read(Array(text.utf8), in: registry) == patch)
    #expect(
      text.contains(
        "\n    \"low\": {\n      \"osc\": { \"type\": \"sine\", \"params\": { \"frequency\": 100 } }\n    }"))
  }

  @Test func aPatchWithoutSnapshotsHasNoKeyForThem() throws {
    var patch = try patch()
    patch.snapshots = [:]
    #expect(!PatchFile.text(of: patch, in: registry).contains("snapshots"))
  }

  @Test func errorsInSnapshotsHaveTheirPlace() throws {
    let text = """
      { "weft": 1, "nodes": {}, "cables": [],
        "snapshots": { "verse": { "osc": { "type": "sine", "params": { "frequncy": 3 } } }, "a b": {} } }
      """
    do throws(PatchErrors) {
      _ = try PatchFile.read(Array(text.utf8), in: registry)
      Issue.record("it was read")
    } catch {
      #expect(error.errors.map(\.code) == [.noSuchParam, .badName])
      #expect(error.errors.map(\.place.line) == [2, 2])
      #expect(error.errors[0].suggestions.first == "frequency")
    }
  }
}
