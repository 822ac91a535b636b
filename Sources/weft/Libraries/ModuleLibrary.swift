import CommandParser
import CLoop
import Glibc
import ModuleKit
import PatchKit

/// A shared library with modules, loaded for the lifetime of the process.
///
/// It is machine code with all rights of the user: the checks here find damage and mistakes, not malice.
enum ModuleLibrary {
  static let ending = ".so"
  private static let startSymbol = "__start_weft_modules", stopSymbol = "__stop_weft_modules"
  nonisolated(unsafe) private static var loaded = 0

  /// Loads the library and registers its modules, after reading the file and loading it in a confined process.
  ///
  /// - Returns: the names of the added or replaced modules.
  /// - Throws: the reason for refusal; nothing of a refused library has run in this process.
  static func load(
    _ path: String, into registry: Registry, for toolkit: ModuleToolkit, replacing: Bool
  ) throws(PatchError) -> [String] {
    let file = try checked(path, for: toolkit)
    defer { close(file) }
    _ = try ConfinedTrial.run(file, path, laws: false)
    return try open(file, path, registry, replacing: replacing)
  }

  /// The library as a sealed file in memory, once it is known to be whole and built for this build: what happens to the
  /// file afterwards (it may be cut off while it is mapped, which ends a program) does not matter.
  ///
  /// - Throws: why it is refused; nothing of it has run.
  static func checked(_ path: String, for toolkit: ModuleToolkit) throws(PatchError) -> Int32 {
    func refusal(_ reason: String) -> PatchError { PatchError(.unreadable, reason, at: Place(file: path)) }
    let bytes = try TextFile.read(path), library = try SharedLibraryFile(bytes, path: path)
    guard let fingerprint = try library.number(inSection: ModuleToolkit.fingerprintSection) else {
      throw refusal("it is no module of weft: build it with weft module build")
    }
    guard fingerprint == toolkit.fingerprint else {
      throw refusal("it was built for another build of weft: build it again with weft module build")
    }
    guard try library.definedSymbols().isSuperset(of: [startSymbol, stopSymbol]) else {
      throw refusal("it registers no module")
    }
    let file = bytes.withUnsafeBytes { weft_sealed_file($0.baseAddress, $0.count) }
    guard file >= 0 else { throw refusal("it cannot be kept in memory: \(String(cString: strerror(errno)))") }
    return file
  }

  /// Loads a checked library into this process.
  static func open(
    _ file: Int32, _ path: String, _ registry: Registry, replacing: Bool
  ) throws(PatchError) -> [String] {
    // The loader gives back what it has loaded by the same name before, and descriptors are used again: the name counts,
    // in slashes and dots that mean nothing.
    loaded += 1
    let count = String(loaded, radix: 2).map { $0 == "1" ? "/." : "/" }.joined()
    return try register("/proc/self/fd\(count)/\(file)", registry, replacing: replacing, shownAs: path)
  }

  /// Loads a library by the loader's name and registers its modules.
  static func register(
    _ name: String, _ registry: Registry, replacing: Bool, shownAs path: String
  ) throws(PatchError) -> [String] {
    func refusal(_ reason: String) -> PatchError { PatchError(.unreadable, reason, at: Place(file: path)) }
    guard let handle = dlopen(name, RTLD_NOW | RTLD_LOCAL) else {
      let reason = String(cString: dlerror())
      let isStranger = reason.contains("undefined symbol")
      throw refusal(isStranger ? "it was built for another build of weft: \(reason)" : reason)
    }
    guard let first = dlsym(handle, startSymbol), let end = dlsym(handle, stopSymbol) else {
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
