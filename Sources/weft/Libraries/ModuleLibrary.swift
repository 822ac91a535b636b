import Glibc
import ModuleKit
import PatchKit

/// A shared library with a module: loaded into this process for its life.
enum ModuleLibrary {
  static let ending = ".so"

  /// Loads it and registers what it holds.
  ///
  /// - Returns: the names of the modules that it added, or put in the place of older ones.
  /// - Throws: why it is refused; nothing of it has run then but the telling of its fingerprint.
  static func load(
    _ path: String, into registry: Registry, for toolkit: ModuleToolkit, replacing: Bool
  ) throws(PatchError) -> [String] {
    func refusal(_ reason: String) -> PatchError { PatchError(.unreadable, reason, at: Place(file: path)) }
    // A path without a slash would be looked for among the system's libraries.
    guard let handle = dlopen(path.contains("/") ? path : "./" + path, RTLD_NOW | RTLD_LOCAL) else {
      let reason = String(cString: dlerror())
      let isStranger = reason.contains("undefined symbol")
      throw refusal(isStranger ? "it was built for another build of weft: \(reason)" : reason)
    }
    typealias Fingerprint = @convention(c) () -> UInt64
    guard let fingerprint = dlsym(handle, ModuleToolkit.fingerprintSymbol) else {
      throw refusal("it is no module of weft: build it with weft module build")
    }
    guard unsafeBitCast(fingerprint, to: Fingerprint.self)() == toolkit.fingerprint else {
      throw refusal("it was built for another build of weft: build it again with weft module build")
    }
    guard let first = dlsym(handle, "__start_weft_modules"), let end = dlsym(handle, "__stop_weft_modules") else {
      throw refusal("it registers no module")
    }
    let count = (end - first) / MemoryLayout<ModuleRegistration>.stride
    let entries = UnsafeBufferPointer(start: first.assumingMemoryBound(to: ModuleRegistration?.self), count: count)
    let refused = registry.refusals.count
    let names = registry.register(entries, replacing: replacing)
    if names.isEmpty { throw refusal(registry.refusals.dropFirst(refused).first ?? "it registers no module") }
    return names
  }
}

/// The folders in which modules of others lie, each as `TYPE.so`; loaded when a patch names the type.
final class ModuleFolders {
  private let folders: [String]
  private let registry: Registry
  /// Made when it is first needed: it costs a look at some files.
  private lazy var toolkit: Result<ModuleToolkit, PatchError> = {
    do throws(PatchError) { return .success(try ModuleToolkit.found()) } catch { return .failure(error) }
  }()

  /// Where modules lie that are always found.
  static var usual: String { Console.folder("XDG_CONFIG_HOME", else: ".config") + "/modules" }

  /// The modules of this program, and of the folders those that are named.
  ///
  /// - Throws: `.unreadable` for a folder that is not there.
  static func registry(_ arguments: Arguments) throws(PatchError) -> Registry {
    let registry = Registry.linked()
    var folders: [String] = []
    if let wanted = arguments.text("modules") {
      guard access(wanted, R_OK | X_OK) == 0 else {
        throw PatchError(.unreadable, "it cannot be read: \(String(cString: strerror(errno)))", at: Place(file: wanted))
      }
      folders.append(wanted)
    }
    if access(usual, R_OK | X_OK) == 0 { folders.append(usual) }
    guard !folders.isEmpty else { return registry }
    let finder = ModuleFolders(folders, registry)
    registry.finder = Registry.Finder(
      names: { finder.names }, load: { finder.load($0) })
    return registry
  }

  private init(_ folders: [String], _ registry: Registry) {
    self.folders = folders
    self.registry = registry
  }

  var names: [String] {
    folders.flatMap { folder in
      (Folder.names(in: folder) ?? []).filter { $0.hasSuffix(ModuleLibrary.ending) }.map {
        String($0.dropLast(ModuleLibrary.ending.count))
      }
    }.filter { Name.isLegal($0) }
  }

  /// Loads the module of that name, where there is one; the reason where it is refused.
  private func load(_ name: String) -> String? {
    guard Name.isLegal(name) else { return nil }
    for folder in folders {
      let path = folder + "/" + name + ModuleLibrary.ending
      guard access(path, F_OK) == 0 else { continue }
      do throws(PatchError) {
        let names = try ModuleLibrary.load(path, into: registry, for: try toolkit.get(), replacing: false)
        return names.contains(name) ? nil : "\(path) holds \(names.joined(separator: ", ")), not \(name)"
      } catch { return error.description }
    }
    return nil
  }
}
