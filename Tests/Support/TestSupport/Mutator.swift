/// Damages inputs in the ways that break parsers: the driver of every fuzz test. The same seed gives the same run.
public struct Mutator {
  public var random: SplitMix
  private let corpus: [[UInt8]]
  /// Tokens with a meaning in the format under test.
  private let words: [[UInt8]]
  /// Separators of the format.
  private let marks: [UInt8]
  /// Fields start on multiples of this.
  private let step: Int
  private static let longest = 1 << 16

  /// - Parameters:
  ///   - corpus: valid inputs to start from.
  ///   - step: 4 for a format of four-byte words.
  public init(
    seed: UInt64, corpus: [[UInt8]], words: [String] = [], marks: String = "/#,ifsbhtdScmrTFNI[]\0*{}", step: Int = 4
  ) {
    random = SplitMix(seed: seed)
    self.corpus = corpus.isEmpty ? [[]] : corpus
    self.words = words.map { Array($0.utf8) }
    self.marks = Array(marks.utf8)
    self.step = step
  }

  /// The next input: a valid one with one to four damages.
  public mutating func next() -> [UInt8] {
    var input = corpus[random.below(corpus.count)]
    for _ in 0...(random.below(2) == 0 ? 0 : random.below(4)) { damage(&input) }
    if input.count > Mutator.longest { input.removeLast(input.count - Mutator.longest) }
    return input
  }

  private mutating func damage(_ input: inout [UInt8]) {
    let place = random.below(input.count)
    switch random.below(words.isEmpty ? 10 : 13) {
    case 0 where !input.isEmpty: input[place] ^= 1 << UInt8(random.below(8))
    case 1 where !input.isEmpty: input[place] = UInt8(random.below(256))
    case 2: input.removeLast(random.below(input.count + 1))
    case 3: input.removeLast(min(input.count, step * random.below(4)))
    case 4: input += [UInt8](repeating: UInt8(random.below(2) * random.below(256)), count: random.below(9))
    case 5:
      word(&input, [0, 1, -1, 4, 0x7FFF_FFFF, Int32.min, 0xFFFF, Int32(input.count)][random.below(8)])
    case 6 where !input.isEmpty: input[place] = marks[random.below(marks.count)]
    case 7 where input.count >= step:
      let start = random.below(input.count / step) * step
      input.insert(contentsOf: input[start..<min(input.count, start + step * (1 + random.below(4)))], at: start)
    case 8 where input.count >= 2 * step:
      let start = place / step * step
      input.removeSubrange(start..<min(input.count, start + step))
    case 10: input.insert(contentsOf: words[random.below(words.count)], at: place / step * step)
    case 11, 12:
      let start = place / step * step, end = min(input.count, start + random.below(12) / step * step)
      input.replaceSubrange(start..<end, with: words[random.below(words.count)])
    default: splice(&input)
    }
  }

  /// Writes a word of four bytes, big or little endian, such as a size or a count.
  private mutating func word(_ input: inout [UInt8], _ value: Int32) {
    guard input.count >= 4 else { return }
    let start = min(random.below(input.count / step) * step, input.count - 4)
    let isBig = step == 4 || random.below(2) == 0
    for i in 0..<4 { input[start + i] = UInt8(truncatingIfNeeded: value >> Int32(isBig ? 24 - 8 * i : 8 * i)) }
  }

  /// Inserts another input into this one, with or without its size before it.
  private mutating func splice(_ input: inout [UInt8]) {
    let other = corpus[random.below(corpus.count)]
    let size = Int32(other.count)
    let head = (0..<4).map { UInt8(truncatingIfNeeded: size >> Int32(24 - 8 * $0)) }
    input.insert(
      contentsOf: random.below(2) == 0 ? head + other : other,
      at: min(input.count, random.below(input.count + 1) / step * step))
  }
}
