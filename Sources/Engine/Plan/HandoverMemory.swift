// [audio] Copies of the state of one voice into the first lane of several.
import DSP
import ModuleKit

/// The copies to make when a plan starts.
///
/// A long delay line is copied ahead, a piece per period, while the one voice still plays; when the plan starts, only
/// changed words are copied again.
struct HandoverMemory {
  /// The least size of a copy that is made ahead, bytes.
  static let longBytes = 8_192
  /// Words of four bytes copied ahead per rendered frame.
  static let wordsPerFrame = 256

  var short: UnsafeMutableBufferPointer<StateCopy>
  var long: UnsafeMutableBufferPointer<LongCopy>
  var parameters: UnsafeMutableBufferPointer<ParameterHandover>
  /// The long copy in progress, and its next word.
  private var present = 0, next = 0

  init(
    short: UnsafeMutableBufferPointer<StateCopy>, long: UnsafeMutableBufferPointer<LongCopy>,
    parameters: UnsafeMutableBufferPointer<ParameterHandover>
  ) {
    self.short = short
    self.long = long
    self.parameters = parameters
  }

  /// Copies ahead; true when nothing is left to copy ahead.
  mutating func prepare(words: Int) -> Bool {
    var left = words
    while present < long.count {
      let end = min(long[present].words, next + left)
      long[present].copyAhead(next, end)
      left -= end - next
      next = end
      if next < long[present].words { return false }
      (present, next) = (present + 1, 0)
    }
    return true
  }

  /// Completes all copies: the lanes take over.
  mutating func finish() {
    _ = prepare(words: .max / 2)
    for copy in long { copy.refresh() }
    for copy in short { copy.perform() }
    for parameter in parameters { parameter.to.pointee.resume(from: parameter.from.pointee, buffer: parameter.buffer) }
  }
}

/// A copy that is made ahead, with the words as they were copied.
struct LongCopy {
  let copy: StateCopy
  let shadow: UnsafeMutableRawPointer
  /// A partial last word is copied at the end.
  var words: Int { copy.bytes / 4 }

  func copyAhead(_ first: Int, _ end: Int) {
    (shadow + 4 * first).copyMemory(from: copy.from + 4 * first, byteCount: 4 * (end - first))
    perform(first, end)
  }

  private func perform(_ first: Int, _ end: Int) {
    if copy.isLane { copy.perform(first, end) } else { copy.perform(4 * first, 4 * end) }
  }

  /// Copies the words that have changed since.
  func refresh() {
    var i = 0
    while i < words {
      let end = min(i + 8, words)
      if end - i < 8 || differs(at: i) { perform(i, end) }
      i = end
    }
    if !copy.isLane { copy.perform(4 * words, copy.count) }
  }

  /// Returns whether one of eight words has changed.
  @inline(__always) private func differs(at i: Int) -> Bool {
    let now = (copy.from + 4 * i).loadUnaligned(as: Voices.Bits.self)
    let then = (UnsafeRawPointer(shadow) + 4 * i).loadUnaligned(as: Voices.Bits.self)
    return !Voices.Bits.different(now, then).isZero
  }
}

/// A parameter of one voice, and the same parameter in lanes, with a buffer for its movement.
struct ParameterHandover {
  var from: UnsafeMutablePointer<Parameter>
  var to: UnsafeMutablePointer<Parameter>
  var buffer: UnsafeMutableRawPointer?
}
