// swift-format-ignore-file: AlwaysUseLowerCamelCase
import CProcessor
import CWeft
import Control
import Glibc
import ModuleKit
import PatchKit

@c @implementation public func weft_default_options(_ options: UnsafeMutablePointer<weft_options>?) {
  options?.pointee = weft_options(
    size: UInt32(MemoryLayout<weft_options>.size), inputs: 2, outputs: 2, is_live: 0, sample_rate: 48_000, root: nil,
    samples: nil)
}

@c @implementation public func weft_open(
  _ options: UnsafePointer<weft_options>?, _ message: UnsafeMutablePointer<CChar>?, _ size: Int
) -> weft_session {
  func refuse(_ sentence: String) -> weft_session {
    if let message, size > 0 {
      strncpy(message, sentence, size - 1)
      message[size - 1] = 0
    }
    return 0
  }
  var chosen = weft_options()
  weft_default_options(&chosen)
  if let options {
    guard options.pointee.size == chosen.size else {
      return refuse(
        "size is \(options.pointee.size) where the options have \(chosen.size) bytes: set it with "
          + "weft_default_options")
    }
    chosen = options.pointee
  }
  let channels = 0...Int32(WEFT_CHANNELS)
  guard channels.contains(chosen.inputs), channels.contains(chosen.outputs) else {
    return refuse("\(chosen.inputs) inputs and \(chosen.outputs) outputs: 0 to \(WEFT_CHANNELS) are allowed")
  }
  guard (1_000...768_000).contains(chosen.sample_rate) else {
    return refuse("a sample rate of \(chosen.sample_rate) Hz: 1000 to 768000 are allowed")
  }
  do throws(PatchError) {
    let number = SessionTable.add(try Player(chosen))
    return number == 0 ? refuse("\(SessionTable.limit) sessions are open already") : number
  } catch { return refuse(error.description) }
}

@c @implementation public func weft_close(_ session: weft_session) -> Int32 { SessionTable.close(session) }

private let versionText = Unchecked(strdup(Version.version))
private let modulesText = Unchecked(
  strdup(JSONText.list(Player.registry.names.compactMap { Player.registry.find($0)?.json }).text))
private let commandsText = Unchecked(strdup(JSONText.list(CommandTable.all.map(\.json)).text))

/// A text that lives as long as the program.
private struct Unchecked: @unchecked Sendable {
  let text: UnsafeMutablePointer<CChar>?
  init(_ text: UnsafeMutablePointer<CChar>?) { self.text = text }
}

@c @implementation public func weft_version() -> UnsafePointer<CChar>? { UnsafePointer(versionText.text) }
@c @implementation public func weft_modules_json() -> UnsafePointer<CChar>? { UnsafePointer(modulesText.text) }
@c @implementation public func weft_commands_json() -> UnsafePointer<CChar>? { UnsafePointer(commandsText.text) }
