import CRealtime
import Control
import Foundation
import LV2
import LV2Bundle
import ModuleKit
import PatchKit
import TestSupport
import Testing

/// The generic plug-in: its patch is its state, and is edited over OSC while the host plays.
@Suite struct SessionPluginTests {
  private static let notes: [TestPlugin.Midi] = [.on(100, 57), .on(3_000, 64), .off(9_000, 57)]

  private func plugin(_ patch: String = PluginBundle.synth) throws -> (PluginBundle, TestPlugin) {
    let bundle = try PluginBundle(patch, name: "weft", isGeneric: true)
    return (bundle, try #require(try TestPlugin(bundle.path)))
  }

  /// Plays until a condition holds; the sound goes to `sound`.
  private func play(
    _ plugin: TestPlugin, into sound: inout [Float], until isDone: ([Float]) throws -> Bool
  ) throws -> Bool {
    try eventually(every: 1_000) {
      sound += plugin.render(256)[0]
      return try isDone(sound)
    }
  }

  private func open(_ plugin: TestPlugin) throws -> OSCCaller {
    plugin["remote"] = 1
    var sound: [Float] = []
    #expect(try play(plugin, into: &sound) { _ in plugin["osc_port"] > 0 })
    return try OSCCaller(port: Int(plugin["osc_port"]), transport: .udp)
  }

  /// Sends a request, and plays until it is answered.
  ///
  /// - Returns: the reply.
  @discardableResult
  private func call(_ caller: OSCCaller, _ plugin: TestPlugin, _ request: OSCMessage) throws -> OSCMessage? {
    var sound: [Float] = [], reply: OSCMessage?
    try caller.send(request)
    _ = try play(plugin, into: &sound) { _ in
      reply = try caller.next(before: weft_nanoseconds() + 1_000_000)
      return reply.map { ["/done", "/fail"].contains($0.address) } ?? false
    }
    return reply
  }

  @Test func portsOfTheGenericPluginAreThoseOfAnyPatch() throws {
    let symbols = try [PluginBundle.synth, PluginBundle.root + "/Patches/room.json"].map { patch in
      let bundle = try PluginBundle(patch, name: "weft", isGeneric: true)
      let identity = try PluginIdentity(bundle: bundle.path)
      #expect(identity == PluginIdentity(uri: "urn:weft:weft", macros: [], isGeneric: true))
      return try bundle.text("plugin.ttl").matches(of: /lv2:symbol "(\w+)"/).map { String($0.1) }
    }
    #expect(symbols[0] == symbols[1])
    #expect(symbols[0].prefix(6) == ["audio_out_1", "audio_out_2", "audio_in_1", "audio_in_2", "midi_in", "macro_1"])
    #expect(symbols[0].suffix(5) == ["macro_16", "enabled", "latency", "remote", "osc_port"])
  }

  @Test func aPatchIsEditedOverOSCAndItsStateSoundsTheSameToTheBit() throws {
    let (bundle, plugin) = try plugin()
    let caller = try open(plugin)
    for (address, arguments) in [
      ("/patch/create", ["hum", "sine", "frequency", 110, "gain", 0.1]), ("/patch/connect", ["hum", "out"]),
      ("/patch/connect", ["osc", "vca"]), ("/patch/commit", []), ("/mod/filt/cutoff", [700]), ("/macro/level", [0.9]),
    ] as [(String, [OSCArgument])] {
      #expect(try call(caller, plugin, OSCMessage(address, arguments))?.address == "/done", "\(address)")
    }
    #expect(try call(caller, plugin, OSCMessage("/patch/connect", ["hum", "nowhere"]))?.address == "/fail")
    #expect(loudest(plugin.render(4_800)[0]) > 0.05, "the new node sounds")
    let state = plugin.save()
    let text = String(decoding: try #require(state["urn:weft:lv2#patch"]), as: UTF8.self)
    #expect(text.contains("\"hum\"") && text.contains("700") && text.contains("\"value\": 0.9"))

    func loaded() throws -> TestPlugin {
      let plugin = try #require(try TestPlugin(bundle.path))
      #expect(plugin.restore(state))
      return plugin
    }
    let sound = try loaded().render(12_000, events: Self.notes)
    let second = try loaded().render(12_000, events: Self.notes)
    #expect(loudest(sound[0]) > 0.1 && isEqual(second, sound))
    let again = try loaded()
    _ = again.render(1_000)
    #expect(again.save() == state)
    // The one that was edited, started again.
    plugin["remote"] = 0
    var rest: [Float] = []
    #expect(try play(plugin, into: &rest) { _ in plugin["osc_port"] == 0 })
    plugin.descriptor.activate(plugin.handle)
    #expect(isEqual(plugin.render(12_000, events: Self.notes), sound))
  }

  private static func drone(_ name: String, _ frequency: Int) -> String {
    """
    { "weft": 2, "nodes": { "\(name)": { "type": "sine", "params": { "frequency": \(frequency), "gain": 0.3 } },
      "out": { "type": "output" } }, "cables": [["\(name)", "out"]] }
    """
  }

  @Test func aStateThatIsLoadedWhileItSoundsIsCrossfaded() throws {
    let (_, plugin) = try plugin(Self.drone("a", 200))
    var sound = plugin.render(9_600)[0]
    #expect(loudest(sound) > 0.2)
    #expect(!plugin.restore(["urn:weft:lv2#patch": Array("{ \"weft\": 7 }".utf8) + [0]]))
    #expect(plugin.restore(["urn:weft:lv2#patch": Array(Self.drone("b", 500).utf8) + [0]]))
    let isNew = try play(plugin, into: &sound) { sound in
      let last = sound.suffix(9_600)
      return zip(last, last.dropFirst()).count { $0 < 0 && $1 >= 0 } >= 99
    }
    #expect(isNew, "500 Hz for 0.2 s")
    // 0.3 at 500 Hz moves by 0.02 in a frame.
    let steps = zip(sound, sound.dropFirst()).map { abs($1 - $0) }
    #expect(loudest(steps[100...]) < 0.04, "a click")
  }

  @Test func macroPortsDriveTheMacrosOfThePatchInTheirOrder() throws {
    let (bundle, plugin) = try plugin()
    var sound: [Float] = []
    sound += plugin.render(9_600, events: [.on(0, 57)])[0]
    let before = loudest(sound[4_800...])
    plugin["macro_3"] = 1
    plugin["macro_9"] = 1
    #expect(try play(plugin, into: &sound) { loudest($0.suffix(4_800)) > 1.7 * before })
    let state = plugin.save(), text = String(decoding: state.values.first!, as: UTF8.self)
    #expect(text.contains(/"level"[^}]*"value": 1\b/))
    // The ports of the new instance are where its host has put them: no change of a macro.
    let other = try #require(try TestPlugin(bundle.path))
    #expect(other.restore(state))
    _ = other.render(4_800)
    usleep(50_000)
    #expect(other.save() == state)
  }

  @Test func thePortIsOpenWhileRemoteIsOn() throws {
    let (_, first) = try plugin(), (_, second) = try plugin()
    #expect(first["osc_port"] == 0)
    let callers = try [open(first), open(second)]
    #expect(first["osc_port"] >= 7_780 && second["osc_port"] >= 7_780 && first["osc_port"] != second["osc_port"])
    for (caller, plugin) in zip(callers, [first, second]) {
      #expect(try call(caller, plugin, OSCMessage("/version"))?.address == "/done")
    }
    let port = Int(first["osc_port"])
    first["remote"] = 0
    var sound: [Float] = []
    #expect(try play(first, into: &sound) { _ in first["osc_port"] == 0 })
    #expect((try? OSCCaller(port: port, transport: .tcp)) == nil)
    #expect(try call(callers[1], second, OSCMessage("/version"))?.address == "/done")
  }

  @Test func effectsProcessTheHostsInputs() throws {
    let (_, plugin) = try plugin(
      """
      { "weft": 1, "nodes": { "in": { "type": "input" }, "b": { "type": "input", "params": { "channel": 2 } },
        "out": { "type": "output" } }, "cables": [["in", "out/left"], ["b", "out/right"]] }
      """)
    let left = (0..<2_000).map { sin(Float($0) * 0.05) }, right = (0..<2_000).map { cos(Float($0) * 0.03) }
    #expect(isEqual(plugin.render(2_000, periods: [100, 333], inputs: [left, right]), [left, right]))
  }

  /// Threads, descriptors and memory of instances that are made and freed come back.
  @Test func instancesThatAreFreedLeaveNothing() throws {
    let bundle = try PluginBundle(PluginBundle.synth, isGeneric: true)
    func round(_ isRemote: Bool) throws {
      let plugin = try #require(try TestPlugin(bundle.path))
      if isRemote { _ = try call(open(plugin), plugin, OSCMessage("/version")) }
      _ = plugin.render(512, events: [.on(0, 60)])
    }
    func count(_ folder: String) -> Int { (try? FileManager.default.contentsOfDirectory(atPath: folder))?.count ?? 0 }
    func resident() -> Int {
      let pages = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ")
      return pages.flatMap { Int($0[1]) }.map { $0 * 4_096 } ?? 0
    }
    for _ in 0..<10 { try round(true) }
    // Other tests run beside it: a leak grows in every fifty, what they need does not.
    var grown: [[Int]] = []
    func least() -> [Int] { (0..<3).map { i in grown.map { $0[i] }.min()! } }
    let bound = [2 << 20, 25, 25]
    repeat {
      let before = [resident(), count("/proc/self/fd"), count("/proc/self/task")]
      for i in 0..<50 { try round(i % 10 == 0) }
      let after = [resident(), count("/proc/self/fd"), count("/proc/self/task")]
      grown.append(zip(after, before).map { $0 - $1 })
    } while grown.count < 8 && zip(least(), bound).contains { $0 >= $1 }
    #expect(zip(least(), bound).allSatisfy { $0 < $1 }, "bytes, descriptors and threads in 50 rounds each: \(grown)")
  }
}
