import Foundation
import SoundFiles
import TestSupport
import Testing

/// Outputs of commands: devices, pipes and links are written to or refused, never replaced by a file.
@Suite struct HostsTestsOfOutputs {
  private let files: ExampleFiles
  init() throws { files = try ExampleFiles() }

  private func kind(_ name: String) -> mode_t {
    var info = stat()
    return lstat(files[name], &info) == 0 ? info.st_mode & S_IFMT : 0
  }
  private func render(_ name: String, _ words: String...) throws -> WeftProcess {
    try WeftProcess.run(["render", "-q", files.sine, "-o", files[name], "--seconds", "0.2"] + words)
  }

  @Test func renderFollowsALinkAndKeepsIt() throws {
    try FileManager.default.createDirectory(atPath: files["far"], withIntermediateDirectories: true)
    for target in ["far/old.wav", "far/older.wav"] { try files.write("old", to: target) }
    #expect(symlink("far/old.wav", files["link.wav"]) == 0)
    #expect(try render("link.wav").status == 0)
    #expect(kind("link.wav") == S_IFLNK)
    #expect(try Sound(path: files["far/old.wav"]).frames == 9_600)
    // A link that leads nowhere names no file of anybody's.
    #expect(symlink("far/none/new.wav", files["broken.wav"]) == 0)
    let broken = try render("broken.wav")
    #expect(broken.status == 1 && broken.errors.contains("leads nowhere"), "\(broken.errors)")
    #expect(kind("broken.wav") == S_IFLNK)
    let folder = try render("far", "--format", "wav")
    #expect(folder.status == 1 && folder.errors.contains("directory"), "\(folder.errors)")
  }

  @Test(arguments: ["flac", "wav"]) func renderWritesIntoAPipeAndKeepsIt(format: String) throws {
    #expect(mkfifo(files["pipe"], 0o600) == 0)
    let words =
      "cat \(files["pipe"]) > \(files["copy"]) & "
      + "\(WeftProcess.program.path) render -q \(files.sine) -o \(files["pipe"]) --format \(format) --seconds 0.2; "
      + "status=$?; wait; exit $status"
    let run = try WeftProcess.run("-c", words, program: URL(fileURLWithPath: "/bin/sh"))
    #expect(kind("pipe") == S_IFIFO)
    if run.status == 0 { #expect(try files.read("copy").count > 4_000) }
    #expect(run.status == 0 || format == "wav" && run.errors.contains("flac and ogg go"), "\(run.errors)")
  }

  @Test(.enabled(if: geteuid() == 0, "only root makes a device")) func renderWritesToADeviceAndKeepsIt() throws {
    // The null device: major 1, minor 3.
    guard mknod(files["null"], S_IFCHR | 0o600, dev_t(0x103)) == 0 else { return }
    #expect(try render("null", "--format", "wav").status == 0)
    #expect(kind("null") == S_IFCHR)
  }

  @Test func aRecordingOfARunningProgramRefusesPipesAndDevices() throws {
    let weft = try PlayingWeft(files.sine, root: nil)
    #expect(mkfifo(files["take.wav"], 0o600) == 0)
    let reply = try weft.send("/record/start", "take.wav")
    #expect(reply.status == 1 && reply.output.contains("plain file"), "\(reply.output)")
    #expect(kind("take.wav") == S_IFIFO)
    #expect(weft.end(SIGTERM).status == 0)
  }
}
