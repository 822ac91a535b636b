import Foundation
import ModuleKit
import PatchKit
import TestSupport
import Testing

@Suite struct TuningTests {
  private static let tunings = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Patches/tunings").path
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func write(_ text: String, to name: String) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: folder.path + "/" + name))
  }

  /// Octaves from 440 Hz as Surge's tuning-library 0.1 has them, for these keys; no number: silent.
  @Test(
    arguments: [
      ("just.scl", nil, [-5.75, -4.013034, -1.75, -0.75, -0.656891, -0.580075, -0.013034, 1.156891, 4.834963]),
      (
        "bohlen-pierce.scl", nil,
        [-8.060704, -5.504888, -2.223931, -0.75, -0.638969, -0.498461, 0.349536, 2.057355, 7.426351]
      ),
      (
        "nineteen.scl", nil,
        [-3.907895, -2.802632, -1.381579, -0.75, -0.697368, -0.644737, -0.276316, 0.460526, 2.776316]
      ),
      (
        "seven.scl", "white.kbm",
        [-5.740758, -4.026472, -1.740758, -0.740758, .nan, -0.597901, -0.026472, 1.116385, 4.830671]
      ),
    ] as [(String, String?, [Double])])
  func agreesWithTuningLibrary(scale: String, keyboard: String?, pitches: [Double]) throws {
    let tuning = try Tuning(scale: scale, keyboard: keyboard, in: Self.tunings)
    for (key, pitch) in zip([0, 21, 48, 60, 61, 62, 69, 83, 127], pitches) {
      let found = Double(tuning.pitches[key])
      #expect(pitch.isNaN ? found.isNaN : abs(found - pitch) < 2e-6, "\(key): \(found)")
    }
  }

  /// Every scale repeats at its last note, rises with its notes, and keeps the frequency of the reference key.
  @Test func scalesRepeatAndKeepTheirReferencePitch() throws {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<50 {
      let count = Int.random(in: 1...30, using: &random), reference = Int.random(in: 20...100, using: &random)
      let cents = (0..<count).map { _ in Double(Int.random(in: 1...2_400_000, using: &random)) / 1_000 }.sorted()
      let lines = cents.map { "\($0)" }.joined(separator: "\n")
      try write("! any\nany\n\(count)\n\(lines)\n", to: "any.scl")
      let hertz = Double.random(in: 50...2_000, using: &random)
      try write("0\n0\n127\n\(Int.random(in: 30...90, using: &random))\n\(reference)\n\(hertz)\n0\n", to: "any.kbm")
      let pitches = try Tuning(scale: "any.scl", keyboard: "any.kbm", in: folder.path).pitches.map(Double.init)
      #expect(abs(pitches[reference] - log2(hertz / 440)) < 1e-5)
      for key in 0..<128 {
        if key >= count { #expect(abs(pitches[key] - pitches[key - count] - cents[count - 1] / 1_200) < 1e-4) }
        if key > 0 { #expect(pitches[key] >= pitches[key - 1]) }
      }
    }
  }

  @Test(arguments: [
    ("", "1: a scale begins"), ("about\n", "2: the number of notes is missing"),
    ("a\ntwelve\n", "2: the number of notes"),
    ("a\n2\n100.0\n", "4: note 2 of 2 is missing"), ("! c\na\n1\nx/y\n", "4: \"x/y\" is neither"),
    ("a\n1\n-3/2\n", "3: \"-3/2\" is neither"), ("a\n1\n3/2/1\n", "3: \"3/2/1\" is neither"),
    ("a\n1\n1/1\n", "3: the scale repeats"), ("a\n0\n", "2: the number of notes"),
  ])
  func aWrongScaleIsNamedWithItsLine(text: String, problem: String) throws {
    try write(text, to: "bad.scl")
    try expect(problem, in: "bad.scl", try failure("bad.scl"))
  }

  @Test(arguments: [
    ("0\n0\n127\n60\n69\n", "6: the reference frequency"), ("12\n0\n128\n60\n69\n440\n12\n", "3: the last key"),
    ("! c\n2\n0\n127\n60\n61\n440\n1\n0\nx\n", "6: the reference key 61 is not mapped"),
    ("2\n0\n127\n60\n60\n440\n1\n0\ny\n", "9: a key plays a degree"), ("2\n60\n50\n", "3: the last key"),
    ("2\n0\n127\n60\n60\n0\n", "6: the reference frequency"),
  ])
  func aWrongKeyboardIsNamedWithItsLine(text: String, problem: String) throws {
    try write("a\n1\n2/1\n", to: "good.scl")
    try write(text, to: "bad.kbm")
    try expect(problem, in: "bad.kbm", try failure("good.scl", "bad.kbm"))
  }

  /// A problem is written `LINE: WORDS`.
  private func expect(_ problem: String, in file: String, _ error: PatchError) throws {
    let colon = try #require(problem.firstIndex(of: ":"))
    #expect(error.description.hasPrefix("\(folder.path)/\(file):\(problem[..<colon]): error: "), "\(error)")
    #expect(error.message.contains(problem[colon...].dropFirst(2)), "\(error)")
  }

  private func failure(_ scale: String, _ keyboard: String? = nil) throws -> PatchError {
    do throws(PatchError) {
      _ = try Tuning(scale: scale, keyboard: keyboard, in: folder.path)
      throw PatchError(.range, "read")
    } catch { return error }
  }

  /// Paths in a patch file are relative to it, when read and written.
  @Test func tuningPathsAreRelativeToThePatchFile() throws {
    try write("a\n1\n2/1\n", to: "two.scl")
    let text = """
      {
        "weft": 1,
        "voices": 1,
        "tuning": { "scale": "two.scl" },
        "nodes": {},
        "cables": []
      }

      """
    try write(text, to: "p.json")
    let registry = testRegistry
    let patch = try PatchFile.read(path: folder.path + "/p.json", in: registry)
    #expect(patch.tuning?.scale == folder.path + "/two.scl")
    #expect(PatchFile.text(of: patch, in: registry, folder: folder.path) == text)
    #expect(PatchFile.text(of: patch, in: registry).contains("\"scale\": \"\(folder.path)/two.scl\""))
    #expect(PatchFile.text(of: patch, in: registry, folder: folder.path + "/a/b").contains("\"../../two.scl\""))
    try PatchFile.write(patch, to: folder.path + "/q.json", in: registry)
    #expect(try PatchFile.read(path: folder.path + "/q.json", in: registry) == patch)
    try write("a\n1\n3/1\n", to: "two.scl")
    #expect(try PatchFile.read(path: folder.path + "/q.json", in: registry) != patch)
    try write("a\n1\n", to: "two.scl")
    #expect { try PatchFile.read(path: folder.path + "/p.json", in: registry) } throws: { error in
      "\(error)".contains("/two.scl:3: error: note 1 of 1 is missing")
    }
    try write(text.replacingOccurrences(of: "two", with: "three"), to: "p.json")
    #expect { try PatchFile.read(path: folder.path + "/p.json", in: registry) } throws: { error in
      "\(error)".contains("p.json:4:13: error: tuning: \(folder.path)/three.scl: it cannot be read: No such file")
    }
    try write(text.replacingOccurrences(of: "scale", with: "scala"), to: "p.json")
    #expect { try PatchFile.read(path: folder.path + "/p.json", in: registry) } throws: { error in
      "\(error)".contains("p.json:4:15: error: tuning: a tuning has no key \"scala\"")
    }
  }
}
