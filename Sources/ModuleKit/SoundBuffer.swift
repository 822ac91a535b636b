import DSP
import Synchronization

/// A recorded sound, whole in memory: shared by every node that names the same file, freed when none does.
///
/// What is in it never changes, so that the audio thread can read what the control side holds.
public final class SoundBuffer: @unchecked Sendable {
  /// Silent frames before the first and after the last, so that whoever reads between frames needs no bounds.
  public static let margin = 16

  public let channels: Int
  public let frames: Int
  /// Hz: the engine's, unless the module wants the frames as they are in the file.
  public let rate: Double
  private let memory: UnsafeMutablePointer<Float>
  /// What was made of it, by name.
  private struct Derived: @unchecked Sendable {
    var objects: [String: AnyObject] = [:]
    /// The modules that it is prepared for.
    var modules: Set<String> = []
  }
  private let derived = Mutex(Derived())

  /// - Parameter channels: the samples of each channel, all as many.
  public init(channels: [[Float]], rate: Double) {
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

  deinit { giveBack(memory, bytes: 4 * channels * (frames + 2 * SoundBuffer.margin)) }

  /// The samples of a channel, with `margin` zeros on both sides; the last channel stands for those it lacks.
  public func samples(_ channel: Int) -> UnsafePointer<Float> {
    let channel = max(min(channel, channels - 1), 0)
    return UnsafePointer(memory) + channel * (frames + 2 * SoundBuffer.margin) + SoundBuffer.margin
  }

  /// What a module makes of the sound, made once for all its nodes. Any thread but that of the audio.
  public func derived<T: AnyObject>(_ key: String, _ make: (SoundBuffer) -> T) -> T {
    if let known = derived.withLock({ Held($0.objects[key]) }).object as? T { return known }
    // Whoever waited for a lock meanwhile would wait for long.
    let made = Held(make(self))
    return derived.withLock { derived in
      if let first = derived.objects[key] as? T { return Held(first) }
      derived.objects[key] = made.object
      return made
    }.object as! T
  }
  /// From one thread to another: what was made never changes.
  private struct Held: @unchecked Sendable {
    let object: AnyObject?
    init(_ object: AnyObject?) { self.object = object }
  }

  /// Returns whether what a module makes of it is there.
  public func isPrepared(for module: String) -> Bool { derived.withLock { $0.modules.contains(module) } }

  /// Makes what a module makes of it. Any thread but that of the audio.
  public func prepare(for module: String, _ preparation: (SoundBuffer) -> Void) {
    if isPrepared(for: module) { return }
    preparation(self)
    derived.withLock { _ = $0.modules.insert(module) }
  }
}

/// The sounds that a node has been given, by the index of the input that names them.
public typealias NodeSounds = [Int: SoundBuffer]
