import Glibc
import ModuleKit
import PatchKit
import TestSupport
import Testing

@Suite struct PatchFileDiskTests {
  let r = testRegistry

  func reason(_ work: () throws -> Void) -> String {
    do {
      try work()
      return ""
    } catch {
      return (error as? PatchError).map { "\($0.code.rawValue) | \($0)" } ?? "\(error)"
    }
  }

  func mode(_ path: String) -> mode_t {
    var info = stat()
    return stat(path, &info) == 0 ? info.st_mode & 0o7777 : 0
  }

  @Test func saveLoadSaveGivesTheSameFile() throws {
    let temporary = try TemporaryFolder()
    let folder = temporary.path
    let patch = try smallPatch()
    try PatchFile.write(patch, to: folder + "/a.weft", in: r)
    let again = try PatchFile.read(path: folder + "/a.weft", in: r)
    #expect(again == patch)
    try PatchFile.write(again, to: folder + "/b.weft", in: r)
    #expect(try TextFile.read(folder + "/a.weft") == TextFile.read(folder + "/b.weft"))
    #expect(temporary.names == ["a.weft", "b.weft"])
  }

  @Test func saveKeepsPermissionsAndLinks() throws {
    let temporary = try TemporaryFolder()
    let folder = temporary.path
    let file = folder + "/real.weft", link = folder + "/link.weft"
    try PatchFile.write(Patch(), to: file, in: r)
    #expect(chmod(file, 0o640) == 0 && symlink("real.weft", link) == 0)
    try PatchFile.write(try smallPatch(), to: link, in: r)
    #expect(mode(file) == 0o640)
    #expect(try PatchFile.read(path: file, in: r) == smallPatch())
    var target = [CChar](repeating: 0, count: 64)
    #expect(readlink(link, &target, 63) == 9)
    #expect(temporary.names == ["link.weft", "real.weft"])
  }

  @Test func unwritablePathsAreErrors() throws {
    let temporary = try TemporaryFolder()
    let folder = temporary.path
    try PatchFile.write(Patch(), to: folder + "/file", in: r)
    let inFile = folder + "/file/x.weft"
    #expect(
      reason { try PatchFile.write(Patch(), to: inFile, in: r) }
        == "unwritable | \(inFile): error: it cannot be written: Not a directory")
    #expect(
      reason { try PatchFile.write(Patch(), to: folder + "/none/x.weft", in: r) }
        == "unwritable | \(folder)/none/x.weft: error: it cannot be written: No such file or directory")
    #expect(
      reason { try PatchFile.write(Patch(), to: folder, in: r) }
        == "unwritable | \(folder): error: it cannot be written: it is a directory")
    #expect(reason { try PatchFile.write(Patch(), to: "/dev/null", in: r) }.hasPrefix("unwritable"))
    #expect(reason { try PatchFile.write(Patch(), to: "", in: r) }.hasPrefix("unwritable"))
    #expect(temporary.names == ["file"])
  }

  @Test func unreadableFilesAreErrors() throws {
    let temporary = try TemporaryFolder()
    let folder = temporary.path
    func read(_ path: String) -> String { reason { _ = try PatchFile.read(path: path, in: r) } }
    #expect(read(folder) == "\(folder): error: it cannot be read: it is a directory")
    #expect(read(folder + "/x") == "\(folder)/x: error: it cannot be read: No such file or directory")
    #expect(read("").contains("its name has characters that are not allowed"))
    #expect(temporary.names.isEmpty)
  }
}
