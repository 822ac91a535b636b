// [audio] Copies of the state of one voice into the first lane of several.
import DSP
import ModuleKit

/// The copies to make when a plan starts.
///
/// A long line of the past is copied ahead, a piece a period, while the one voice still plays; when the plan starts,
/// only what has changed since then is copied again.
struct HandoverMemory {
  /// Bytes from which on a copy is made ahead.
  static let longBytes = 8_192
  /// Words of four bytes that are copied ahead for each frame that is rendered.
  static let wordsPerFrame = 256

  var short: UnsafeMutableBufferPointer<StateCopy>
  var long: UnsafeMutableBufferPointer<LongCopy>
  var parameters: UnsafeMutableBufferPointer<ParameterHandover>
  /// The long copy that is being made ahead, and its next word.
  private var present = 0, next = 0

  init(
    short: UnsafeMutableBufferPointer<StateCopy>, long: UnsafeMutableBufferPointer<LongCopy>,
    parameters: UnsafeMutableBufferPointer<ParameterHandover>
  ) {
    self.short = short
    self.long = long
    self.parameters = parameters
  }

  /// Copies ahead; true when there is nothing left to be copied so.
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

  /// Now the lanes go on.
  mutating func finish() {
    _ = prepare(words: .max / 2)
    for copy in long { copy.refresh() }
    for copy in short { copy.perform() }
    for parameter in parameters { parameter.to.pointee.goOn(as: parameter.from.pointee, buffer: parameter.buffer) }
  }
}

/// A copy that is made ahead, with what the words were when they were copied.
struct LongCopy {
  let copy: StateCopy
  let shadow: UnsafeMutableRawPointer
  /// What does not fill a word is left to the end.
  var words: Int { copy.bytes / 4 }

  func copyAhead(_ first: Int, _ end: Int) {
    (shadow + 4 * first).copyMemory(from: copy.from + 4 * first, byteCount: 4 * (end - first))
    perform(first, end)
  }

  private func perform(_ first: Int, _ end: Int) {
    if copy.isLane { copy.perform(first, end) } else { copy.perform(4 * first, 4 * end) }
  }

  /// Copies what has changed since.
  func refresh() {
    var i = 0
    while i < words {
      let end = min(i + 8, words)
      if end - i < 8 || differs(at: i) { perform(i, end) }
      i = end
    }
    if !copy.isLane { copy.perform(4 * words, copy.count) }
  }

  /// Whether one of eight words has changed.
  @inline(__always) private func differs(at i: Int) -> Bool {
    let now = (copy.from + 4 * i).loadUnaligned(as: Voices.Bits.self)
    let then = (UnsafeRawPointer(shadow) + 4 * i).loadUnaligned(as: Voices.Bits.self)
    return !Voices.Bits.different(now, then).isZero
  }
}

/// A parameter of one voice, and the same parameter in lanes, with a buffer for it to move in.
struct ParameterHandover {
  var from: UnsafeMutablePointer<Parameter>
  var to: UnsafeMutablePointer<Parameter>
  var buffer: UnsafeMutableRawPointer?
}
