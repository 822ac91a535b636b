import CWebApi
import Glibc
import PatchKit

/// libweft-web: HTTP and WebSocket by libsoup, loaded on demand, so that a program without the web server does not link
/// it.
struct WebLibrary: @unchecked Sendable {
  let functions: UnsafePointer<weft_web_functions>

  /// Loads the library beside the program, or in its `lib/weft`.
  init(beside program: String) throws(PatchError) {
    let folder = program.lastIndex(of: "/").map { String(program[..<$0]) } ?? "."
    let places = [folder + "/libweft-web.so", folder + "/../lib/weft/libweft-web.so"]
    guard let path = places.first(where: { access($0, R_OK) == 0 }) else {
      throw PatchError(.unreadable, "libweft-web.so is neither beside weft nor in ../lib/weft", at: Place(file: folder))
    }
    guard let handle = dlopen(path, RTLD_NOW | RTLD_LOCAL) else {
      throw PatchError(.unreadable, String(cString: dlerror()), at: Place(file: path))
    }
    typealias Entry = @convention(c) () -> UnsafePointer<weft_web_functions>
    guard let symbol = dlsym(handle, WEFT_WEB_SYMBOL) else {
      throw PatchError(.unreadable, "it is not the web server of weft", at: Place(file: path))
    }
    functions = unsafeBitCast(symbol, to: Entry.self)()
    guard functions.pointee.version == UInt32(WEFT_WEB_VERSION) else {
      throw PatchError(.unreadable, "it is of another build of weft", at: Place(file: path))
    }
  }

  /// The path of this program.
  static func program() -> String {
    var buffer = [CChar](repeating: 0, count: 4_096)
    let size = readlink("/proc/self/exe", &buffer, buffer.count - 1)
    return size > 0 ? String(decoding: buffer[..<size].map { UInt8(bitPattern: $0) }, as: UTF8.self) : "/"
  }

  /// The files of the page, by path, and its script: all modules in one.
  func assets() -> [String: WebAsset] {
    var count = 0
    let folder = "/ui/"
    guard let first = functions.pointee.assets(&count) else { return [:] }
    var assets: [String: WebAsset] = [:]
    for asset in UnsafeBufferPointer(start: first, count: count) {
      let bytes = UnsafeRawBufferPointer(start: asset.bytes, count: asset.size)
      assets[String(cString: asset.path)] = WebAsset(
        type: String(cString: asset.type), bytes: bytes, tag: WebAsset.tag(of: bytes))
    }
    let modules = assets.filter { $0.key.hasPrefix(folder) && $0.key.hasSuffix(".js") }
    let texts = modules.map {
      (String($0.key.dropFirst(folder.count)), String(decoding: $0.value.bytes, as: UTF8.self))
    }
    if let main = modules[folder + "main.js"],
      let script = PageScript.joined(Dictionary(uniqueKeysWithValues: texts), from: "main.js")
    {
      assets[folder + "weft.js"] = WebAsset(type: main.type, kept: script)
    }
    return assets
  }
}

/// A file that is served from memory.
struct WebAsset: @unchecked Sendable {
  let type: String
  /// Memory of the library, which is never unloaded, or memory that is never freed.
  let bytes: UnsafeRawBufferPointer
  let tag: String

  init(type: String, bytes: UnsafeRawBufferPointer, tag: String) {
    (self.type, self.bytes, self.tag) = (type, bytes, tag)
  }
  init(type: String, kept text: String) {
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: text.utf8.count, alignment: 1)
    copy.copyBytes(from: text.utf8)
    self.init(type: type, bytes: UnsafeRawBufferPointer(copy), tag: WebAsset.tag(of: copy))
  }

  /// A quoted tag of the content: FNV-1a, 64 bits.
  static func tag(of bytes: some Sequence<UInt8>) -> String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return "\"" + String(hash, radix: 16) + "\""
  }
}
