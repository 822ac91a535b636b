import Foundation
import Testing

/// The floors: imports only go down. The package manager does not refuse an undeclared import in incremental builds.
@Suite struct FloorsTests {
  /// Allowed imports of each folder, beside itself and the standard library.
  private static let allowed: [String: Set<String>] = [
    "Sources/DSP": ["CLanes", "CKissFFT", "Glibc"],
    "Sources/ModuleKit": ["DSP", "CModuleList", "Glibc", "Synchronization"],
    "Modules": ["DSP", "ModuleKit", "Glibc"],
    "Sources/PatchKit": ["ModuleKit", "CFiles", "Glibc", "Synchronization"],
    "Sources/CommandParser": ["PatchKit"],
    "Sources/Engine": ["DSP", "ModuleKit", "PatchKit", "CRealtime", "Synchronization"],
    "Sources/Tracks": ["PatchKit", "Glibc"],
    "Sources/Control": [
      "DSP", "ModuleKit", "PatchKit", "Tracks", "Engine", "CRealtime", "CLoop", "Glibc", "Synchronization",
    ],
    "Sources/Web": ["ModuleKit", "PatchKit", "Control", "CWebApi", "Glibc", "Synchronization"],
    "Sources/SoundFiles": ["DSP", "ModuleKit", "PatchKit", "CSndFile", "CSofa", "CSoxr", "Glibc", "Synchronization"],
    "Sources/Offline": ["PatchKit", "Engine", "Control", "SoundFiles"],
    "Sources/Hosts": [
      "ModuleKit", "PatchKit", "Engine", "SoundFiles", "Offline", "CRealtime", "CJack", "Glibc", "Synchronization",
    ],
    "Sources/LV2Bundle": ["ModuleKit", "PatchKit", "Glibc"],
    "Sources/LV2": [
      "ModuleKit", "Modules", "PatchKit", "Engine", "Control", "SoundFiles", "LV2Bundle", "CLV2", "Glibc",
      "Synchronization",
    ],
    "Sources/LV2Library": ["LV2", "CLV2"],
    "Sources/CInterface": [
      "ModuleKit", "Modules", "PatchKit", "Engine", "Control", "SoundFiles", "Offline", "CWeft", "CProcessor", "Glibc",
      "Synchronization",
    ],
    "Sources/Library": ["DSP", "ModuleKit", "Modules", "PatchKit", "Engine", "SoundFiles", "Synchronization"],
    "Sources/Garden": ["Weft", "Glibc"],
    "Sources/weft": [
      "ModuleKit", "Modules", "PatchKit", "Engine", "Tracks", "Control", "Web", "Hosts", "LV2Bundle", "SoundFiles",
      "CRealtime", "CLoop", "CEdit", "CommandParser", "Glibc", "Synchronization",
    ],
  ]

  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  private static func files(in folder: String) -> [URL] {
    let all = FileManager.default.enumerator(at: root.appendingPathComponent(folder), includingPropertiesForKeys: nil)
    return (all?.allObjects as? [URL] ?? []).filter { $0.pathExtension == "swift" }
  }

  @Test(arguments: allowed.keys.sorted()) func importsOnlyGoDown(folder: String) throws {
    let files = Self.files(in: folder)
    #expect(!files.isEmpty)
    for file in files {
      for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
        let words = line.split(separator: " ")
        guard let at = words.firstIndex(of: "import"), at <= 1, words.count > at + 1, !line.hasPrefix("//") else {
          continue
        }
        let module = String(words[at + 1])
        #expect(Self.allowed[folder]!.contains(module), "\(folder)/\(file.lastPathComponent) imports \(module)")
      }
    }
  }

  @Test func everySourceFolderHasAFloor() throws {
    let folders = try FileManager.default.contentsOfDirectory(atPath: Self.root.appendingPathComponent("Sources").path)
    for folder in folders where !Self.files(in: "Sources/\(folder)").isEmpty {
      #expect(Self.allowed["Sources/\(folder)"] != nil, "Sources/\(folder) has no floor")
    }
  }
}
