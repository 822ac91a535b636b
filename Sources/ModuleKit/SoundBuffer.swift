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
  private var derived: [String: AnyObject] = [:]

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

  deinit { memory.deallocate() }

  /// The samples of a channel, with `margin` zeros on both sides; the last channel stands for those it lacks.
  public func samples(_ channel: Int) -> UnsafePointer<Float> {
    let channel = max(min(channel, channels - 1), 0)
    return UnsafePointer(memory) + channel * (frames + 2 * SoundBuffer.margin) + SoundBuffer.margin
  }

  /// [control] What a module makes of the sound, made once for all its nodes.
  public func derived<T: AnyObject>(_ key: String, _ make: (SoundBuffer) -> T) -> T {
    if let known = derived[key] as? T { return known }
    let made = make(self)
    derived[key] = made
    return made
  }
}

/// The sounds that a node has been given, by the index of the input that names them.
public typealias NodeSounds = [Int: SoundBuffer]
