import CommandParser
import Control
import Glibc
import PatchKit
import SoundFiles
import Web

/// The web server of `weft play --web`.
extension PlayCommand {
  /// Starts the web server if requested.
  func startWeb(_ osc: SessionServer) throws -> WebServer? {
    guard let text = arguments.text("web") ?? (arguments.has("track-service") ? PlayCommand.webPlace : nil) else {
      return nil
    }
    var (host, port) = try OSCPlace.read(text, option: "web")
    if host == "localhost" { host = "127.0.0.1" }
    if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
    guard OSCPlace.isLoopback(host) || arguments.has("allow-remote") else {
      throw UsageError(
        "--web \(host) lets other machines in: add --allow-remote if they may", command: arguments.command)
    }
    let folder = Console.folder("XDG_STATE_HOME", else: ".local/state") + "/\(host)-\(port)"
    Console.makeFolder(folder)
    var options = WebServer.Options(tokenPath: folder + "/web-token")
    (options.host, options.port) = (host, port)
    options.names = arguments.text("web-name").map { [$0] } ?? []
    if !OSCPlace.isLoopback(host) { options.announcement = "Weft on \(PlayCommand.hostName())" }
    options.isNewToken = arguments.has("new-token")
    options.hasGuests = arguments.has("guest")
    options.isTrackService = arguments.has("track-service")
    options.modules = { [registry] in ModuleListing.json(registry.names.compactMap { registry.find($0) }) }
    options.storeSound = { [unowned self] in storeSound($0, overwrite: $1, $2, then: $3) }
    let web: WebServer
    do throws(PatchError) { web = try WebServer(osc, loop: loop, options: options) } catch {
      var error = error
      if error.place.file == options.tokenPath {
        error.message += "; set XDG_STATE_HOME to a folder that can be written"
      }
      throw error
    }
    Console.say("Page: \(web.link)")
    if let guest = web.guestLink { Console.say("For guests, who read and play: \(guest)") }
    if let name = options.announcement {
      Console.say(
        web.isAnnounced
          ? "Announced on the network as \"\(name)\" by zeroconf, where avahi-daemon runs."
          : "Not announced on the network: libavahi-client3 is not installed.")
    }
    return web
  }

  /// Default address of the page.
  private static let webPlace = "127.0.0.1:\(CommandLineTable.webPort)"

  private static func hostName() -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    gethostname(&buffer, buffer.count - 1)
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Stores an uploaded sound: checks it by reading it, then renames it.
  private func storeSound(
    _ name: String, overwrite: Bool, _ bytes: [UInt8], then: @escaping (Result<String, PatchError>) -> Void
  ) {
    let path: String
    do throws(PatchError) { path = try soundPath(name, overwrite: overwrite) } catch { return then(.failure(error)) }
    // The callback is confined to the control thread, where it is called.
    nonisolated(unsafe) let then = then
    WorkQueue().add { [loop] in
      let result = Result { () throws(PatchError) in try PlayCommand.write(bytes, as: path) }
      loop.post { then(result.map { path }) }
    }
  }

  private func soundPath(_ name: String, overwrite: Bool) throws(PatchError) -> String {
    guard !name.isEmpty, name.utf8.count <= 128, !name.hasPrefix("."),
      !name.utf8.contains(where: { $0 < 0x20 || $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") || $0 == 0x7f })
    else { throw PatchError(.badName, "\(name.shown) is not the name of a file") }
    guard SoundFormat(ending: name) != nil else {
      let endings = SoundFormat.allCases.map(\.rawValue).joined(separator: ", ")
      throw PatchError(.badName, "\(name.shown) has none of the endings \(endings)")
    }
    let path = try session.files.path(writing: name)
    guard overwrite || access(path, F_OK) != 0 else {
      throw PatchError(.duplicate, "there is a file \(name) already; ?overwrite replaces it", at: Place(file: path))
    }
    return path
  }

  private static func write(_ bytes: [UInt8], as path: String) throws(PatchError) {
    guard let place = FileRoot.pin(path) else {
      throw PatchError(.unwritable, String(cString: strerror(errno)), at: Place(file: path))
    }
    defer { withExtendedLifetime(place) {} }
    let folder = place.path.lastIndex(of: "/").map { String(place.path[...$0]) } ?? "./"
    let ending = path.split(separator: ".").last.map(String.init) ?? ""
    let draft = "\(folder).weft-upload-\(UInt64.random(in: 0 ... .max)).\(ending)"
    do throws(PatchError) {
      try TextFile.write(bytes, to: draft)
      _ = try Sound(path: draft)
    } catch {
      unlink(draft)
      throw PatchError(error.code, "it is not a sound file that can be read: \(error.message)")
    }
    guard rename(draft, place.path) == 0 else {
      unlink(draft)
      throw PatchError(.unwritable, String(cString: strerror(errno)), at: Place(file: path))
    }
  }
}
