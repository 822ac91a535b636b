import Glibc
import ModuleKit
import PatchKit
import Synchronization
import TestSupport
import Testing

/// Files below a root while another thread exchanges folders and files for links that lead out.
@Suite(.serialized) struct FileConfinementTests {
  private let folder: TemporaryFolder
  private let root: FileRoot
  private let registry = Registry()

  /// `root/sub/a.json` is the patch "inside", `outside/a.json` the patch "outside".
  init() throws {
    folder = try TemporaryFolder()
    for name in ["/root", "/root/sub", "/outside"] { mkdir(folder.path + name, 0o700) }
    root = try FileRoot(folder.path + "/root")
    for (place, name) in [("/root/sub", "inside"), ("/outside", "outside")] {
      var patch = Patch()
      patch.name = name
      try PatchFile.write(patch, to: folder.path + place + "/a.json", in: registry)
    }
  }

  fileprivate final class Swapper: @unchecked Sendable {
    let isDone = Atomic<Bool>(false)
    let target: String, link: String
    var thread = pthread_t()

    /// Exchanges `target` for a link to `link`, and back, until it ends.
    init(_ target: String, _ link: String) {
      (self.target, self.link) = (target, link)
      let context = Unmanaged.passRetained(self).toOpaque()
      pthread_create(&thread, nil, swapperThread, context)
    }
    func run() {
      while !isDone.load(ordering: .relaxed) {
        rename(target, target + ".kept")
        symlink(link, target)
        unlink(target)
        rename(target + ".kept", target)
      }
    }
    func stop() {
      isDone.store(true, ordering: .relaxed)
      pthread_join(thread, nil)
    }
  }

  @Test(arguments: ["/root/sub", "/root/sub/a.json"]) func swappedLinksAreNotFollowedWhenReading(swapped: String) {
    let swapper = Swapper(
      folder.path + swapped, folder.path + (swapped.hasSuffix("json") ? "/outside/a.json" : "/outside"))
    var names: [String: Int] = [:]
    for _ in 0..<5_000 {
      guard let path = try? root.reading("sub/a.json") else { continue }
      if let patch = try? PatchFile.read(path: path, in: registry) { names[patch.name, default: 0] += 1 }
    }
    swapper.stop()
    #expect(names["outside"] == nil, "\(names)")
    #expect(names["inside"] ?? 0 > 0, "\(names)")
  }

  @Test func swappedLinksAreNotFollowedWhenWriting() {
    let swapper = Swapper(folder.path + "/root/sub", folder.path + "/outside")
    var written = 0
    for i in 0..<2_000 {
      guard let path = try? root.writing("sub/new\(i).json") else { continue }
      if (try? PatchFile.write(Patch(), to: path, in: registry, isDurable: false)) != nil { written += 1 }
    }
    swapper.stop()
    let names = Folder.names(in: folder.path + "/outside") ?? []
    #expect(names == ["a.json"], "\(names)")
    #expect(written > 0)
  }

  @Test func linksInsideTheRootAreResolved() throws {
    symlink("sub/a.json", folder.path + "/root/link.json")
    #expect(try PatchFile.read(path: root.reading("link.json"), in: registry).name == "inside")
    // A path that the user has named may contain links.
    #expect(try PatchFile.read(path: root.folder + "/link.json", in: registry).name == "inside")
  }
}

private func swapperThread(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  Unmanaged<FileConfinementTests.Swapper>.fromOpaque(context!).takeRetainedValue().run()
  return nil
}
