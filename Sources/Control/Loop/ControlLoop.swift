import CLoop
import CRealtime
import Glibc
import Synchronization

/// The control thread: sockets, timers, signals, and work posted by other threads, one after the other.
///
/// Only `post` and `stop` may be called from other threads; all other functions are confined to the thread that runs
/// the loop (before it runs: to the thread that creates it). This is checked, which makes the type sendable.
public final class ControlLoop: @unchecked Sendable {
  /// The events awaited on a descriptor, and the events that occurred.
  public struct Interest: OptionSet, Sendable {
    public let rawValue: Int16
    public init(rawValue: Int16) { self.rawValue = rawValue }
    public static let read = Interest(rawValue: Int16(POLLIN))
    public static let write = Interest(rawValue: Int16(POLLOUT))
    /// Hung up or broken; always reported.
    public static let failed = Interest(rawValue: Int16(POLLERR))

    /// The events reported by poll(2).
    init(reported: Int16) {
      self.init(rawValue: reported & Int16(POLLIN | POLLOUT))
      if reported & Int16(POLLERR | POLLHUP | POLLNVAL) != 0 { insert(.failed) }
    }
  }

  private struct Source {
    /// Distinguishes a descriptor from an earlier one with the same number.
    let serial: Int
    var interest: Interest
    let handler: (Interest) -> Void
  }

  private var sources: [Int32: Source] = [:]
  private var serial = 0
  /// The argument of poll(2) and the serials of its entries; rebuilt when the sources have changed.
  private var polled: [pollfd] = []
  private var polledSerials: [Int] = []
  private var sourcesChanged = true
  var timers = LoopTimers()
  /// Sliced work by number, and whether some of it remains.
  private var slices: [Int: () -> Bool] = [:]
  private var hasWork = false
  private var owner: pthread_t?
  /// Number of wake-ups of `run` since the start.
  public private(set) var wakeupCount = 0

  private let wakeup: Int32
  private let posted = Mutex<[@Sendable () -> Void]>([])
  private let stopping = Atomic<Bool>(false)

  public init() {
    wakeup = weft_wakeup_open()
    precondition(wakeup >= 0, "no file descriptor for the control loop: \(String(cString: strerror(errno)))")
    add(wakeup, for: .read) { [unowned self] _ in runPosted() }
  }

  deinit { close(wakeup) }

  /// Nanoseconds of the monotonic clock, which timers and the audio thread use.
  public static var now: UInt64 { weft_nanoseconds() }

  // MARK: Descriptors

  /// Calls the handler whenever the descriptor is ready. The caller still owns (and closes) the descriptor.
  public func add(_ descriptor: Int32, for interest: Interest, _ handler: @escaping (Interest) -> Void) {
    checkThread()
    precondition(sources[descriptor] == nil, "descriptor \(descriptor) is already in the loop")
    serial += 1
    sources[descriptor] = Source(serial: serial, interest: interest, handler: handler)
    sourcesChanged = true
  }

  public func change(_ descriptor: Int32, to interest: Interest) {
    checkThread()
    guard let source = sources[descriptor], source.interest != interest else { return }
    sources[descriptor]!.interest = interest
    sourcesChanged = true
  }

  /// Must come before the descriptor is closed.
  public func remove(_ descriptor: Int32) {
    checkThread()
    sources[descriptor] = nil
    sourcesChanged = true
  }

  // MARK: Work in slices

  /// Adds work that is called after each iteration, does a slice and returns whether more remains.
  ///
  /// - Returns: its number, for removal.
  func addSlices(_ work: @escaping () -> Bool) -> Int {
    checkThread()
    serial += 1
    slices[serial] = work
    return serial
  }

  func removeSlices(_ number: Int) {
    checkThread()
    slices[number] = nil
  }

  // MARK: Running

  /// Runs until `stop`; may be called again.
  public func run() {
    owner = pthread_self()
    defer { owner = nil }
    while !stopping.exchange(false, ordering: .acquiring) { iterate(waiting: true) }
  }

  /// Handles the events that are ready now, without waiting.
  public func runOnce() { iterate(waiting: false) }

  private func iterate(waiting: Bool) {
    if sourcesChanged { collect() }
    let timeout = waiting && !hasWork ? timers.wait(from: ControlLoop.now) : 0
    let ready = weft_poll(&polled, UInt32(polled.count), timeout)
    wakeupCount += 1
    fireTimers(at: ControlLoop.now)
    if ready > 0 { handleReady() }
    hasWork = slices.values.reduce(false) { isLeft, work in work() || isLeft }
  }

  private func handleReady() {
    for (index, entry) in polled.enumerated() where entry.revents != 0 {
      // An earlier handler may have removed this source.
      guard let source = sources[entry.fd], source.serial == polledSerials[index] else { continue }
      source.handler(Interest(reported: entry.revents))
    }
  }

  private func collect() {
    polled.removeAll(keepingCapacity: true)
    polledSerials.removeAll(keepingCapacity: true)
    for (descriptor, source) in sources {
      polled.append(pollfd(fd: descriptor, events: source.interest.rawValue, revents: 0))
      polledSerials.append(source.serial)
    }
    sourcesChanged = false
  }

  // MARK: From any thread

  /// Runs the work on the loop's thread soon. Work posted by one thread runs in order.
  public func post(_ work: @escaping @Sendable () -> Void) {
    posted.withLock { $0.append(work) }
    wake()
  }

  /// Makes `run` return after the current handler.
  public func stop() {
    stopping.store(true, ordering: .releasing)
    wake()
  }

  private func wake() {
    var one: UInt64 = 1
    _ = write(wakeup, &one, 8)
  }

  private func runPosted() {
    var count: UInt64 = 0
    _ = read(wakeup, &count, 8)
    let work = posted.withLock { list in
      defer { list = [] }
      return list
    }
    for item in work { item() }
  }

  func checkThread() {
    if let owner { precondition(pthread_equal(owner, pthread_self()) != 0, "the control loop runs on another thread") }
  }
}
