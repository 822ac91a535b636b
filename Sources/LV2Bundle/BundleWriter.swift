import Glibc
import ModuleKit
import PatchKit

/// Writes a bundle: a folder with the library, the patch, its sounds and the descriptions for hosts.
package struct BundleWriter {
  package static let ending = ".lv2"
  private let registry: Registry
  /// The prebuilt library that plays any bundle.
  private let library: String
  /// The build of it for processors with AVX2, if `library` is that for all; its folder in the bundle.
  private let faster: String?
  private static let fasterFolder = "x86-64-v3"

  package init(registry: Registry, library: String, faster: String? = nil) {
    (self.registry, self.library, self.faster) = (registry, library, faster)
  }

  /// Writes the bundle as a whole: a failure leaves what was there.
  ///
  /// - Parameters:
  ///   - path: the folder `NAME.lv2`; one that holds another bundle of weft is replaced, and its ports keep their places.
  ///   - uri: of the plug-in; nil: by the name of the folder.
  ///   - isGeneric: whether it is the generic plug-in, which begins with the patch, and has the same ports with any.
  ///   - parts: the files that a sound file names, relative to its folder.
  /// - Returns: the ports.
  package func write(
    _ patch: Patch, to path: String, uri: String? = nil, isGeneric: Bool = false,
    parts: (String) throws(PatchError) -> [String] = { _ in [] }
  ) throws(PatchError) -> PluginPorts {
    let target = FilePath.absolute(path, in: nil), stem = String(FilePath.name(of: target).dropLast(4))
    var isReplaced = false, before: PluginIdentity?
    var info = stat()
    if lstat(target, &info) == 0 {
      guard access(target + "/" + PluginIdentity.file, F_OK) == 0 else {
        throw PatchError(.duplicate, "it exists, and is no bundle of weft", at: Place(file: path))
      }
      isReplaced = true
      before = try? PluginIdentity(bundle: target)
    }
    // The generic plug-in compiles a patch beside the sound.
    if !isGeneric { try checkMacros(of: patch) }
    let kept = isGeneric ? [] : before?.macros ?? []
    let ports = isGeneric ? PluginPorts(generic: patch) : PluginPorts(of: patch, in: registry, keeping: kept)
    let macros = zip(ports.controls, kept.map(Optional.some) + Array(repeating: nil, count: 256)).map {
      $0.macro ?? $1 ?? $0.name
    }
    let identity = PluginIdentity(
      uri: try uri.map(BundleWriter.checked) ?? "urn:weft:" + Turtle.uriPart(stem.lowercased()),
      macros: isGeneric ? [] : macros, isGeneric: isGeneric)

    let folder = FilePath.folder(of: target), work = "\(folder)/.weft-\(getpid())-\(UInt32.random(in: 0 ... .max))"
    try BundleWriter.makeFolder(work)
    do throws(PatchError) {
      try write(patch, identity, ports, stem, in: work, parts)
    } catch {
      BundleWriter.remove(work)
      throw error
    }
    let old = work + "-old"
    if isReplaced, rename(target, old) != 0 { throw BundleWriter.failure(path) }
    guard rename(work, target) == 0 else {
      let error = BundleWriter.failure(path)
      if isReplaced { rename(old, target) }
      BundleWriter.remove(work)
      throw error
    }
    if isReplaced { BundleWriter.remove(old) }
    return ports
  }

  private func write(
    _ patch: Patch, _ identity: PluginIdentity, _ ports: PluginPorts, _ stem: String, in folder: String,
    _ parts: (String) throws(PatchError) -> [String]
  ) throws(PatchError) {
    var own = try copySounds(of: patch, to: folder, parts)
    // A preset of the generic plug-in is a patch.
    if identity.isGeneric { own.snapshots = [:] }
    let text = PluginText(
      identity: identity, ports: ports, patch: own,
      name: identity.isGeneric ? "Weft" : patch.name.isEmpty ? stem : patch.name,
      isInstrument: identity.isGeneric || patch.takesNotes(in: registry))
    try BundleWriter.copy(library, to: folder + "/" + PluginIdentity.library)
    if let faster {
      let place = folder + "/" + BundleWriter.fasterFolder
      try BundleWriter.makeFolder(place)
      try BundleWriter.copy(faster, to: place + "/" + PluginIdentity.library)
    }
    try PatchFile.write(own, to: folder + "/" + PluginIdentity.patchFile, in: registry, isDurable: false)
    var files = [
      PluginIdentity.file: identity.text, "manifest.ttl": text.manifest, PluginText.descriptionFile: text.description,
    ]
    if !own.snapshots.isEmpty { files[PluginText.presetFile] = text.presets }
    for (name, text) in files.sorted(by: { $0.key < $1.key }) {
      try TextFile.write(Array(text.utf8), to: folder + "/" + name, isDurable: false)
    }
  }

  /// A macro sets parameters while the host renders: nothing that compiles the patch.
  private func checkMacros(of patch: Patch) throws(PatchError) {
    for macro in patch.macros {
      for target in macro.targets {
        guard let spec = PluginControl.spec(target, patch, registry), spec.decidesWidth || spec.decidesLatency else {
          continue
        }
        throw PatchError(
          .notPatchable, "the macro \(macro.name) drives a setting that compiles the patch; a plug-in does not do that",
          at: Place(path: target.param.description))
      }
    }
  }

  // MARK: Sounds

  /// Copies the files that the patch names, and returns the patch with their new names.
  private func copySounds(
    of patch: Patch, to folder: String, _ parts: (String) throws(PatchError) -> [String]
  ) throws(PatchError) -> Patch {
    var places: [String: String] = [:]
    func place(_ path: String) throws(PatchError) -> String {
      if let place = places[path] { return place }
      if places.isEmpty { try BundleWriter.makeFolder(folder + "/sounds") }
      // A folder each: two files of one name do not meet, and what a file names stays beside it.
      let own = "\(folder)/sounds/\(places.count + 1)"
      try BundleWriter.makeFolder(own)
      let copy = own + "/" + FilePath.name(of: path)
      try BundleWriter.copy(path, to: copy)
      for part in try parts(path) {
        let source = FilePath.absolute(part, in: FilePath.folder(of: path))
        let target = FilePath.absolute(part, in: own)
        guard target.hasPrefix(own + "/") else {
          throw PatchError(.outsideRoot, "it names \(part), which is not in its folder", at: Place(file: path))
        }
        try BundleWriter.makeFolders(of: target, below: own)
        try BundleWriter.copy(source, to: target)
      }
      places[path] = copy
      return copy
    }
    for name in patch.fileNames(in: registry).sorted() { _ = try place(name) }
    var own = patch.replacingFiles(in: registry) { places[$0] ?? $0 }
    for (name, snapshot) in own.snapshots {
      var copy = Patch()
      copy.nodes = snapshot.nodes
      for file in copy.fileNames(in: registry).sorted() { _ = try place(file) }
      own.snapshots[name]!.nodes = copy.replacingFiles(in: registry) { places[$0] ?? $0 }.nodes
    }
    if let scale = own.tuning?.scale { own.tuning!.scale = try place(scale) }
    if let keyboard = own.tuning?.keyboard { own.tuning!.keyboard = try place(keyboard) }
    return own
  }

  // MARK: Files

  private static func checked(_ uri: String) throws(PatchError) -> String {
    let refused = "<>\"{}|^`\\".utf8
    let isLegal = uri.contains(":") && uri.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && !refused.contains($0) }
    guard isLegal else { throw PatchError(.badName, "\(uri) is not a URI, such as urn:you:name") }
    return uri
  }

  private static func failure(_ path: String) -> PatchError {
    PatchError(.unwritable, "it cannot be written: \(String(cString: strerror(errno)))", at: Place(file: path))
  }

  private static func makeFolder(_ path: String) throws(PatchError) {
    if mkdir(path, 0o777) != 0 && errno != EEXIST { throw failure(path) }
  }

  /// The folders between `folder` and a file below it.
  private static func makeFolders(of path: String, below folder: String) throws(PatchError) {
    var made = folder
    for part in path.dropFirst(folder.count + 1).split(separator: "/").dropLast() {
      made += "/" + part
      try makeFolder(made)
    }
  }

  private static func copy(_ path: String, to target: String) throws(PatchError) {
    let (file, _) = try TextFile.open(path)
    defer { close(file) }
    var info = stat()
    fstat(file, &info)
    let mode = 0o644 | info.st_mode & 0o111
    let copy = open(target, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
    guard copy >= 0 else { throw failure(target) }
    defer { close(copy) }
    var left = Int(info.st_size)
    while left > 0 {
      let count = sendfile(copy, file, nil, left)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw failure(target) }
      left -= count
    }
  }

  /// Removes a folder that this program has made.
  private static func remove(_ path: String) {
    for name in Folder.names(in: path) ?? [] where name != "." && name != ".." {
      let item = path + "/" + name
      if unlink(item) != 0 { remove(item) }
    }
    rmdir(path)
  }
}
