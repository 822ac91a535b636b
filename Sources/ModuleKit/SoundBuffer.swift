import DSP
import Synchronization

/// A recorded sound in memory: shared by every node that names the same file, freed with the last one.
///
/// Its content never changes, so that the audio thread can read it without a lock.
public final class SoundBuffer: @unchecked Sendable {
  /// Silent frames before the first and after the last, so that interpolation needs no bounds checks.
  public static let margin = 16

  public let channels: Int
  public let frames: Int
  /// Hz: the engine's, unless the module uses the frames of the file unchanged.
  public let rate: Double
  public let info: SoundInfo
  /// The regions of an SFZ file, which has no samples of its own; empty for a plain sound.
  public let zones: [SoundZone]
  private let memory: UnsafeMutablePointer<Float>
  /// Derived data, by name.
  private struct Derived: @unchecked Sendable {
    var objects: [String: AnyObject] = [:]
    /// The modules that it is prepared for.
    var modules: Set<String> = []
    /// The modules whose problems with it were reported.
    var reported: Set<String> = []
  }
  private let derived = Mutex(Derived())

  /// - Parameter channels: the samples of each channel, all of the same length.
  public init(channels: [[Float]], rate: Double, info: SoundInfo = SoundInfo()) {
    self.info = info
    zones = []
    self.channels = channels.count
    self.rate = rate
    frames = channels.map(\.count).min() ?? 0
    let stride = frames + 2 * SoundBuffer.margin
    memory = .allocate(capacity: max(stride * channels.count, 1))
    memory.initialize(repeating: 0, count: max(stride * channels.count, 1))
    for (c, samples) in channels.enumerated() {
      for i in 0..<frames { memory[c * stride + SoundBuffer.margin + i] = samples[i] }
    }
  }

  /// The regions of an SFZ file.
  public init(zones: [SoundZone], rate: Double, info: SoundInfo) {
    self.zones = zones
    self.info = info
    self.rate = rate
    channels = 0
    frames = 0
    memory = .allocate(capacity: 2 * SoundBuffer.margin)
    memory.initialize(repeating: 0, count: 2 * SoundBuffer.margin)
  }

  deinit { deallocateInPieces(memory, bytes: 4 * channels * (frames + 2 * SoundBuffer.margin)) }

  /// The samples of a channel, with `margin` zeros on both sides; beyond the last channel, the last one.
  public func samples(_ channel: Int) -> UnsafePointer<Float> {
    let channel = max(min(channel, channels - 1), 0)
    return UnsafePointer(memory) + channel * (frames + 2 * SoundBuffer.margin) + SoundBuffer.margin
  }

  /// Derived data of a module, made once for all its nodes. Any thread but the audio thread.
  public func derived<T: AnyObject>(_ key: String, _ make: (SoundBuffer) -> T) -> T {
    if let known = derived.withLock({ Transferred($0.objects[key]) }).object as? T { return known }
    // Other threads would wait long for a lock held meanwhile.
    let made = Transferred(make(self))
    return derived.withLock { derived in
      if let first = derived.objects[key] as? T { return Transferred(first) }
      derived.objects[key] = made.object
      return made
    }.object as! T
  }
  /// Passed between threads: derived data never changes.
  private struct Transferred: @unchecked Sendable {
    let object: AnyObject?
    init(_ object: AnyObject?) { self.object = object }
  }

  /// The same sound as a wavetable with cycles of so many frames, unless the file states them; 0: this sound. The same
  /// object for the same number.
  public func cut(_ frames: Int) -> SoundBuffer {
    if frames == 0 || info.cycle > 0 || !zones.isEmpty { return self }
    return derived("cut into \(frames)") { sound in
      var info = sound.info
      info.cycle = frames
      let channels = (0..<sound.channels).map {
        Array(UnsafeBufferPointer(start: sound.samples($0), count: sound.frames))
      }
      return SoundBuffer(channels: channels, rate: sound.rate, info: info)
    }
  }

  /// The problems that a module has with it, and those of the file; empty from the second call on.
  public func newProblems(for module: String, _ find: ((SoundBuffer) -> [String])?) -> [String] {
    guard derived.withLock({ $0.reported.insert(module).inserted }) else { return [] }
    return info.problems + (find?(self) ?? [])
  }

  /// Returns whether the data derived by a module exists, of the sound or of its cut.
  public func isPrepared(for module: String, cut frames: Int = 0) -> Bool {
    derived.withLock { $0.modules.contains("\(module) \(frames)") }
  }

  /// Makes the data derived by a module. Any thread but the audio thread.
  public func prepare(for module: String, cut frames: Int = 0, _ preparation: (SoundBuffer) -> Void) {
    if isPrepared(for: module, cut: frames) { return }
    preparation(cut(frames))
    derived.withLock { _ = $0.modules.insert("\(module) \(frames)") }
  }
}

/// The sounds of a node, by the index of the input that names them.
public typealias NodeSounds = [Int: SoundBuffer]
