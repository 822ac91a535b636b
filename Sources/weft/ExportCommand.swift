import CommandParser
import Engine
import Glibc
import LV2Bundle
import ModuleKit
import PatchKit
import SoundFiles

/// `weft export`: a patch as an LV2 plug-in.
enum ExportCommand {
  static func run(_ arguments: Arguments) throws -> ExitCode {
    // The plug-in has the modules of weft, and no other.
    let registry = Registry.linked()
    let path = try PatchNames.path(arguments.positional[0])
    let patch = try PatchFile.read(path: path, in: registry, acceptsPipes: true)
    let sounds = try SoundLibrary()
    let plan = try PlanListing(patch, registry: registry) { (name, rate) throws(PatchError) in
      try sounds.load(name, rate: rate)
    }
    if !plan.unreadable.isEmpty { throw PatchErrors(plan.unreadable) }
    for warning in plan.warnings { Console.warn(warning.asWarning(in: path)) }

    let bundle = try bundle(arguments, patchFile: path)
    let (library, faster) = try pluginLibraries()
    let writer = BundleWriter(registry: registry, library: library, faster: faster)
    let isGeneric = arguments.has("generic")
    let ports = try writer.write(
      patch, to: bundle, uri: arguments.text("uri"), isGeneric: isGeneric
    ) { (file) throws(PatchError) in
      guard file.lowercased().hasSuffix(".sfz") else { return [] }
      throw PatchError(.soundFile, "an SFZ instrument cannot be exported: it names other files", at: Place(file: file))
    }
    Console.say(
      "\(bundle): \(ports.inputs) in, \(ports.outputs) out, \(ports.controls.count) controls, "
        + "\(isGeneric ? 0 : patch.snapshots.count) presets")
    return .done
  }

  private static func bundle(_ arguments: Arguments, patchFile: String) throws -> String {
    var name = arguments.has("generic") ? "weft" : FilePath.name(of: patchFile)
    if name.hasSuffix(".json") { name = String(name.dropLast(5)) }
    var bundle = arguments.text("output") ?? name + BundleWriter.ending
    while bundle.count > 1, bundle.hasSuffix("/") { bundle = String(bundle.dropLast()) }
    guard bundle.hasSuffix(BundleWriter.ending), FilePath.name(of: bundle) != BundleWriter.ending else {
      throw UsageError("\(bundle) is no NAME\(BundleWriter.ending)", command: arguments.command)
    }
    guard arguments.has("install") else { return bundle }
    guard let home = getenv("HOME") else { throw CommandFailure(.failed, "HOME is not set: there is no ~/.lv2") }
    let folder = String(cString: home) + "/.lv2"
    if let reason = Console.makeFolder(folder) { throw CommandFailure(.failed, "\(folder) cannot be made: \(reason)") }
    return folder + "/" + FilePath.name(of: bundle)
  }

  /// The library beside this program; where the build for older processors is installed too, both.
  private static func pluginLibraries() throws -> (library: String, faster: String?) {
    let folder = FilePath.folder(of: FileRoot.real("/proc/self/exe") ?? ""), name = "/lib" + PluginIdentity.library
    guard access(folder + name, R_OK) == 0 else {
      throw CommandFailure(
        .failed, "\(folder + name) is missing: it is built by make build, and installed by make install")
    }
    let older = FilePath.absolute("../x86-64-v2", in: folder) + name
    let isFaster = FilePath.name(of: folder) == "x86-64-v3" && access(older, R_OK) == 0
    return isFaster ? (older, folder + name) : (folder + name, nil)
  }
}
