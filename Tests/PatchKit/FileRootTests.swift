import Glibc
import PatchKit
import TestSupport
import Testing

/// No name leads out of the root.
@Suite struct FileRootTests {
  private let folder: TemporaryFolder
  private let root: FileRoot

  /// `root/` with a file, a folder and links, beside `secret`.
  init() throws {
    folder = try TemporaryFolder()
    let path = folder.path
    mkdir(path + "/root", 0o700)
    mkdir(path + "/root/sub", 0o700)
    for name in ["/secret", "/root/a.json", "/root/sub/b.json"] { close(creat(path + name, 0o600)) }
    symlink("../secret", path + "/root/out.json")
    symlink("..", path + "/root/up")
    symlink("a.json", path + "/root/in.json")
    symlink("../nowhere", path + "/root/dangling.json")
    symlink("root", path + "/alias")
    mkfifo(path + "/root/pipe", 0o600)
    root = try FileRoot(path + "/root")
  }

  private func code(_ body: () throws -> String) -> ErrorCode? {
    do {
      _ = try body()
      return nil
    } catch { return (error as? PatchError)?.code }
  }

  @Test(arguments: [
    "../secret", "sub/../../secret", "out.json", "up/secret", "/etc/passwd", "/", "..", "up/root/../secret",
    "../root2/a.json", "sub/../../../../../../../../etc/passwd", "up/root/out.json", "../no/such/thing",
  ]) func pathsOutsideTheRootAreRefused(name: String) {
    #expect(code { try root.reading(name) } == .outsideRoot)
    #expect(code { try root.writing(name) } == .outsideRoot)
  }

  @Test func pathsInsideTheRootAreResolved() throws {
    let real = root.folder
    for name in ["a.json", "./a.json", "sub/../a.json", "in.json", real + "/a.json", folder.path + "/root/a.json"] {
      #expect(try root.reading(name) == real + "/a.json", "\(name)")
      #expect(try root.writing(name) == real + "/a.json", "\(name)")
    }
    #expect(try root.writing("sub/new.wav") == real + "/sub/new.wav")
    #expect(try FileRoot(folder.path + "/alias").reading(folder.path + "/alias/a.json") == real + "/a.json")
    #expect(try FileRoot("/").reading(real + "/a.json") == real + "/a.json")
  }

  @Test func onlyPlainFilesAreOpened() {
    for name in ["sub", "pipe", "missing.json", "", "a\0b", String(repeating: "x", count: 5_000)] {
      #expect(code { try root.reading(name) } == .unreadable, "\(name)")
    }
    for name in ["sub", "pipe", "no/such.json", "", "a\0b", "sub/"] {
      #expect(code { try root.writing(name) } == .unwritable, "\(name)")
    }
    #expect(code { try root.writing("dangling.json") } == .outsideRoot)
    #expect(code { try FileRoot(folder.path + "/secret").folder } == .unreadable)
  }
}
