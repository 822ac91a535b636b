import Foundation
import LV2Bundle
import ModuleKit
import PatchKit
import TestSupport

/// A bundle in a temporary folder.
struct PluginBundle {
  let folder: TemporaryFolder
  let path: String
  let ports: PluginPorts
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path

  /// Of a patch file, or of the text of one.
  ///
  /// - Parameter isGeneric: whether it is the generic plug-in, which begins with the patch.
  init(_ patch: String, name: String = "test", isGeneric: Bool = false) throws {
    _ = PluginBundle.home
    folder = try TemporaryFolder()
    var file = patch
    if patch.contains("{") {
      file = folder.path + "/source.json"
      try patch.write(toFile: file, atomically: true, encoding: .utf8)
    }
    path = folder.path + "/\(name).lv2"
    // Any library will do here: it is linked with the tests.
    try "library".write(toFile: folder.path + "/library", atomically: true, encoding: .utf8)
    ports = try Self.write(file, to: path, library: folder.path + "/library", isGeneric: isGeneric)
  }

  /// The folder of files of clients; not that of the user.
  nonisolated(unsafe) private static let home: TemporaryFolder? = {
    let folder = try? TemporaryFolder()
    if let folder { setenv("XDG_DATA_HOME", folder.path, 1) }
    return folder
  }()

  @discardableResult static func write(
    _ file: String, to path: String, library: String, isGeneric: Bool = false
  ) throws -> PluginPorts {
    let registry = Registry.linked()
    let patch = try PatchFile.read(path: file, in: registry)
    return try BundleWriter(registry: registry, library: library).write(patch, to: path, isGeneric: isGeneric)
  }

  func text(_ name: String) throws -> String { try String(contentsOfFile: path + "/" + name, encoding: .utf8) }

  /// A saw with a filter for eight voices, with macros of each kind.
  static let synth = """
    { "weft": 2, "name": "Test Synth", "voices": 8,
      "nodes": { "keys": { "type": "notes" }, "out": { "type": "output" },
        "env": { "type": "adsr", "params": { "attack": 0.002, "sustain": 0.7, "release": 0.05 } },
        "osc": { "type": "saw", "params": { "gain": 0.2 } }, "vca": { "type": "gain" },
        "filt": { "type": "biquad", "params": { "cutoff": 2000 } } },
      "macros": [
        { "name": "cut-off", "label": "Brightness", "value": 0.5,
          "targets": [{ "param": "filt/cutoff", "from": 200, "to": 8000 }] },
        { "name": "mode", "value": 0, "targets": [{ "param": "filt/mode" }] },
        { "name": "level", "value": 0.5, "targets": [{ "param": "osc/gain", "from": 0, "to": 0.4 }] } ],
      "cables": [ ["keys/pitch", "osc/frequency"], ["keys/gate", "env/gate"], ["env", "vca/gain"], ["osc", "filt"],
        ["filt", "vca"], ["vca", "out"] ],
      "snapshots": { "Dark": { "/macros": { "cut-off": 0.1, "mode": 0, "level": 0.5 },
          "filt": { "type": "biquad", "params": { "cutoff": 289 } },
          "osc": { "type": "saw", "params": { "gain": 0.2 } } } } }
    """
}
