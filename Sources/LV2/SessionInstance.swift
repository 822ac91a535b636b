// [control] The generic plug-in: its patch is its state, and is edited while the host plays.
import Engine
import Glibc
import LV2Bundle
import ModuleKit
import PatchKit

/// The session has a control thread of its own; the audio thread renders, and leaves the values of its ports in atomics.
final class SessionInstance: PluginInstance {
  private let crossing = SessionCrossing()
  private var thread: SessionThread

  init(_ setting: PluginSetting) throws(PatchErrors) {
    let engine = SessionInstance.engine(setting)
    thread = try SessionThread(setting, setting.patch, engine)
    super.init(setting, engine)
    try thread.start(memory, crossing)
  }

  private static func engine(_ setting: PluginSetting) -> Engine {
    Engine(
      sampleRate: setting.sampleRate, inputChannels: setting.ports.inputs, outputChannels: setting.ports.outputs)
  }

  override func close() { thread.stop() }

  override func activate() {
    guard engine.frame > 0 else { return }
    // Clients stay connected, so the session goes on; no note and no tail does.
    if thread.isRemote { return silence() }
    do throws(PatchErrors) { try restart(with: current) } catch { silence() }
  }

  override var current: Patch { thread.patch }

  override func play(_ patch: Patch) throws(PatchErrors) {
    if engine.frame == 0, !thread.isRemote {
      // Nothing has sounded, and nobody edits: as if the bundle had this patch.
      try restart(with: patch)
    } else {
      try thread.play(patch)
    }
    // The host sets the ports to what they were when the state was saved, which is no change of a macro.
    crossing.acceptsControls.store(true, ordering: .releasing)
  }

  private func restart(with patch: Patch) throws(PatchErrors) {
    let fresh = SessionInstance.engine(setting), other = try SessionThread(setting, patch, fresh)
    thread.stop()
    (engine, thread) = (fresh, other)
    try thread.start(memory, crossing)
  }

  /// Ends every note and its tail: a panic and its fade, which nobody hears.
  private func silence() {
    thread.panic()
    let none = [UnsafeMutablePointer<Float>?](repeating: nil, count: max(ports.outputs, 1))
    for _ in 0..<8 { engine.render(inputs: nil, outputs: none, frames: Int(sampleRate / 100)) }
  }

  // MARK: Audio thread

  override var latency: Int { crossing.latency.load(ordering: .relaxed) }

  override func readControls() {
    let isAccepting = crossing.acceptsControls.exchange(false, ordering: .acquiring)
    for i in 0..<ports.controls.count {
      guard let position = memory.wanted(i, ports.firstControl + i) else { continue }
      if isAccepting {
        memory.accept(i, at: position)
      } else if abs(position - memory.position(i)) > PortMemory.least {
        memory.set(i, to: position)
      }
    }
    if let remote = memory.ports[ports.remote]?.assumingMemoryBound(to: Float.self).pointee {
      crossing.wantsRemote.store(remote > 0.5, ordering: .relaxed)
    }
    if let port = memory.ports[ports.remotePort] {
      port.assumingMemoryBound(to: Float.self).pointee = Float(crossing.port.load(ordering: .relaxed))
    }
  }

  override func set(_ clock: SessionClock, at frame: Int) {
    engine.set(clock: clock, at: frame)
    crossing.transport.mark(clock)
  }
}
