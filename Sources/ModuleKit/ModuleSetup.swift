import DSP

/// [control] Environment of a module's `init`: parameters and memory.
public struct ModuleSetup {
  public let sampleRate: Float
  /// The number of the voice in lane 0.
  public let firstVoice: Int
  /// Different for every node and group; the same for the same patch.
  public let seed: UInt64
  /// The notes of this kernel's voices; silent for other than note modules.
  public var notes: UnsafeMutablePointer<NoteGroup> { given ?? memory.silentNotes() }
  private let given: UnsafeMutablePointer<NoteGroup>?
  private let sounds: NodeSounds
  let memory: NodeMemory

  public init(
    sampleRate: Float, firstVoice: Int = 0, seed: UInt64 = 1, notes: UnsafeMutablePointer<NoteGroup>? = nil,
    sounds: NodeSounds = [:], memory: NodeMemory
  ) {
    self.sounds = sounds
    given = notes
    self.sampleRate = sampleRate
    self.firstVoice = firstVoice
    self.seed = seed
    self.memory = memory
  }

  /// The sound named by an input; nil where there is none, or it cannot be read: the node is silent then.
  public func sound(_ port: some InputPort) -> SoundBuffer? {
    guard let sound = sounds[port.rawValue] else { return nil }
    keep(sound)
    return sound
  }

  /// Keeps an object for as long as the node lives.
  public func keep(_ object: AnyObject) { memory.kept.append(object) }

  /// `count` zeros that live as long as the node; a reset zeroes them again, on the audio thread, so keep it small (a
  /// few kilobytes). For long lines use `DelayLine`.
  public func zeros<T: BitwiseCopyable>(_ count: Int, of type: T.Type = T.self) -> UnsafeMutablePointer<T> {
    memory.allocate(count, isCleared: true)
  }

  /// `count` zeros that live as long as the node and are not cleared by a reset.
  public func keptZeros<T: BitwiseCopyable>(_ count: Int, of type: T.Type = T.self) -> UnsafeMutablePointer<T> {
    memory.allocate(count, isCleared: false)
  }

  /// The same, from spare memory if that is of the same size and unused.
  public func keptZeros(bytes: Int, from spare: SpareMemory) -> UnsafeMutableRawPointer {
    if bytes == spare.bytes, let base = spare.claim() { return memory.adopt(base, bytes: bytes) }
    return UnsafeMutableRawPointer(keptZeros(bytes, of: UInt8.self))
  }

  /// A different well-mixed non-zero random state for each lane; a voice's state does not depend on the width of the
  /// node.
  public func randomBits<L: Lane>(of type: L.Type) -> L.Bits {
    var bits = L.Bits(1)
    for lane in 0..<L.count { bits[lane: lane] = RandomSequence<L>.bits(seed, voice: firstVoice + lane) }
    return bits
  }
}

/// [control] The memory of one node and group; freed with it.
public final class NodeMemory {
  /// Memory cleared by a reset: base and bytes.
  public private(set) var cleared: [(base: UnsafeMutableRawPointer, bytes: Int)] = []
  /// One allocation.
  struct Block {
    let base: UnsafeMutableRawPointer
    let count: Int
    let stride: Int
    let type: any Any.Type
    /// The parts of an element.
    let parts: () -> [StatePart]?
  }
  /// The allocations in order.
  private(set) var blocks: [Block] = []
  /// Bytes of each allocation.
  public private(set) var sizes: [Int] = []
  public private(set) var bytes = 0
  /// Objects kept alive by the node.
  var kept: [AnyObject] = []

  public init() {}

  /// Notes of voices that are never played.
  func silentNotes() -> UnsafeMutablePointer<NoteGroup> {
    let notes: UnsafeMutablePointer<NoteGroup> = allocate(1, isCleared: false)
    notes.pointee = NoteGroup()
    return notes
  }

  /// Zeroed (and so touched) memory on cache lines of its own.
  func allocate<T: BitwiseCopyable>(_ count: Int, isCleared: Bool) -> UnsafeMutablePointer<T> {
    let size = max(count, 1) * MemoryLayout<T>.stride
    let base = CacheLine.allocate(size)
    base.initializeMemory(as: UInt8.self, repeating: 0, count: size)
    if isCleared { cleared.append((base, size)) }
    return own(base, max(count, 1), of: T.self)
  }

  /// Adopts memory that was allocated elsewhere.
  func adopt(_ base: UnsafeMutableRawPointer, bytes: Int) -> UnsafeMutableRawPointer {
    UnsafeMutableRawPointer(own(base, bytes, of: UInt8.self))
  }

  private func own<T: BitwiseCopyable>(_ base: UnsafeMutableRawPointer, _ count: Int, of type: T.Type)
    -> UnsafeMutablePointer<T>
  {
    let size = count * MemoryLayout<T>.stride
    blocks.append(
      Block(
        base: base, count: count, stride: MemoryLayout<T>.stride, type: T.self, parts: { partsOfZero(T.self) }))
    sizes.append(size)
    bytes += size
    return base.assumingMemoryBound(to: T.self)
  }

  deinit { for (block, size) in zip(blocks, sizes) { deallocateInPieces(block.base, bytes: size) } }
}
