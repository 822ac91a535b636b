import Foundation
import TestSupport
import Testing

/// `make install` and `make uninstall`: their scripts, on the built program, below a folder of the test.
@Suite(.serialized) struct InstallTests {
  private let folder: TemporaryFolder
  private static let checkout = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  init() throws { folder = try TemporaryFolder() }

  private func run(_ script: String, _ words: String..., prefix: String = "/usr/local") throws -> WeftProcess {
    try WeftProcess.run(
      words, environment: ["WEFT_STAGE": folder.path + "/stage", "DESTDIR": folder.path + "/dest", "PREFIX": prefix],
      program: Self.checkout.appending(path: "Sources/Install/\(script)"))
  }

  private func installed(_ words: String..., environment: [String: String] = [:]) throws -> WeftProcess {
    try WeftProcess.run(
      words, environment: ["XDG_DATA_HOME": folder.path + "/data"].merging(environment) { $1 },
      folder: URL(fileURLWithPath: folder.path), program: URL(fileURLWithPath: folder.path + "/dest/usr/local/bin/weft")
    )
  }

  private func files() throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: folder.path + "/dest").sorted()
  }

  @Test func installedProgramFindsPatchesByNameAndUninstallRemovesEveryFile() throws {
    let prepared = try run("prepare", WeftProcess.program.deletingLastPathComponent().path)
    #expect(prepared.status == 0, "\(prepared.errors)")
    // Something of others lies there already.
    try FileManager.default.createDirectory(
      atPath: folder.path + "/dest/usr/local/bin", withIntermediateDirectories: true)
    try Data().write(to: URL(fileURLWithPath: folder.path + "/dest/usr/local/bin/other"))
    let before = try files()

    // Twice: an install over an install.
    for _ in 0..<2 {
      let done = try run("install")
      #expect(done.status == 0, "\(done.errors)")
      #expect(done.output.contains("make uninstall removes it"))
    }
    let share = folder.path + "/dest/usr/local/share/"
    for file in [
      "man/man1/weft.1", "bash-completion/completions/weft", "zsh/site-functions/_weft",
      "fish/vendor_completions.d/weft.fish", "weft/Patches/strings.json", "weft/Patches/help/notes.json",
      "weft/Patches/songs/strings.mid", "weft/Patches/demos/tour.score", "man/man5/weft-patch.5", "man/man7/weft-osc.7",
      "doc/weft/patch-file.md", "doc/weft/osc.md", "doc/weft/from-vcv.md", "doc/weft/cookbook.md",
      "doc/weft/pictures/svf.svg", "doc/weft/pictures/saw.svg",
      "doc/weft/copyright",
      "../lib/systemd/system/weft.service",
    ] {
      #expect(FileManager.default.fileExists(atPath: share + file), "\(file)")
    }
    let copyright = try String(contentsOfFile: share + "doc/weft/copyright", encoding: .utf8)
    for library in ["Swift", "libjack-jackd2-0", "libsndfile1"] { #expect(copyright.contains("\n\(library) ")) }
    let unit = try String(contentsOfFile: share + "../lib/systemd/system/weft.service", encoding: .utf8)
    #expect(unit.contains("ExecStart=/usr/local/bin/weft play"))

    #expect(try installed("--version").output == WeftProcess.run("--version").output)
    let names = try installed("patches", "--names").output.split(separator: "\n")
    #expect(names.contains("strings") && names.contains("notes"))
    for name in ["strings", "bohlen-pierce", "Patches/help/notes.json"] {
      let check = try installed("check", name)
      #expect(check.status == 0, "\(name): \(check.errors)")
    }
    // One of the user's own comes first.
    try FileManager.default.createDirectory(atPath: folder.path + "/data/weft", withIntermediateDirectories: true)
    try Data("{".utf8).write(to: URL(fileURLWithPath: folder.path + "/data/weft/strings.json"))
    #expect(try installed("check", "strings").errors.contains(folder.path + "/data/weft/strings.json"))
    #expect(try installed("check", "strinks").errors.contains("did you mean strings"))

    let removed = try run("uninstall")
    #expect(removed.status == 0, "\(removed.errors)")
    #expect(try files() == before)
  }

  @Test func installSaysWhatToDoWhereNothingIsBuiltOrThePrefixCannotBeWritten() throws {
    let nothing = try run("install")
    #expect(nothing.status == 1 && nothing.errors.contains("run make build first"), "\(nothing.errors)")
    #expect(try run("uninstall").errors.contains("no weft is installed in"))
    #expect(try run("install", prefix: "here").errors.contains("PREFIX must be an absolute path"))

    let bin = folder.path + "/stage/tree/bin"
    try FileManager.default.createDirectory(atPath: bin, withIntermediateDirectories: true)
    try Data().write(to: URL(fileURLWithPath: bin + "/weft"))
    // Not a folder: no user can write in it, root included.
    try Data().write(to: URL(fileURLWithPath: folder.path + "/dest"))
    let refused = try run("install")
    #expect(refused.status == 1 && refused.errors.contains("cannot be written: use sudo make install"))
  }
}

/// The program that `make install` puts on the PATH: it chooses the build for the processor.
@Suite struct LauncherTests {
  private let folder: TemporaryFolder
  private static let checkout = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// Builds the launcher; the programs are scripts that print their level.
  init() throws {
    folder = try TemporaryFolder()
    try FileManager.default.createDirectory(atPath: folder.path + "/bin", withIntermediateDirectories: true)
    let build = try WeftProcess.run(
      [
        "clang", "-O2", "-static", "-ISources/CProcessor/include", "Sources/Launcher/launcher.c",
        "Sources/CProcessor/processor.c", "-o", folder.path + "/bin/weft",
      ], folder: Self.checkout, program: URL(fileURLWithPath: "/usr/bin/env"))
    #expect(build.status == 0, "\(build.errors)")
  }

  private func add(_ level: String) throws {
    let place = folder.path + "/lib/weft/" + level
    try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
    _ = FileManager.default.createFile(
      atPath: place + "/weft", contents: Data("#!/bin/sh\necho \(level) \"$@\"\n".utf8),
      attributes: [.posixPermissions: 0o755])
  }

  private func run(on processor: String? = nil, level: String = "") throws -> WeftProcess {
    let weft = folder.path + "/bin/weft"
    return try WeftProcess.run(
      (processor.map { ["qemu-x86_64", "-cpu", $0] } ?? []) + [weft, "--version"], environment: ["WEFT_LEVEL": level],
      program: URL(fileURLWithPath: "/usr/bin/env"))
  }

  #if arch(x86_64)
    @Test func launcherChoosesTheProcessorLevel() throws {
      #expect(try run().errors.contains("install weft again"))
      try add("x86-64-v2")
      #expect(try run().output == "x86-64-v2 --version\n")
      try add("x86-64-v3")
      #expect(try run(level: "x86-64-v2").output == "x86-64-v2 --version\n")
      #expect(try run(level: "x86-64-v9").errors.contains("x86-64-v3, x86-64-v2"))
    }

    @Test(.enabled(if: access("/usr/bin/qemu-x86_64", X_OK) == 0, "qemu-user is not installed"))
    func launcherRunsTheSlowerBuildOrExplainsOnOlderProcessors() throws {
      try add("x86-64-v2")
      try add("x86-64-v3")
      #expect(try run(on: "Nehalem").output == "x86-64-v2 --version\n")
      #expect(try run(on: "max").output == "x86-64-v3 --version\n")
      let old = try run(on: "core2duo")
      #expect(old.status == 1 && old.output.isEmpty)
      #expect(old.errors.split(separator: "\n").count { $0.hasPrefix("weft: ") } == 1, "\(old.errors)")
      #expect(old.errors.contains("this processor is too old: weft needs x86-64-v2"))
    }

    /// `.build/release/weft` itself, after `make build-both`.
    @Test(.enabled(if: access("/usr/bin/qemu-x86_64", X_OK) == 0, "qemu-user is not installed"))
    func programOfACheckoutRunsTheSlowerBuildOnOlderProcessors() throws {
      let release = folder.path + "/triple/release"
      try FileManager.default.createDirectory(atPath: release, withIntermediateDirectories: true)
      let main = """
        #include <stdio.h>
        #include "realtime.h"
        const char weft_built_for[] = WEFT_BUILT_FOR "x86-64-v3";
        int main(void) { puts("x86-64-v3"); }
        """
      try Data(main.utf8).write(to: URL(fileURLWithPath: release + "/main.c"))
      let build = try WeftProcess.run(
        [
          "clang", "-static", "-ISources/CProcessor/include", "-ISources/CRealtime/include",
          "Sources/CProcessor/check.c", "Sources/CProcessor/processor.c", release + "/main.c", "-o", release + "/weft",
        ], folder: Self.checkout, program: URL(fileURLWithPath: "/usr/bin/env"))
      #expect(build.status == 0, "\(build.errors)")
      func run(on processor: String) throws -> WeftProcess {
        try WeftProcess.run("-cpu", processor, release + "/weft", program: URL(fileURLWithPath: "/usr/bin/qemu-x86_64"))
      }
      #expect(try run(on: "max").output == "x86-64-v3\n")
      #expect(try run(on: "Nehalem").errors.contains("make build-both"))
      let slower = folder.path + "/install/tree/lib/weft/x86-64-v2"
      try FileManager.default.createDirectory(atPath: slower, withIntermediateDirectories: true)
      _ = FileManager.default.createFile(
        atPath: slower + "/weft", contents: Data("#!/bin/sh\necho slower\n".utf8),
        attributes: [.posixPermissions: 0o755])
      #expect(try run(on: "Nehalem").output == "slower\n")
      #expect(try run(on: "core2duo").status == 1)
    }
  #endif
}
