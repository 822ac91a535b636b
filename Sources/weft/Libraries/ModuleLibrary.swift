import Glibc
import ModuleKit
import PatchKit

/// A shared library with modules, loaded for the lifetime of the process.
enum ModuleLibrary {
  static let ending = ".so"

  /// Loads the library and registers its modules.
  ///
  /// - Returns: the names of the added or replaced modules.
  /// - Throws: the reason for refusal; of a refused library only the fingerprint function has run.
  static func load(
    _ path: String, into registry: Registry, for toolkit: ModuleToolkit, replacing: Bool
  ) throws(PatchError) -> [String] {
    func refusal(_ reason: String) -> PatchError { PatchError(.unreadable, reason, at: Place(file: path)) }
    // dlopen searches a path without a slash in the system's library folders.
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

/// The folders of third-party modules, `TYPE.so` each; loaded when a patch names the type.
final class ModuleFolders {
  private let folders: [String]
  private let registry: Registry
  /// Lazy: its creation reads some files.
  private lazy var toolkit: Result<ModuleToolkit, PatchError> = {
    do throws(PatchError) { return .success(try ModuleToolkit.found()) } catch { return .failure(error) }
  }()

  /// The default module folder.
  static var usual: String { Console.folder("XDG_CONFIG_HOME", else: ".config") + "/modules" }

  /// The registry of the linked modules and, on demand, of those in the folders.
  ///
  /// - Throws: `.unreadable` for a missing folder.
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

  /// Loads the module of that name, if it exists; returns the reason if it is refused.
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
