import Glibc
import ModuleKit

// The sound files of a patch: absolute paths in memory, relative to the patch's folder on disk.
extension Patch {
  /// The patch with absolute paths for the files that exist relative to `folder`. Other names are unchanged: they
  /// may be in the sample folder.
  func withFiles(from folder: String?, in registry: Registry) -> Patch {
    replacingFiles(in: registry) { name in
      guard let folder, !name.hasPrefix("/") else { return name }
      let path = FilePath.absolute(name, in: folder)
      return Patch.isFile(path) ? path : name
    }
  }

  /// The patch with paths relative to `folder`, so that it can be moved together with its sounds.
  func withFiles(relativeTo folder: String?, in registry: Registry) -> Patch {
    replacingFiles(in: registry) { name in
      guard let folder, name.hasPrefix("/") else { return name }
      return FilePath.relative(name, to: FilePath.absolute(folder, in: nil))
    }
  }

  /// The file names in its nodes, unchanged.
  public func fileNames(in registry: Registry) -> Set<String> {
    var names: Set<String> = []
    _ = replacingFiles(in: registry) { name in
      names.insert(name)
      return name
    }
    return names
  }

  private static func isFile(_ path: String) -> Bool {
    var info = stat()
    return stat(path, &info) == 0 && info.st_mode & S_IFMT == S_IFREG
  }

  /// The patch with other names for the sound files of its nodes.
  package func replacingFiles(in registry: Registry, _ change: (String) -> String) -> Patch {
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
