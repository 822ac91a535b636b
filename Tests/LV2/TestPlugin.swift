import CLV2
import Foundation
import LV2
import LV2Bundle
import ModuleKit
import PatchKit

/// A host of one plug-in: it calls the functions of its descriptor as any host does.
final class TestPlugin {
  let descriptor: LV2_Descriptor
  let handle: LV2_Handle
  let ports: PluginPorts
  /// Values of the control ports, by symbol.
  private let controls: UnsafeMutablePointer<Float>
  private let urids = URIDs()
  private let sequence: UnsafeMutableRawPointer
  private static let sequenceSize = 1 << 16

  final class URIDs {
    var known: [String: UInt32] = [:]
    func number(_ uri: String) -> UInt32 {
      if let number = known[uri] { return number }
      known[uri] = UInt32(known.count + 1)
      return known[uri]!
    }
  }

  /// Features of a host; `withMap` false: without `urid:map`.
  static func withFeatures<R>(_ urids: URIDs, withMap: Bool, _ body: (UnsafePointer<UnsafePointer<LV2_Feature>?>) -> R)
    -> R
  {
    var map = LV2_URID_Map(handle: Unmanaged.passUnretained(urids).toOpaque()) { handle, uri in
      Unmanaged<URIDs>.fromOpaque(handle!).takeUnretainedValue().number(String(cString: uri!))
    }
    return "http://lv2plug.in/ns/ext/urid#map".withCString { uri in
      withUnsafeMutablePointer(to: &map) { map in
        var feature = LV2_Feature(URI: uri, data: UnsafeMutableRawPointer(map))
        return withUnsafePointer(to: &feature) { feature in
          let list: [UnsafePointer<LV2_Feature>?] = withMap ? [feature, nil] : [nil]
          return list.withUnsafeBufferPointer { body($0.baseAddress!) }
        }
      }
    }
  }

  /// Nil where the plug-in refuses.
  init?(_ bundle: String, rate: Double = 48_000, withMap: Bool = true) throws {
    guard let descriptor = PluginDescriptor.make(bundle: bundle)?.pointee else { return nil }
    self.descriptor = descriptor
    let urids = urids
    let handle = (bundle + "/").withCString { path in
      Self.withFeatures(urids, withMap: withMap) { descriptor.instantiate(nil, rate, path, $0) }
    }
    guard let handle else { return nil }
    self.handle = handle
    let registry = Registry.linked(), identity = try PluginIdentity(bundle: bundle)
    ports = PluginPorts(of: try PatchFile.read(path: bundle + "/patch.json", in: registry), in: registry, identity)
    controls = .allocate(capacity: ports.count)
    controls.initialize(repeating: 0, count: ports.count)
    sequence = .allocate(byteCount: Self.sequenceSize, alignment: 8)
    for i in ports.firstControl..<ports.count { descriptor.connect_port(handle, UInt32(i), controls + i) }
    for (i, control) in ports.controls.enumerated() { controls[ports.firstControl + i] = control.value }
    controls[ports.enabled] = 1
    descriptor.connect_port(handle, UInt32(ports.midi), sequence)
    descriptor.activate(handle)
  }

  deinit {
    descriptor.cleanup(handle)
    controls.deallocate()
    scratch.deallocate()
    sequence.deallocate()
  }

  /// The value of a control port, by symbol or number.
  subscript(symbol: String) -> Float {
    get { controls[number(symbol)] }
    set { controls[number(symbol)] = newValue }
  }
  func number(_ symbol: String) -> Int {
    switch symbol {
    case "enabled": ports.enabled
    case "latency": ports.latency
    case "remote": ports.remote
    case "osc_port": ports.remotePort
    default: ports.firstControl + ports.controls.firstIndex { $0.symbol == symbol }!
    }
  }

  struct Midi {
    var frame: Int
    var bytes: [UInt8]
    static func on(_ frame: Int, _ key: UInt8, _ velocity: UInt8 = 100) -> Midi {
      Midi(frame: frame, bytes: [0x90, key, velocity])
    }
    static func off(_ frame: Int, _ key: UInt8) -> Midi { Midi(frame: frame, bytes: [0x80, key, 0]) }
  }

  /// A place of the host's transport.
  struct Position {
    var frame: Int, speed: Float, beat: Double, tempo: Float
  }
  /// Written with the next period.
  private var position: Position?
  func place(_ position: Position) { self.position = position }

  /// An object of four properties, as hosts write it.
  private func write(_ position: Position, at: Int) -> Int {
    let time = "http://lv2plug.in/ns/ext/time#", atom = "http://lv2plug.in/ns/ext/atom#"
    var bytes: [UInt8] = []
    func word(_ value: UInt32) { withUnsafeBytes(of: value) { bytes += $0 } }
    func property(_ key: String, _ type: String, _ value: some BitwiseCopyable) {
      word(urids.number(time + key))
      word(0)
      word(UInt32(MemoryLayout.size(ofValue: value)))
      word(urids.number(atom + type))
      withUnsafeBytes(of: value) { bytes += $0 }
      while bytes.count % 8 != 0 { bytes.append(0) }
    }
    word(0)
    word(urids.number(time + "Position"))
    property("speed", "Float", position.speed)
    property("barBeat", "Float", Float(position.beat.truncatingRemainder(dividingBy: 4)))
    property("bar", "Long", Int64(position.beat / 4))
    property("beatsPerBar", "Float", Float(4))
    property("beatsPerMinute", "Float", position.tempo)
    let place = (sequence + at).assumingMemoryBound(to: LV2_Atom_Event.self)
    place.pointee.time.frames = Int64(position.frame)
    place.pointee.body.size = UInt32(bytes.count)
    place.pointee.body.type = urids.number(atom + "Object")
    (sequence + at + 16).copyMemory(from: bytes, byteCount: bytes.count)
    return at + 16 + bytes.count
  }

  /// Connects a period's events and memory, for `run` alone.
  func prepare(_ frames: Int, events: [Midi]) {
    write(events)
    for i in 0..<ports.outputs { descriptor.connect_port(handle, UInt32(i), scratch) }
  }
  private let scratch = UnsafeMutablePointer<Float>.allocate(capacity: 8_192)

  /// Writes the events of a period.
  private func write(_ events: [Midi]) {
    let header = sequence.assumingMemoryBound(to: LV2_Atom_Sequence.self)
    var at = MemoryLayout<LV2_Atom_Sequence>.size
    if let position { at = write(position, at: at) }
    position = nil
    for event in events {
      let place = (sequence + at).assumingMemoryBound(to: LV2_Atom_Event.self)
      place.pointee.time.frames = Int64(event.frame)
      place.pointee.body.size = UInt32(event.bytes.count)
      place.pointee.body.type = urids.number("http://lv2plug.in/ns/ext/midi#MidiEvent")
      (sequence + at + 16).copyMemory(from: event.bytes, byteCount: event.bytes.count)
      at += (16 + event.bytes.count + 7) & ~7
    }
    header.pointee.atom.type = urids.number("http://lv2plug.in/ns/ext/atom#Sequence")
    header.pointee.atom.size = UInt32(at - MemoryLayout<LV2_Atom>.size)
    header.pointee.body = LV2_Atom_Sequence_Body(unit: 0, pad: 0)
  }

  /// Renders `frames` in periods of the given lengths, in turn.
  ///
  /// - Parameters:
  ///   - inputs: by channel; silence where there is none.
  ///   - isConnected: false: the audio ports are null.
  /// - Returns: the outputs by channel.
  func render(
    _ frames: Int, periods: [Int] = [256], events: [Midi] = [], inputs: [[Float]] = [], isConnected: Bool = true,
    before: (Int, TestPlugin) -> Void = { _, _ in }
  ) -> [[Float]] {
    let out = UnsafeMutablePointer<Float>.allocate(capacity: ports.outputs * frames)
    out.initialize(repeating: 0, count: ports.outputs * frames)
    let silence = UnsafeMutablePointer<Float>.allocate(capacity: frames)
    silence.initialize(repeating: 0, count: frames)
    defer {
      out.deallocate()
      silence.deallocate()
    }
    var at = 0, turn = 0
    while at < frames {
      let count = min(periods[turn % periods.count], frames - at)
      turn += 1
      before(at, self)
      write(events.filter { (at..<at + count).contains($0.frame) }.map { Midi(frame: $0.frame - at, bytes: $0.bytes) })
      for i in 0..<ports.outputs {
        descriptor.connect_port(handle, UInt32(i), isConnected ? out + i * frames + at : nil)
      }
      var copies: [UnsafeMutablePointer<Float>] = []
      for i in 0..<ports.inputs {
        guard isConnected, i < inputs.count else {
          descriptor.connect_port(handle, UInt32(ports.outputs + i), isConnected ? silence : nil)
          continue
        }
        let copy = UnsafeMutablePointer<Float>.allocate(capacity: max(count, 1))
        for j in 0..<count { copy[j] = inputs[i][at + j] }
        copies.append(copy)
        descriptor.connect_port(handle, UInt32(ports.outputs + i), copy)
      }
      descriptor.run(handle, UInt32(count))
      for copy in copies { copy.deallocate() }
      at += count
    }
    return (0..<ports.outputs).map { i in (0..<frames).map { out[i * frames + $0] } }
  }

  func run(_ frames: Int) { descriptor.run(handle, UInt32(frames)) }
  func disconnectControls() {
    for i in ports.midi..<ports.count { descriptor.connect_port(handle, UInt32(i), nil) }
  }

  // MARK: State

  /// Properties of a saved state, by URI.
  func save() -> [String: [UInt8]] {
    let interface = descriptor.extension_data("http://lv2plug.in/ns/ext/state#interface")!
      .assumingMemoryBound(to: LV2_State_Interface.self).pointee
    let saved = Saved(urids)
    let status = Self.withFeatures(urids, withMap: true) {
      interface.save(handle, storeProperty, Unmanaged.passUnretained(saved).toOpaque(), 0, $0)
    }
    precondition(status == LV2_STATE_SUCCESS)
    return saved.properties
  }

  @discardableResult func restore(_ properties: [String: [UInt8]]) -> Bool {
    let interface = descriptor.extension_data("http://lv2plug.in/ns/ext/state#interface")!
      .assumingMemoryBound(to: LV2_State_Interface.self).pointee
    let saved = Saved(urids)
    saved.properties = properties
    return Self.withFeatures(urids, withMap: true) {
      interface.restore(handle, retrieveProperty, Unmanaged.passUnretained(saved).toOpaque(), 0, $0)
    } == LV2_STATE_SUCCESS
  }
}

private final class Saved {
  let urids: TestPlugin.URIDs
  var properties: [String: [UInt8]] = [:]
  var kept: [UnsafeMutableRawPointer] = []
  init(_ urids: TestPlugin.URIDs) { self.urids = urids }
  deinit { for pointer in kept { pointer.deallocate() } }
}

private func storeProperty(
  _ handle: LV2_State_Handle?, _ key: UInt32, _ value: UnsafeRawPointer?, _ size: Int, _ type: UInt32, _ flags: UInt32
) -> LV2_State_Status {
  let saved = Unmanaged<Saved>.fromOpaque(handle!).takeUnretainedValue()
  let uri = saved.urids.known.first { $0.value == key }!.key
  saved.properties[uri] = Array(UnsafeRawBufferPointer(start: value, count: size))
  return LV2_STATE_SUCCESS
}

private func retrieveProperty(
  _ handle: LV2_State_Handle?, _ key: UInt32, _ size: UnsafeMutablePointer<Int>?,
  _ type: UnsafeMutablePointer<UInt32>?, _ flags: UnsafeMutablePointer<UInt32>?
) -> UnsafeRawPointer? {
  let saved = Unmanaged<Saved>.fromOpaque(handle!).takeUnretainedValue()
  guard let uri = saved.urids.known.first(where: { $0.value == key })?.key, let bytes = saved.properties[uri] else {
    return nil
  }
  size?.pointee = bytes.count
  type?.pointee = saved.urids.number("http://lv2plug.in/ns/ext/atom#String")
  flags?.pointee = 0
  let copy = UnsafeMutableRawPointer.allocate(byteCount: max(bytes.count, 1), alignment: 8)
  copy.copyMemory(from: bytes, byteCount: bytes.count)
  saved.kept.append(copy)
  return UnsafeRawPointer(copy)
}

/// The greatest magnitude.
func loudest(_ samples: some Sequence<Float>) -> Float { samples.reduce(0) { max($0, abs($1)) } }

/// Compared to the bit. Outside of `#expect`, which would print every sample.
func isEqual(_ a: [[Float]], _ b: [[Float]]) -> Bool { a == b }
