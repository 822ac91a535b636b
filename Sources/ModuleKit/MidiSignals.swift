// [audio] MIDI beyond notes, as kernels read it: controller values and clock.

/// Controllers and clock of the MIDI input, and the clocks of the session and of a MIDI file that plays. Written between
/// blocks, so that a change is sample-accurate.
public struct MidiSignals: BitwiseCopyable, @unchecked Sendable {
  /// The last value of each controller, 0 … 127: rows of `controllerCount` by channel; row 0 for any channel.
  public var controllers: UnsafePointer<UInt8>
  public var clock: UnsafePointer<MidiClock>
  public var session: UnsafePointer<SessionClock>
  /// It stands until a MIDI file plays.
  public var file: UnsafePointer<SessionClock>

  public static let channelCount = 17
  public static let controllerCount = 128

  public init(
    controllers: UnsafePointer<UInt8>, clock: UnsafePointer<MidiClock>, session: UnsafePointer<SessionClock>,
    file: UnsafePointer<SessionClock>
  ) {
    self.controllers = controllers
    self.clock = clock
    self.session = session
    self.file = file
  }

  /// The value of a controller, 0 … 1.
  ///
  /// - Parameters:
  ///   - channel: 1 … 16, or 0 for the channel of the last message.
  ///   - isFine: 14 bits: the controller 32 above holds the lower seven. Only for controllers below 32.
  public func controller(_ number: Int, channel: Int, isFine: Bool) -> Float {
    let row = controllers + channel * MidiSignals.controllerCount
    guard isFine && number < 32 else { return Float(row[number]) / 127 }
    return Float(Int(row[number]) << 7 + Int(row[number + 32])) / 16_383
  }

  /// Initial values of the controllers: MIDI's recommended ones.
  public static func standardValue(of controller: Int) -> UInt8 {
    switch controller {
    case 7: 100  // volume
    case 8, 10: 64  // balance, pan
    case 11: 127  // expression
    case 70...79: 64  // sound controllers
    default: 0
    }
  }

  /// No MIDI at all.
  public static let none: MidiSignals = {
    let controllers = UnsafeMutablePointer<UInt8>.allocate(capacity: channelCount * controllerCount)
    for i in 0..<channelCount * controllerCount {
      (controllers + i).initialize(to: standardValue(of: i % controllerCount))
    }
    let clock = UnsafeMutablePointer<MidiClock>.allocate(capacity: 1)
    clock.initialize(to: MidiClock())
    let session = UnsafeMutablePointer<SessionClock>.allocate(capacity: 1)
    session.initialize(to: SessionClock())
    let file = UnsafeMutablePointer<SessionClock>.allocate(capacity: 1)
    file.initialize(to: .standing)
    return MidiSignals(
      controllers: UnsafePointer(controllers), clock: UnsafePointer(clock), session: UnsafePointer(session),
      file: UnsafePointer(file))
  }()
}

/// The MIDI clock: 24 ticks per beat, start, stop, continue.
///
/// Between two ticks time advances at the pace of the last ones, and waits where the next tick is late: it never runs
/// backwards, and is exactly on a tick when that arrives.
public struct MidiClock: BitwiseCopyable, Sendable {
  public static let ticksABeat = 24

  public private(set) var isRunning = false
  /// Grows with every start from the beginning.
  public private(set) var starts = 0
  /// Start or continue was received; the next tick is the first.
  private var isArmed = false
  /// Beats while stopped.
  private var held = 0.0
  /// The present tick, and the number of the next one.
  private var tick = 0, next = 0
  /// The frame of the last tick, counted or not; `Int.min` before the first.
  private var lastFrame = Int.min
  /// Recent frames per tick; 0 while unknown.
  private var pace: Float = 0

  public init() {}

  /// Its place and tempo at a frame not before the last tick.
  public func place(at frame: Int, _ sampleRate: Double) -> SessionClock {
    let ticksAMinute = pace > 0 ? 60 * sampleRate / Double(pace) : 0
    return SessionClock(
      isRolling: isRunning && pace > 0, frame: frame, beat: beats(at: frame),
      beatsPerMinute: ticksAMinute / Double(MidiClock.ticksABeat))
  }

  /// Beats since the start at a frame not before the last tick.
  public func beats(at frame: Int) -> Double {
    guard isRunning else { return held }
    // At most a frame short of the next tick.
    let part = pace > 0 ? min(Float(frame - lastFrame) / pace, max(0, 1 - 1 / pace)) : 0
    return (Double(tick) + Double(part)) / Double(MidiClock.ticksABeat)
  }

  public mutating func start() {
    starts += 1
    (isRunning, next, held) = (false, 0, 0)
    resume()
  }
  /// Continues from the stop position, with the next tick.
  public mutating func resume() { isArmed = true }
  public mutating func stop(at frame: Int) {
    isArmed = false
    held = beats(at: frame)
    isRunning = false
  }
  /// Sets the next tick, six per sixteenth. Only while stopped.
  public mutating func locate(tick: Int) {
    guard !isRunning else { return }
    next = tick
    held = Double(tick) / Double(MidiClock.ticksABeat)
  }

  public mutating func advance(at frame: Int) {
    if lastFrame != Int.min {
      let interval = Float(frame - lastFrame)
      // Follows a tempo change at once, and smooths the jitter of a constant tempo.
      let isConstant = (interval - pace).magnitude < 0.25 * pace
      pace = isConstant ? pace + 0.2 * (interval - pace) : interval
    }
    lastFrame = frame
    if isArmed {
      isArmed = false
      isRunning = true
    }
    guard isRunning else { return }
    tick = next
    next += 1
  }
}
