import Glibc

/// A keyboard mapping in Scala's format: the scale degree of each key, and the frequency of one key.
///
/// - Source: the format as Manuel Op de Coul describes it with his program Scala.
package struct KeyboardFile {
  /// The degrees of the keys from `middle` up, repeated; nil: a silent key. Empty: every key the next degree.
  private(set) var degrees: [Int?] = []
  /// The keys that are tuned.
  private(set) var keys = 0...127
  /// The key that plays the first degree.
  private(set) var middle = 60
  /// The key whose frequency is given.
  private(set) var reference = 60
  private(set) var referenceLine: Int?
  private(set) var frequency = 440 * exp2(-0.75)
  /// The degrees between repetitions of `degrees`; 0: the whole scale.
  private(set) var octaveDegree = 0

  /// Middle C plays the first note, at its usual frequency.
  package init() {}

  init(path: String) throws(PatchError) {
    try self.init(try TextFile.read(path), file: path)
  }

  package init(_ bytes: [UInt8], file: String? = nil) throws(PatchError) {
    var lines = ScalaLines(TextFile.normalized(bytes), file: file)
    let size = try lines.whole("the size of the map", 0...ScaleFile.noteLimit)
    let first = try lines.whole("the first key", 0...127), last = try lines.whole("the last key", first...127)
    keys = first...last
    middle = try lines.whole("the middle key", 0...127)
    reference = try lines.whole("the reference key", 0...127)
    referenceLine = lines.number
    guard let word = lines.next(), let hertz = Double(word), (1...20_000).contains(hertz) else {
      throw lines.failure("the reference frequency is a number of hertz from 1 to 20000")
    }
    frequency = hertz
    octaveDegree = try lines.whole("the degree of the octave", 0...ScaleFile.noteLimit)
    for _ in 0..<size {
      // Silent keys at the end may be left out.
      guard let word = lines.next() else { break }
      guard word != "x", word != "X" else {
        degrees.append(nil)
        continue
      }
      guard let degree = Int(word), (0...ScaleFile.noteLimit).contains(degree) else {
        throw lines.failure("a key plays a degree of the scale, such as 0, or x for none, not \(word.shown)")
      }
      degrees.append(degree)
    }
    if size > 0 { degrees += Array(repeating: nil, count: size - degrees.count) }
  }

  /// The degree of a key within its repetition; nil: it is silent.
  func degree(of key: Int) -> Int? {
    if degrees.isEmpty { return key - middle }
    return degrees[key - middle - repetition(of: key) * degrees.count]
  }

  /// The number of repetitions of the map between the middle key and this key.
  func repetition(of key: Int) -> Int {
    if degrees.isEmpty { return 0 }
    return Int((Double(key - middle) / Double(degrees.count)).rounded(.down))
  }
}
