import CRealtime
import Glibc
import PatchKit

/// The module interfaces of this build, installed beside the program; module sources are compiled against them.
struct ModuleToolkit {
  /// The folder with `Modules/*.swiftmodule` and the module maps of C.
  let folder: String
  /// Hash of the interfaces and the instruction set: a library with another fingerprint belongs to another build.
  let fingerprint: UInt64
  /// The Swift that the interfaces are of, such as `6.3.1`: another one cannot read them.
  let swiftVersion: String

  private static let interfaces = ["Modules/DSP.swiftmodule", "Modules/ModuleKit.swiftmodule"]
  /// The C modules imported by the interfaces; a system library's map is among the sources until installation.
  private static let maps = [
    "CLanes.build/module.modulemap", "CModuleList.build/module.modulemap", "CKissFFT.build/module.modulemap",
    "../../../Sources/CKissFFT/module.modulemap",
  ]
  /// The section of a library that holds its fingerprint: read from the file, before anything of it runs.
  static let fingerprintSection = "weft_fingerprint"

  /// - Throws: `.unreadable` if the interfaces are missing.
  static func found() throws(PatchError) -> ModuleToolkit {
    let program = try self.program()
    let base = String(program[..<(program.lastIndex(of: "/") ?? program.startIndex)])
    for folder in [base, base + "/../lib/weft"] where access(folder + "/" + interfaces[0], R_OK) == 0 {
      var hash: UInt64 = 0xcbf2_9ce4_8422_2325, version = ""  // FNV-1a
      for file in interfaces {
        let bytes = try TextFile.read(folder + "/" + file)
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        version = swiftVersion(in: bytes)
      }
      for byte in architecture.utf8 {
        hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
      }
      return ModuleToolkit(folder: folder, fingerprint: hash, swiftVersion: version)
    }
    throw PatchError(
      .unreadable,
      "modules cannot be built or loaded: there is no \(interfaces[0]) beside the program or in ../lib/weft",
      at: Place(file: program))
  }

  /// The version that the compiler writes into an interface; empty where it writes none.
  private static func swiftVersion(in bytes: [UInt8]) -> String {
    let mark = Array("Swift version ".utf8)
    guard let first = bytes.indices.first(where: { bytes[$0] == mark[0] && bytes[$0...].starts(with: mark) }) else {
      return ""
    }
    let digits = bytes[(first + mark.count)...].prefix { $0 == UInt8(ascii: ".") || (48...57).contains($0) }
    return String(decoding: digits, as: UTF8.self)
  }

  private static func program() throws(PatchError) -> String {
    var buffer = [CChar](repeating: 0, count: 4_096)
    let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
    let path = String(decoding: buffer.prefix(max(count, 0)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    guard count > 0, !path.hasSuffix(" (deleted)") else {
      throw PatchError(.unreadable, "the program was rebuilt while it ran: restart it to use third-party modules")
    }
    return path
  }

  /// The instruction-set level that the program is compiled for, such as `x86-64-v3`.
  private static var architecture: String { String(cString: weft_built_for_level()) }

  /// The compiler: `WEFT_SWIFTC`, else `swiftc` of the path.
  static var compiler: String { Console.variable("WEFT_SWIFTC") ?? "swiftc" }

  /// The compiler command line for a library of one Swift file and the fingerprint file.
  ///
  /// - Parameter name: the Swift module's name, unique per build: several builds of a module are loaded into one
  ///   process.
  func command(source: String, mark: String, name: String, output: String) -> [String] {
    var words = [
      ModuleToolkit.compiler, "-O", "-wmo", "-parse-as-library", "-emit-library", "-use-ld=lld", "-swift-version", "6",
      "-enforce-exclusivity=unchecked", "-module-name", name, "-I", folder + "/Modules",
    ]
    for map in ModuleToolkit.maps where access(folder + "/" + map, R_OK) == 0 {
      words += ["-Xcc", "-fmodule-map-file=\(folder)/\(map)"]
    }
    #if arch(x86_64)
      words += ["-Xcc", "-march=\(ModuleToolkit.architecture)"]
    #endif
    let links = [
      "-u", "__start_weft_modules", "-u", "__stop_weft_modules", "-z", "start-stop-visibility=default", "-z",
      "nostart-stop-gc",
    ]
    return words + links.flatMap { ["-Xlinker", $0] } + [source, mark, "-o", output]
  }

  /// The Swift file with the fingerprint.
  var mark: String {
    "@section(\"\(ModuleToolkit.fingerprintSection)\") @used private let fingerprint: UInt64 = \(fingerprint)\n"
  }
}
