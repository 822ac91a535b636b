// [audio] A period of the host: control ports, events, sound.
import CLV2
import Engine
import LV2Bundle

extension PluginInstance {
  /// Renders `frames` frames. Nothing here allocates, locks or waits.
  func run(_ frames: Int) {
    readControls()
    if let port = memory.ports[ports.latency] {
      port.assumingMemoryBound(to: Float.self).pointee = Float(latency)
    }
    var events = EventList(memory.ports[ports.midi])
    var done = 0
    repeat {
      // While it fades, and while it is off, the inputs are kept: the host's outputs may be the same memory.
      let isOpen = memory.bypass.isOpen(wanted: memory.ports[ports.enabled])
      let count = isOpen ? frames - done : min(frames - done, Bypass.block)
      connect(at: done)
      receive(&events, from: done, frames: count, isLast: done + count == frames)
      if !isOpen { memory.bypass.keep(memory.inputs, count: count) }
      engine.render(inputs: memory.inputs, outputs: memory.outputs, frames: count)
      if !isOpen { memory.bypass.mix(memory.outputs, count: count, sampleRate: sampleRate) }
      done += count
    } while done < frames
  }

  /// Points the channels at a frame of the period.
  private func connect(at frame: Int) {
    for channel in 0..<ports.outputs {
      memory.outputs[channel] = memory.ports[channel].map { $0.assumingMemoryBound(to: Float.self) + frame }
    }
    for channel in 0..<ports.inputs {
      let input = memory.ports[ports.outputs + channel]?.assumingMemoryBound(to: Float.self)
      memory.inputs[channel] = input.map { UnsafePointer($0 + frame) }
    }
  }

  /// Receives the MIDI messages of a part of the period, each at its frame.
  private func receive(_ events: inout EventList, from start: Int, frames: Int, isLast: Bool) {
    while let event = events.next(before: isLast ? .max : start + frames) {
      let frame = min(max(event.frame - start, 0), max(frames - 1, 0))
      if event.type == types.midi {
        engine.receive(midi: event.bytes, count: event.count, after: frame)
        continue
      }
      let place = engine.frame + frame
      if let clock = memory.position.read(event, at: place, sampleRate: sampleRate) {
        set(clock, at: place)
      }
    }
  }
}
