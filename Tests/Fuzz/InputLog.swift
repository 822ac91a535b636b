import Glibc

/// The inputs since the last fresh start, in a file that survives a crash: `weft-fuzz TARGET --replay FILE`.
final class InputLog {
  let path: String
  private let memory: UnsafeMutableRawPointer
  private var used = 0
  private static let size = 64 << 20

  init(path: String) {
    self.path = path
    let file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0o600)
    ftruncate(file, InputLog.size)
    memory = mmap(nil, InputLog.size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)
    precondition(memory != MAP_FAILED, "no memory for \(path)")
    close(file)
  }

  deinit { munmap(memory, InputLog.size) }

  /// Clears the log.
  func reset() {
    used = 0
    memory.storeBytes(of: 0, as: UInt32.self)
  }

  /// Each input after its length; a length of 0 ends the list.
  func append(_ input: [UInt8]) {
    guard used + input.count + 8 <= InputLog.size else { return }
    (memory + used).storeBytes(of: UInt32(input.count) + 1, as: UInt32.self)
    input.withUnsafeBytes { bytes in
      if let base = bytes.baseAddress { (memory + used + 4).copyMemory(from: base, byteCount: bytes.count) }
    }
    used += 4 + (input.count + 3) / 4 * 4
    (memory + used).storeBytes(of: 0, as: UInt32.self)
  }

  static func read(_ path: String) -> [[UInt8]] {
    guard let file = fopen(path, "r") else { return [] }
    defer { fclose(file) }
    var inputs: [[UInt8]] = []
    var size: UInt32 = 0
    while fread(&size, 4, 1, file) == 1, size > 0 {
      var input = [UInt8](repeating: 0, count: (Int(size) + 2) / 4 * 4)
      guard input.isEmpty || fread(&input, input.count, 1, file) == 1 else { break }
      inputs.append(Array(input.prefix(Int(size) - 1)))
    }
    return inputs
  }
}
