import Control
import Glibc
import PatchKit

/// One compiler run on one module's Swift file, in a child process.
final class ModuleBuild {
  let source: String
  let output: String
  private let folder: String
  private let process: ChildProcess
  /// The compiler's output.
  var file: Int32 { process.file }
  private(set) var text = ""

  nonisolated(unsafe) private static var count = 0

  /// - Parameter output: the library; nil: a file in a temporary folder.
  /// - Throws: `.unreadable`, `.unwritable` or `.busy` if the compiler cannot be started.
  init(_ source: String, with toolkit: ModuleToolkit) throws(PatchError) {
    guard access(source, R_OK) == 0 else {
      throw PatchError(.unreadable, "it cannot be read: \(String(cString: strerror(errno)))", at: Place(file: source))
    }
    self.source = source
    let place = Console.variable("TMPDIR") ?? "/tmp"
    var template = Array((place + "/weft-module-XXXXXX").utf8CString)
    guard mkdtemp(&template) != nil else {
      throw PatchError(.unwritable, "no folder for the build can be made in \(place)")
    }
    folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    output = folder + "/module.so"
    let mark = folder + "/fingerprint.swift"
    ModuleBuild.count += 1
    let name = "WeftModule_\(getpid())_\(ModuleBuild.count)"
    let words = toolkit.command(source: source, mark: mark, name: name, output: output)
    do throws(PatchError) {
      try TextFile.write(Array(toolkit.mark.utf8), to: mark)
      process = try ChildProcess(words)
    } catch {
      ModuleBuild.remove(folder)
      var error = error
      error.message +=
        "; modules are built by Swift \(toolkit.swiftVersion): "
        + "install it from https://www.swift.org/install/linux and put it into the path, or name its swiftc in WEFT_SWIFTC"
      throw error
    }
  }

  /// Removes the compiler's output; a loaded library stays mapped.
  deinit {
    ModuleBuild.remove(folder)
  }

  private static func remove(_ folder: String) {
    for name in ["module.so", "fingerprint.swift"] { unlink(folder + "/" + name) }
    rmdir(folder)
  }

  /// Reads the compiler's output; true when the compiler has ended.
  func readOutput() -> Bool {
    let bytes = process.read()
    text += String(decoding: bytes, as: UTF8.self)
    return bytes.isEmpty
  }

  /// Waits for the end; returns true if the library was built.
  func succeeded() -> Bool {
    while !readOutput() {}
    return process.wait() == 0
  }
}
