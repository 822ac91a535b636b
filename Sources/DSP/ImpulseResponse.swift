// [control] An impulse response, partitioned for a convolver.

/// The spectra of an impulse response of one channel: a head of frames, then pieces of 64, then pieces of 1,024.
public final class ImpulseResponse: @unchecked Sendable {
  public static var head: Int { 64 }
  public static var far: Int { 1_024 }
  /// Start of the long partitions: two of them have passed by the time that their output is due.
  public static var farStart: Int { 2 * far }

  /// Data for the audio thread.
  public struct Pieces: BitwiseCopyable, @unchecked Sendable {
    /// `head` frames in reverse order.
    let taps: UnsafePointer<Float>
    /// Spectra of partitions, one after the other.
    let near, far: UnsafePointer<Float>
    let nearCount, farCount: Int
  }
  public let pieces: Pieces
  private let owned: [(base: UnsafeMutableRawPointer, bytes: Int)]

  /// - Parameter scale: gain of the frames.
  public init(_ samples: UnsafePointer<Float>, frames: Int, scale: Float) {
    var owned: [(base: UnsafeMutableRawPointer, bytes: Int)] = []
    func zeros(_ bytes: Int) -> UnsafeMutableRawPointer {
      let memory = UnsafeMutableRawPointer.allocate(byteCount: max(bytes, 64), alignment: 64)
      memory.initializeMemory(as: UInt8.self, repeating: 0, count: max(bytes, 64))
      owned.append((memory, bytes))
      return memory
    }
    func floats(_ count: Int) -> UnsafeMutablePointer<Float> { zeros(count * 4).assumingMemoryBound(to: Float.self) }
    let nearCount = max(0, (min(frames, Self.farStart) - 1) / Self.head)
    let farCount = max(0, (frames - Self.farStart + Self.far - 1) / Self.far)
    let taps = floats(Self.head)
    for i in 0..<min(frames, Self.head) { taps[Self.head - 1 - i] = samples[i] * scale }
    func spectra(_ count: Int, _ length: Int, from start: Int) -> UnsafePointer<Float> {
      let transform = RealTransform(size: 2 * length, memory: zeros)
      let piece = floats(2 * length), result = floats(count * 2 * transform.row)
      for p in 0..<count {
        for i in 0..<length {
          let at = start + p * length + i
          // The inverse transform scales by its length.
          piece[i] = at < frames ? samples[at] * scale / Float(2 * length) : 0
        }
        transform.forward(piece, result + p * 2 * transform.row)
      }
      return UnsafePointer(result)
    }
    pieces = Pieces(
      taps: UnsafePointer(taps), near: spectra(nearCount, Self.head, from: Self.head),
      far: spectra(farCount, Self.far, from: Self.farStart), nearCount: nearCount, farCount: farCount)
    self.owned = owned
  }

  deinit { for (base, bytes) in owned { deallocateInPieces(base, bytes: bytes) } }
}
