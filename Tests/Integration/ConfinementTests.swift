import Foundation
import Testing

/// Confinement of OSC clients: file access and limits.
@Suite struct ConfinementTests {
  private let folder = FileManager.default.temporaryDirectory.appending(path: "weft-root-\(UUID().uuidString)")
  private var patch: String { folder.appending(path: "root/a.json").path }

  init() throws {
    let root = folder.appending(path: "root")
    try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
    let text = #"{ "weft": 1, "nodes": { "osc": { "type": "sine" } } }"#
    for name in ["root/a.json", "secret.json"] {
      try text.write(to: folder.appending(path: name), atomically: true, encoding: .utf8)
    }
    try FileManager.default.createSymbolicLink(at: root.appending(path: "link"), withDestinationURL: folder)
  }

  @Test(arguments: [false, true]) func fileCommandsStayInTheRoot(isTold: Bool) throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let root = folder.appending(path: "root").path
    let weft = try PlayingWeft(patch, root: isTold ? root : nil)
    let client = try LibloClient(port: weft.port)
    for path in ["../secret.json", "link/secret.json", folder.path + "/secret.json", "/etc/passwd"] {
      #expect(client.call("/patch/load", .string(path))?.arguments[1] == "outside-root", "\(path)")
      #expect(client.call("/patch/save", .string(path))?.arguments[1] == "outside-root", "\(path)")
    }
    for path in ["../x.wav", "link/x.wav", folder.path + "/x.wav"] {
      #expect(client.call("/record/start", .string(path))?.arguments[1] == "outside-root", "\(path)")
      #expect(client.call("/record/last", 1, .string(path))?.arguments[1] == "outside-root", "\(path)")
    }
    #expect(client.call("/patch/load", "a.json")?.address == "/done")
    #expect(client.call("/patch/save", "b.json")?.address == "/done")
    #expect(client.call("/patch/load", .string(root + "/b.json"))?.address == "/done")
    #expect(client.call("/record/start", "take.wav")?.address == "/done")
    #expect(client.call("/record/stop")?.address == "/done")
    #expect(Set(try FileManager.default.contentsOfDirectory(atPath: folder.path)) == ["root", "secret.json"])
    #expect(weft.end(SIGTERM).status == 0)
  }

  @Test func remoteClientsNeedAllowRemote() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let port = try freePort()
    let weft = try PlayingWeft(patch, root: nil, place: "0.0.0.0:\(port)", ["--allow-remote"])
    #expect(weft.messages.contains("OSC on 0.0.0.0:\(port)"))
    #expect(weft.end(SIGTERM).status == 0)
  }
}
