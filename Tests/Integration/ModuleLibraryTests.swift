import Foundation
import Hosts
import SoundFiles
import TestSupport
import Testing

/// Third-party modules: built from one file, found, refused, and rebuilt while playing.
@Suite(.serialized, .enabled(if: hasMakeFlags, "built without make: the program exports no symbols"))
struct ModuleLibraryTests {
  private let folder = FileManager.default.temporaryDirectory.appending(path: "weft-modules-\(UUID().uuidString)")

  init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

  private func write(_ text: String, _ name: String) throws -> String {
    let path = folder.appending(path: name)
    try Data(text.utf8).write(to: path)
    return path.path
  }

  /// A module that counts up from `start`, `sign` × its step a frame.
  private func counter(_ sign: String, state: String = "var sum = L(0)", name: String = "count") -> String {
    """
    import DSP
    import ModuleKit

    struct Count<L: Lane>: Module {
      enum In: Int, InputPort {
        case step
        var spec: ParamSpec { .amount("What is added a frame", default: 0, range: 0...1) }
      }
      enum Out: Int, OutputPort {
        case out
        var summary: String { "The sum" }
      }
      static var about: ModuleAbout { ModuleAbout("\(name)", .shaping, "Counts", tail: nil) }
      \(state)
      init(_ setup: ModuleSetup) {}
      mutating func process(_ io: ModuleIO<Self>) {
        let step = io.input(.step), out = io.output(.out)
        for i in 0..<io.frames {
          sum += L(\(sign)1) * step[i]
          out[i] = sum
        }
      }
    }

    @section("weft_modules") @used
    private let registration: ModuleRegistration = { Registry.from($0).add(Count<Float>.self, Count<Voices>.self) }

    """
  }

  @Test func thirdPartyModuleIsBuiltAndPlayed() throws {
    let made = try WeftProcess.run(["module", "new", "Fold"], folder: folder)
    #expect(made.status == 0 && made.output == "Fold.swift\n", "\(made.errors)")
    let built = try WeftProcess.run("module", "build", folder.appending(path: "Fold.swift").path, "-o", folder.path)
    #expect(built.status == 0 && built.output == "\(folder.path)/fold.so\n", "\(built.errors)")
    let patch = try write(
      #"{ "weft": 1, "nodes": { "o": { "type": "sine" }, "f": { "type": "fold", "params": { "drive": 3 } } }, "cables": [["o", "f"]] }"#,
      "p.json")
    #expect(try WeftProcess.run("check", patch).status == 3)
    #expect(try WeftProcess.run("check", "--modules", folder.path, patch).status == 0)
    let sound = folder.appending(path: "p.wav").path
    #expect(try WeftProcess.run("render", patch, "--modules", folder.path, "-o", sound, "--seconds", "0.5").status == 0)
    #expect(loudest(try Sound(path: sound).channels[0]) > 0.3)
    #expect(try WeftProcess.run("modules", "fold", "--modules", folder.path).output.contains("Wave folder"))
    #expect(try WeftProcess.run("modules", "flod", "--modules", folder.path).errors.contains("did you mean fold?"))
  }

  /// Builds a module with a compiler that forges the mark of the build.
  private func forgedBuild(of source: String) throws -> WeftProcess {
    let forger = try write(
      "#!/bin/sh\nfor word; do case $word in */fingerprint.swift) sed -i 's/= [0-9]*/= 1/' $word;; esac; done\nexec swiftc \"$@\"\n",
      "forger")
    chmod(forger, 0o755)
    return try WeftProcess.run(
      ["module", "build", source, "-o", folder.path], environment: ["WEFT_SWIFTC": forger])
  }

  @Test func incompatibleModuleLibrariesAreRefused() throws {
    let source = try write(counter(""), "Count.swift")
    let forged = try forgedBuild(of: source)
    #expect(forged.status != 0 && forged.errors.contains("built for another build of weft"), "\(forged.errors)")
    _ = try write("no library", "count.so")
    let patch = try write(#"{ "weft": 1, "nodes": { "c": { "type": "count" } } }"#, "p.json")
    let check = try WeftProcess.run("check", "--modules", folder.path, patch)
    #expect(check.status == 3 && check.errors.contains("is refused: "), "\(check.errors)")
    let taken = try write(counter("", name: "sine"), "Sine.swift")
    let refused = try WeftProcess.run("module", "build", taken, "-o", folder.path)
    #expect(refused.status != 0 && refused.errors.contains("its name is taken"))
    let missing = try WeftProcess.run(
      ["module", "build", source], environment: ["WEFT_SWIFTC": "/no/such/compiler"])
    #expect(missing.status != 0 && missing.errors.contains("WEFT_SWIFTC"))
  }

  /// Code that runs when a library is loaded, which no module has.
  private func constructor(_ work: String) -> String {
    """

    import Glibc
    @section(".init_array") @used
    private let constructor: @convention(c) () -> Void = { \(work) }

    """
  }

  private func write(leaving name: String) -> String {
    "close(open(\"\(folder.appending(path: name).path)\", O_WRONLY | O_CREAT, 0o600))"
  }

  @Test func aLibraryIsReadBeforeAnythingOfItRuns() throws {
    let source = try write(counter("") + constructor(write(leaving: "ran")), "Count.swift")
    let forged = try forgedBuild(of: source)
    #expect(forged.status != 0 && forged.errors.contains("another build of weft"), "\(forged.errors)")
    #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "ran").path), "its constructor ran")
    // Tried out where it can write nothing.
    let ended = try write(
      counter("") + constructor("if open(\"/tmp/x\", O_WRONLY | O_CREAT, 0o600) < 0 { abort() }"), "End.swift")
    let refused = try WeftProcess.run("module", "build", ended, "-o", folder.path)
    #expect(refused.status != 0 && refused.errors.contains("signal 6"), "\(refused.errors)")
  }

  @Test func aTruncatedLibraryDoesNotEndTheProgramThatPlays() throws {
    let source = try write(counter(""), "Count.swift"), library = folder.appending(path: "count.so")
    #expect(try WeftProcess.run("module", "build", source, "-o", folder.path).status == 0)
    let whole = try Data(contentsOf: library)
    let weft = try PlayingWeft(["--modules", folder.path])
    for part in [0, 1, 63, 64, 4_096, whole.count / 2, whole.count - 1] {
      try whole.prefix(part).write(to: library)
      let reply = try weft.send("/patch/create", "c\(part)", "count")
      #expect(reply.status == 1 && reply.output.contains("is refused"), "\(part) bytes: \(reply.output)")
      #expect(weft.isRunning)
    }
    try whole.write(to: library)
    #expect(try weft.send("/patch/create", "c", "count").status == 0)
    // The loaded library does not depend on the file any more.
    truncate(library.path, 100)
    #expect(try weft.send("/patch/commit").status == 0)
    #expect(weft.end(SIGTERM).status == 0)
  }

  @Test func aModuleThatBreaksALawIsNotInstalled() throws {
    let wild = try write(
      counter("").replacing("out[i] = sum", with: "out[i] = sum / (step[i] - step[i])"), "Wild.swift")
    let run = try WeftProcess.run("module", "build", wild, "-o", folder.path)
    #expect(run.status == 1 && run.errors.contains("not finite"), "\(run.errors)")
    let uneven = try write(
      counter("").replacing("sum += L(1) * step[i]", with: "sum = L(Float(io.frames)) * 0.01"), "Uneven.swift")
    let other = try WeftProcess.run("module", "build", uneven, "-o", folder.path)
    #expect(other.status == 1 && other.errors.contains("depends on the period"), "\(other.errors)")
    #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "count.so").path))
  }

  @Test func moduleHotReloadKeepsState() throws {
    let source = try write(counter(""), "Count.swift")
    let weft = try PlayingWeft(["--dev", folder.path])
    func done(_ words: String...) throws {
      #expect(try WeftProcess.run(["send", "--osc", "\(weft.port)"] + words).status == 0)
    }
    func last(_ seconds: String) throws -> [Float] {
      let path = folder.appending(path: "\(UUID().uuidString).wav").path
      try done("/record/last", seconds, path)
      return try Sound(path: path).channels[0]
    }
    func isRising(_ sound: [Float]) -> Bool { sound.last! > sound.first! }
    func isFalling(_ sound: [Float]) -> Bool { sound.last! < sound.first! }
    try done("/patch/create", "c", "count", "step", "0.000001")
    try done("/patch/commit")
    #expect(try eventually { isRising(try last("0.1")) })

    // Counts down from the current value.
    try Data(counter("-").utf8).write(to: URL(fileURLWithPath: source))
    #expect(
      eventually(within: Patience.build) { weft.messages.split(separator: "count built").count == 3 },
      "\(weft.messages)")
    #expect(
      try eventually {
        let after = try last("0.1")
        return isFalling(after) && after.first! > 0
      })
    #expect(steepest(try last("1")) < 2e-6)

    // An error: the compiler's message is reported, and the old code continues to play.
    try Data((counter("-") + "nonsense here\n").utf8).write(to: URL(fileURLWithPath: source))
    #expect(eventually(within: Patience.build) { weft.messages.contains("Count.swift:27:") }, "\(weft.messages)")
    #expect(weft.messages.contains("the old code plays on"))
    #expect(isFalling(try last("0.1")))

    // Another state layout: the node restarts, crossfaded.
    try Data(counter("", state: "var sum = L(0), more = L(0)").utf8).write(to: URL(fileURLWithPath: source))
    #expect(
      eventually(within: Patience.build) { weft.messages.split(separator: "count built").count == 4 },
      "\(weft.messages)")
    #expect(try eventually { isRising(try last("0.1")) })
    #expect(try weft.send("/mod/c/step").output.contains("1e-06"))
    #expect(weft.end(SIGTERM).status == 0)
  }
}
