import ModuleKit

/// The cells and buffers of one side of a kernel.
final class Ports {
  let list: UnsafeMutablePointer<UnsafeMutablePointer<SignalCell>>
  let cells: [UnsafeMutablePointer<SignalCell>]

  init(_ count: Int, lanes: Int) {
    let bytes = quantumFrames * lanes * MemoryLayout<Float>.stride
    cells = (0..<count).map { _ in
      let base = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
      base.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
      let cell = UnsafeMutablePointer<SignalCell>.allocate(capacity: 1)
      cell.initialize(to: SignalCell(base: base))
      return cell
    }
    list = .allocate(capacity: max(count, 1))
    for (i, cell) in cells.enumerated() { (list + i).initialize(to: cell) }
  }

  deinit {
    for cell in cells {
      cell.pointee.base.deallocate()
      cell.deallocate()
    }
    list.deallocate()
  }
}

/// Two channels in, two out: for modules that use the host's.
final class RigDevice {
  private let memory: UnsafeMutablePointer<Float>
  private let channels: UnsafeMutablePointer<UnsafeMutablePointer<Float>>

  init() {
    memory = .allocate(capacity: 4 * quantumFrames)
    memory.initialize(repeating: 0, count: 4 * quantumFrames)
    channels = .allocate(capacity: 4)
    for i in 0..<4 { (channels + i).initialize(to: memory + i * quantumFrames) }
  }

  func output(_ channel: Int) -> UnsafeMutablePointer<Float> { channels[2 + channel] }

  /// Silences the outputs and fills the inputs.
  func prepare(_ count: Int, from frame: Int, _ input: ((Int, Int) -> Float)?) {
    memory.update(repeating: 0, count: 4 * quantumFrames)
    guard let input else { return }
    for channel in 0..<2 { for i in 0..<count { channels[channel][i] = input(frame + i, channel) } }
  }

  var device: Device {
    Device(inputs: UnsafePointer(channels), inputCount: 2, outputs: UnsafePointer(channels + 2), outputCount: 2)
  }

  deinit {
    memory.deallocate()
    channels.deallocate()
  }
}
