import Glibc
import ModuleKit

// The sound files that a patch names: in full in memory, from the patch's folder on where it is written down.
extension Patch {
  /// The patch with the files that are found from `folder` named in full; what is not found stays as it was named: it
  /// may be a name of the sample folder.
  func withFiles(from folder: String?, in registry: Registry) -> Patch {
    mappingFiles(in: registry) { name in
      guard let folder, !name.hasPrefix("/") else { return name }
      let path = FilePath.absolute(name, in: folder)
      return Patch.isFile(path) ? path : name
    }
  }

  /// The patch as it is written to `folder`: moved together with its sounds, it finds them again.
  func withFiles(relativeTo folder: String?, in registry: Registry) -> Patch {
    mappingFiles(in: registry) { name in
      guard let folder, name.hasPrefix("/") else { return name }
      return FilePath.relative(name, to: FilePath.absolute(folder, in: nil))
    }
  }

  /// The names of all files that its nodes name, as they stand.
  public func fileNames(in registry: Registry) -> Set<String> {
    var names: Set<String> = []
    _ = mappingFiles(in: registry) { name in
      names.insert(name)
      return name
    }
    return names
  }

  private static func isFile(_ path: String) -> Bool {
    var info = stat()
    return stat(path, &info) == 0 && info.st_mode & S_IFMT == S_IFREG
  }

  private func mappingFiles(in registry: Registry, _ change: (String) -> String) -> Patch {
    var patch = self
    for (id, node) in nodes where !node.params.isEmpty {
      for spec in registry[node.type]?.inputs ?? [] {
        guard case .file(let builtIn, _) = spec.type, case .text(let name)? = node.params[spec.name], !name.isEmpty,
          !builtIn.contains(name)
        else { continue }
        patch.nodes[id]!.params[spec.name] = .text(change(name))
      }
    }
    return patch
  }
}
