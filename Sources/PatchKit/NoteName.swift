/// Names of keys: `C4` is 60, `A4` 69; `#` and `b` as often as written, octaves from -1.
public enum NoteName {
  /// The key of a name; nil where it is none, or not from 0 to 127.
  public static func key(_ name: String) -> Int? {
    var rest = Substring(name)
    guard let letter = rest.popFirst(),
      let step = ["c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11][letter.lowercased()]
    else { return nil }
    var key = step
    while let sign = rest.first {
      if sign == "#" || sign == "♯" { key += 1 } else if sign == "b" || sign == "♭" { key -= 1 } else { break }
      rest.removeFirst()
    }
    guard let octave = Int(rest), (-1...9).contains(octave) else { return nil }
    key += 12 * (octave + 1)
    return (0...127).contains(key) ? key : nil
  }
}
