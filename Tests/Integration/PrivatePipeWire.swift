import Foundation
import Hosts
import SoundFiles
import TestSupport
import Testing

/// A private PipeWire with a null sink, and its JACK library for client programs.
final class PrivatePipeWire: PrivateServer {
  /// Its sockets and settings.
  private let folder: URL
  static let isInstalled = ["pipewire", "pw-jack", "pw-metadata", "jack_rec", "jack_lsp"].allSatisfy {
    FileManager.default.isExecutableFile(atPath: "/usr/bin/" + $0)
  }
  /// The monitor port of the sink.
  static let heard = "sink:monitor_FL"

  override init() {
    // A socket's path is at most 108 bytes long.
    folder = FileManager.default.temporaryDirectory.appending(path: "weft-pw-\(getpid())-\(UInt16.random(in: 0...999))")
    super.init()
  }

  deinit {
    stop()
    try? FileManager.default.removeItem(at: folder)
  }

  /// The environment set by `pw-jack`; the loader expands `${LIB}`.
  override var environment: [String: String] {
    ["XDG_RUNTIME_DIR": folder.path, "PIPEWIRE_RUNTIME_DIR": folder.path]
      .merging(["LD_LIBRARY_PATH": "/usr/${LIB}/pipewire-0.3/jack"]) { $1 }
  }

  struct DidNotStart: Error {}

  /// Starts it, also again after it was killed, and waits for its sink.
  func start() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let settings = folder.appending(path: "pipewire.conf")
    try Data(PrivatePipeWire.settings.utf8).write(to: settings)
    try launch(["pipewire", "-c", settings.path], environment: ["XDG_RUNTIME_DIR": folder.path])
    let isReady = try eventually(every: 50_000) {
      try !isRunning || run("jack_lsp").contains(PrivatePipeWire.heard)
    }
    if !isReady || !isRunning { throw DidNotStart() }
  }

  /// Forces another period or rate.
  func force(quantum: Int? = nil, rate: Int? = nil) throws {
    if let quantum { _ = try run("pw-metadata", "-n", "settings", "0", "clock.force-quantum", "\(quantum)") }
    if let rate { _ = try run("pw-metadata", "-n", "settings", "0", "clock.force-rate", "\(rate)") }
  }

  /// Records ports, one channel each.
  func record(_ ports: [String], seconds: Int) throws -> Sound {
    let file = folder.appending(path: "heard.wav").path
    let recorder = PrivateServer()
    try recorder.launch(
      ["jack_rec", "-f", file, "-d", "\(seconds)", "-b", "32", "-B", "500000"] + ports, environment: environment)
    _ = eventually { !recorder.isRunning }
    return try Sound(path: file)
  }

  private func run(_ words: String...) throws -> String {
    try WeftProcess.run(words, environment: environment, program: URL(fileURLWithPath: "/usr/bin/env")).output
  }

  /// No session manager is needed: the sink opens its ports by itself, and weft connects to them.
  private static let settings = """
    context.properties = {
      core.daemon = true
      core.name = pipewire-0
      support.dbus = false
      default.clock.rate = 48000
      default.clock.allowed-rates = [ 44100 48000 96000 ]
      default.clock.quantum = 256
      default.clock.min-quantum = 16
      default.clock.max-quantum = 8192
    }
    context.spa-libs = {
      audio.convert.* = audioconvert/libspa-audioconvert
      support.* = support/libspa-support
    }
    context.modules = [
      { name = libpipewire-module-rt args = { rt.prio = 70 } flags = [ ifexists nofail ] }
      { name = libpipewire-module-protocol-native }
      { name = libpipewire-module-metadata }
      { name = libpipewire-module-client-node }
      { name = libpipewire-module-access }
      { name = libpipewire-module-adapter }
      { name = libpipewire-module-link-factory }
    ]
    context.objects = [
      { factory = metadata args = { metadata.name = default } }
      { factory = adapter
        args = {
          factory.name = support.null-audio-sink
          node.name = sink
          media.class = Audio/Sink
          audio.position = "FL,FR"
          priority.driver = 30000
          node.always-process = true
          adapter.auto-port-config = { mode = dsp monitor = true position = preserve }
        }
      }
    ]
    """
}
