// [control] The OSC port of an instance of the generic plug-in.
import Control
import PatchKit

/// Open while it exists.
final class SessionRemote {
  /// The first port that is tried, and how many are.
  private static let first = 7_780, count = 256
  private let server: SessionServer
  var port: Int { server.server.port }

  /// Opens the first free port of this machine; nil, after a line on standard error, where there is none.
  init?(_ session: Session, _ loop: ControlLoop) {
    for port in SessionRemote.first..<(SessionRemote.first + SessionRemote.count) {
      do throws(PatchError) {
        server = try SessionServer(session, loop: loop, host: "localhost", port: port)
        PluginDescriptor.report("OSC on localhost:\(port), UDP and TCP")
        return
      } catch {
        if error.code == .busy { continue }
        PluginDescriptor.report(error.description)
        return nil
      }
    }
    PluginDescriptor.report("the OSC ports from \(SessionRemote.first) on are in use")
    return nil
  }
}
