import CommandParser
import Control
import Glibc
import ModuleKit
import PatchKit

/// `weft play --dev DIR`: builds a module's Swift file when it is saved, and replaces its code.
final class ModuleDevelopment {
  private let registry: Registry
  private let loop: ControlLoop
  private let toolkit: ModuleToolkit
  private let folders: [String]
  private var watch: FolderWatch?
  private var building: (build: ModuleBuild, began: UInt64)?
  private var waiting: [String] = []
  /// Called with the modules that have new code.
  var whenLoaded: ([String]) -> Void = { _ in }
  /// Called with an error of the compiler or the loader.
  var whenRefused: (PatchError) -> Void = { _ in }

  private static let ending = ".swift"

  /// - Throws: `.unreadable` if the folder or the module interfaces are missing.
  init(_ folder: String, _ registry: Registry, loop: ControlLoop) throws(PatchError) {
    self.registry = registry
    self.loop = loop
    toolkit = try ModuleToolkit.found()
    let folder = folder.count > 1 && folder.hasSuffix("/") ? String(folder.dropLast()) : folder
    guard access(folder, R_OK | X_OK) == 0 else {
      throw PatchError(.unreadable, "it cannot be read: \(String(cString: strerror(errno)))", at: Place(file: folder))
    }
    folders = ModuleDevelopment.folders(under: folder)
    watch = try FolderWatch(folders, loop: loop) { [unowned self] path in
      if path.hasSuffix(ModuleDevelopment.ending) { build(path) }
    }
  }

  /// Builds the files of missing modules, one after the other, before it returns.
  func buildMissing() {
    for folder in folders {
      for name in (Folder.names(in: folder) ?? []).sorted() where name.hasSuffix(ModuleDevelopment.ending) {
        let path = folder + "/" + name
        guard let type = ModuleDevelopment.type(in: path), registry[type] == nil else { continue }
        do throws(PatchError) {
          let build = try ModuleBuild(path, with: toolkit)
          if finish(build, since: ControlLoop.now) == nil { continue }
        } catch { whenRefused(error) }
      }
    }
  }

  /// Builds a file while playing; files saved meanwhile wait.
  private func build(_ path: String) {
    guard building == nil else {
      if !waiting.contains(path) { waiting.append(path) }
      return
    }
    // Ignore a file without a registration: it is not a module.
    guard ModuleDevelopment.type(in: path) != nil else { return }
    do throws(PatchError) {
      let build = try ModuleBuild(path, with: toolkit)
      building = (build, ControlLoop.now)
      loop.add(build.file, for: .read) { [unowned self] _ in
        guard build.readOutput() else { return }
        loop.remove(build.file)
        let began = building?.began ?? ControlLoop.now
        building = nil
        // Saved again meanwhile: the result is out of date.
        if waiting.contains(path) {
          _ = build.succeeded()
        } else if let names = finish(build, since: began) {
          whenLoaded(names)
        }
        if !waiting.isEmpty { self.build(waiting.removeFirst()) }
      }
    } catch { whenRefused(error) }
  }

  /// Loads a built library; nil if there is none.
  private func finish(_ build: ModuleBuild, since began: UInt64) -> [String]? {
    do throws(PatchError) {
      guard build.succeeded() else {
        throw PatchError(.syntax, build.text, at: Place(file: build.source))
      }
      let names = try ModuleLibrary.load(build.output, into: registry, for: toolkit, replacing: true)
      let seconds = Double(ControlLoop.now - began) / 1e9
      Console.say("\(build.source): \(listed(names, "and")) built in \((seconds * 10).rounded() / 10) s")
      return names
    } catch {
      whenRefused(error)
      return nil
    }
  }

  /// The name in the file's `ModuleAbout`, needed before it is built.
  private static func type(in path: String) -> String? {
    guard let bytes = try? TextFile.read(path) else { return nil }
    let text = String(decoding: bytes, as: UTF8.self)
    guard text.contains("ModuleRegistration") else { return nil }
    var rest = text[...]
    while let start = rest.range(of: "ModuleAbout(") {
      rest = rest[start...]
      let words = rest.split(separator: "\"", maxSplits: 2, omittingEmptySubsequences: false)
      if words.count > 1, Name.isLegal(words[1]) { return String(words[1]) }
    }
    return nil
  }

  private static func folders(under folder: String) -> [String] {
    var folders = [folder]
    for name in (Folder.names(in: folder) ?? []) where !name.hasPrefix(".") {
      var info = stat()
      let path = folder + "/" + name
      if lstat(path, &info) == 0, info.st_mode & S_IFMT == S_IFDIR { folders += self.folders(under: path) }
    }
    return folders
  }
}

extension Substring {
  /// The index after the first occurrence of `text`.
  fileprivate func range(of text: String) -> Index? {
    var at = startIndex
    while at < endIndex {
      if self[at...].hasPrefix(text) { return index(at, offsetBy: text.count) }
      at = index(after: at)
    }
    return nil
  }
}
