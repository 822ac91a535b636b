import Control
import Foundation
import PatchKit
import Testing

/// MIDI program changes load patches of a folder.
@Suite struct ProgramTests {
  private let folder = FileManager.default.temporaryDirectory.appending(path: "weft-bank-\(UUID().uuidString)")

  /// Three patches of one constant each: a quarter, a half, three quarters.
  private func rig() throws -> SessionRig {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for (i, name) in ["00_low.json", "01_middle.json", "02_high.json"].enumerated() {
      let text = """
        { "weft": 1, "nodes": { "level": { "type": "constant", "params": { "value": \(Double(i + 1) / 4) } },
          "out": { "type": "output" } }, "cables": [ ["level", "out/left"] ] }
        """
      try Data(text.utf8).write(to: folder.appending(path: name))
    }
    try Data("not a patch".utf8).write(to: folder.appending(path: "03_damaged.json"))
    try Data("".utf8).write(to: folder.appending(path: "readme.txt"))
    let rig = SessionRig()
    rig.session.programs.folder = folder.path
    return rig
  }

  @Test func programChangeLoadsTheNthPatch() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let rig = try rig()
    var notified: [String] = []
    rig.session.programs.onChange = { path, failure in
      notified.append(failure?.code.rawValue ?? String(path.split(separator: "/").last!))
    }
    rig.midi(0xc0, 1)
    #expect(abs(rig.render(2_048).last! - 0.5) < 1e-4)
    let before = rig.render(64)
    rig.midi(0xc5, 2)
    let over = before + rig.render(2_048)
    #expect(abs(over.last! - 0.75) < 1e-4)
    let steepest = zip(over.dropFirst(), over).map { ($0 - $1).magnitude }.max()!
    #expect(steepest < 0.01, "\(steepest): a click")
    rig.midi(0xc0, 0)
    #expect(abs(rig.render(2_048).last! - 0.25) < 1e-4)
    rig.send("/patch/undo")
    #expect(abs(rig.render(2_048).last! - 0.75) < 1e-4)
    // A failed load leaves the sound unchanged, and is notified.
    rig.midi(0xc0, 3)
    rig.midi(0xc0, 9)
    // Bank 1, by its upper half alone, then by both.
    rig.midi(0xb0, 0, 1)
    rig.midi(0xc0, 0)
    rig.midi(0xb0, 0, 0, 32, 0)
    rig.midi(0xc0, 1)
    #expect(abs(rig.render(2_048).last! - 0.5) < 1e-4)
    #expect(
      notified == ["01_middle.json", "02_high.json", "00_low.json", "syntax", "range", "range", "01_middle.json"])
  }

  @Test func programCommandLoadsAPatch() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let rig = try rig()
    #expect(rig.send("/midi/program 2").last?.arguments.first == "/midi/program")
    #expect(abs(rig.render(2_048).last! - 0.75) < 1e-4)
    #expect(rig.failure("/midi/program 0 1") == "range" && rig.failure("/midi/program 128") == "range")
    rig.session.programs.folder = nil
    #expect(rig.failure("/midi/program 0") == "nothing-to-do")
    rig.session.programs.folder = "/nowhere/at/all"
    #expect(rig.failure("/midi/program 0") == "unreadable")
    // Without a bank folder program changes are ignored.
    rig.session.programs.folder = nil
    rig.midi(0xc0, 0)
    #expect(abs(rig.render(2_048).last! - 0.75) < 1e-4)
  }
}
