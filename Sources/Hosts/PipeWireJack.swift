import Glibc
import PatchKit

/// PipeWire's own JACK library, which plays on PipeWire without a JACK server beside it.
public enum PipeWireJack {
  private static let library = "libjack.so.0"

  /// True if this program runs with it.
  public static var isUsed: Bool { variable("LD_LIBRARY_PATH")?.contains("pipewire") == true }

  /// The folder of the library, where it is installed and PipeWire runs for this user.
  ///
  /// - Parameter folders: of the system's libraries.
  public static func folder(in folders: [String] = PipeWireJack.folders) -> String? {
    guard let runtime = variable("PIPEWIRE_RUNTIME_DIR") ?? variable("XDG_RUNTIME_DIR") else { return nil }
    var info = stat()
    guard stat(runtime + "/pipewire-0", &info) == 0, info.st_mode & S_IFMT == S_IFSOCK else { return nil }
    return folders.map { $0 + "/pipewire-0.3/jack" }.first { access($0 + "/" + library, R_OK) == 0 }
  }

  /// Starts this program anew with that library, where PipeWire runs without a JACK server beside it; returns in every
  /// other case.
  ///
  /// - Throws: `.noAudio` where a JACK server runs and does not answer.
  public static func restartIfNeeded() throws(PatchError) {
    guard !isUsed, let folder = folder(), try !AudioServer.isRunning() else { return }
    restart(with: folder)
  }

  /// Starts this program anew with that library; returns only where that fails.
  private static func restart(with folder: String) {
    setenv("LD_LIBRARY_PATH", folder + (variable("LD_LIBRARY_PATH").map { ":" + $0 } ?? ""), 1)
    var arguments = CommandLine.arguments.map { strdup($0) } + [nil]
    execv("/proc/self/exe", &arguments)
    for argument in arguments { free(argument) }
  }

  #if arch(x86_64)
    public static let folders = ["/usr/lib/x86_64-linux-gnu", "/usr/lib64", "/usr/lib"]
  #else
    public static let folders = ["/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib"]
  #endif

  private static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
