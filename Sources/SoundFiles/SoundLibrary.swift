import Glibc
import ModuleKit
import PatchKit

/// The sound files of patches: read once for all nodes that name them, off the audio thread, and kept while one does.
/// Belongs to the control thread.
public final class SoundLibrary {
  /// Channels of a file that modules can play; the others are dropped.
  public static let channels = 2

  /// The folder of names that are not paths; nil: none.
  private let folder: String?
  /// The folder of all other files; nil: any.
  private let root: FileRoot?
  /// Files that may be read anywhere: those of a patch that the user has named, not of a command.
  public var trusted: Set<String> = []
  /// By path, rate and file state: a file that was written again is another one.
  private var known: [Key: Weak] = [:]
  /// Sounds read in advance, or the errors; kept until `release`.
  private var ready: [Key: Result<SoundBuffer, PatchError>] = [:]
  /// True if a sound in use stays valid although its file has changed.
  public var keepsOld = false

  struct Key: Hashable, Sendable {
    var path: String
    var rate: Double?
    var seconds: Int, nanoseconds: Int, bytes: Int
    /// True if the files that it names, of an SFZ file, must be in its folder.
    var isConfined = true
  }
  private struct Weak {
    weak var buffer: SoundBuffer?
  }

  /// - Parameters:
  ///   - samples: a folder of sounds that can be named relative to it.
  ///   - root: the folder of all other files.
  /// - Throws: `.unreadable` where there is no such folder.
  public init(samples: String? = nil, root: FileRoot? = nil) throws(PatchError) {
    self.root = root
    guard let samples else {
      folder = nil
      return
    }
    guard let real = realpath(samples, nil), SoundLibrary.kind(String(cString: real)) == S_IFDIR else {
      throw PatchError(.unreadable, "there is no folder \(samples)", at: Place(file: samples))
    }
    defer { free(real) }
    folder = String(cString: real)
  }

  /// Resolves a name: a path, or a sound of the folder, with or without its extension.
  ///
  /// - Throws: `.unreadable` with the name where there is no such file, with the nearest names of the folder.
  private func path(of name: String) throws(PatchError) -> String {
    if let folder, !name.hasPrefix("/") {
      if names.contains(name) { return folder + "/" + name }
      if let found = names.first(where: { SoundLibrary.stem($0) == name }) { return folder + "/" + found }
      if isFolder(name) { return folder + "/" + name }
    }
    if let root, !trusted.contains(name) {
      do throws(PatchError) {
        return try root.reading(name, orFolder: true)
      } catch {
        if error.code != .unreadable { throw error }
      }
    } else if let kind = SoundLibrary.kind(name), kind == S_IFREG || kind == S_IFDIR {
      return name
    }
    throw PatchError(
      .unreadable, "cannot read \(name): there is no such file", at: Place(file: name),
      suggestions: Nearest.names(to: name, among: names + names.map(SoundLibrary.stem)))
  }

  /// Refuses a name without a file.
  ///
  /// - Throws: `.unreadable` with the nearest names of the folder, `.outsideRoot`.
  public func check(_ name: String) throws(PatchError) { _ = try path(of: name) }

  /// The sound of that name, resampled to a rate, or unchanged.
  public func load(_ name: String, rate: Double?) throws(PatchError) -> SoundBuffer {
    let key = try key(of: name, rate)
    if let buffer = known[key]?.buffer { return buffer }
    if keepsOld, let old = known.first(where: { $0.key.path == key.path && $0.key.rate == rate })?.value.buffer {
      return old
    }
    let buffer = if let result = ready[key] { try result.get() } else { try SoundLibrary.read(key) }
    known = known.filter { $0.value.buffer != nil }
    known[key] = Weak(buffer: buffer)
    return buffer
  }

  private func key(of name: String, _ rate: Double?) throws(PatchError) -> Key {
    let path = try path(of: name)
    var info = stat()
    stat(path, &info)
    return Key(
      path: path, rate: rate, seconds: info.st_mtim.tv_sec, nanoseconds: info.st_mtim.tv_nsec,
      bytes: Int(info.st_size), isConfined: root != nil && !trusted.contains(name))
  }

  /// A sound file, or the head responses of a SOFA file, resampled to a rate, or unchanged. Any thread.
  @Sendable public static func sound(_ path: String, rate: Double?) throws(PatchError) -> SoundBuffer {
    if SofaFile.isNamed(path) { return try SofaFile.read(path, rate: rate) }
    return try readSound(path, rate: rate)
  }

  /// A sound file, resampled to a rate, or unchanged. Any thread.
  static func readSound(_ path: String, rate: Double?) throws(PatchError) -> SoundBuffer {
    let sound = try Sound(path: path, channels: channels)
    let heard = try rate.map { (rate) throws(PatchError) in try sound.resampled(to: rate, name: path) } ?? sound
    return SoundBuffer(channels: heard.channels, rate: rate ?? Double(sound.rate), info: heard.info)
  }

  /// Any thread.
  static func read(_ key: Key) throws(PatchError) -> SoundBuffer {
    if kind(key.path) == S_IFDIR {
      return try SFZFile.readFolder(key.path, rate: key.rate, isConfined: key.isConfined)
    }
    if key.path.lowercased().hasSuffix(".sfz") {
      return try SFZFile.read(key.path, rate: key.rate, isConfined: key.isConfined)
    }
    return try sound(key.path, rate: key.rate)
  }

  // MARK: Reading in advance

  /// Returns whether it must be read before use. A name without a file need not: `load` reports that at once.
  ///
  /// - Parameters:
  ///   - module: the module that must have prepared it; nil: none.
  ///   - cut: frames of a cycle by which it is cut.
  public func isMissing(_ name: String, rate: Double?, module: String? = nil, cut: Int = 0) -> Bool {
    guard let key = try? key(of: name, rate) else { return false }
    let buffer = known[key]?.buffer ?? (try? ready[key]?.get())
    guard let buffer else { return ready[key] == nil }
    return module.map { !buffer.isPrepared(for: $0, cut: cut) } ?? false
  }

  /// Reads sounds, and prepares them, on a thread of its own.
  ///
  /// - Parameters:
  ///   - post: runs a closure on the thread of this object.
  ///   - done: called on that thread when `load` has all of them, or their errors.
  public func read(
    _ sounds: [Wanted], post: @escaping @Sendable (@escaping @Sendable () -> Void) -> Void,
    done: @escaping () -> Void
  ) {
    var tasks: [Key: SoundReading.Task] = [:]
    for sound in sounds {
      guard let key = try? key(of: sound.name, sound.rate) else { continue }
      let known = known[key]?.buffer ?? (try? ready[key]?.get())
      tasks[key, default: .init(known: known)].preparations += sound.preparation.map { [$0] } ?? []
    }
    // Both are used on the thread of this object alone.
    nonisolated(unsafe) let library = self, finish = done
    SoundReading(tasks) { results in
      post {
        library.ready.merge(results) { $1 }
        finish()
      }
    }.start()
  }

  /// Sounds read in advance are kept only while in use.
  public func release() { ready = [:] }

  /// Number of sounds in use.
  public var count: Int { known.values.count { $0.buffer != nil } }

  private static func kind(_ path: String) -> mode_t? {
    var info = stat()
    return stat(path, &info) == 0 ? info.st_mode & S_IFMT : nil
  }

  private static func stem(_ name: String) -> String {
    guard let dot = name.lastIndex(of: "."), dot > name.startIndex else { return name }
    return String(name[..<dot])
  }
}

// MARK: The folder

extension SoundLibrary {
  /// Extensions of sound files.
  static let endings: Set<String> = ["wav", "flac", "ogg", "oga", "aif", "aiff", "aifc", "w64", "caf", "au", "mp3"]
  /// Limits of a folder scan: number of files, and depth.
  private static let most = 10_000, deepest = 8

  /// Returns whether a file is one by its ending.
  static func isSound(_ name: String) -> Bool {
    endings.contains(name.split(separator: ".").last.map { $0.lowercased() } ?? "")
  }

  /// Returns whether a name is that of a folder within the folder.
  private func isFolder(_ name: String) -> Bool {
    guard let folder, !name.isEmpty, !name.split(separator: "/").contains("..") else { return false }
    return SoundLibrary.kind(folder + "/" + name) == S_IFDIR
  }

  /// The sorted names of the sounds of the folder.
  public var names: [String] {
    guard let folder else { return [] }
    var found: [String] = []
    collect(folder, "", SoundLibrary.deepest, into: &found)
    return found.sorted()
  }

  private func collect(_ folder: String, _ prefix: String, _ depth: Int, into found: inout [String]) {
    guard depth > 0, let list = opendir(folder) else { return }
    defer { closedir(list) }
    while found.count < SoundLibrary.most, let entry = readdir(list) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name.hasPrefix(".") { continue }
      let path = folder + "/" + name
      switch SoundLibrary.kind(path) {
      case S_IFDIR: collect(path, prefix + name + "/", depth - 1, into: &found)
      case S_IFREG where SoundLibrary.isSound(name): found.append(prefix + name)
      default: break
      }
    }
  }
}
