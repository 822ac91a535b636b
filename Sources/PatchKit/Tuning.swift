import Glibc

/// The tuning of the keys, and its files.
public struct Tuning: Equatable, Sendable {
  /// The Scala files, absolute paths.
  public var scale: String
  public var keyboard: String?
  /// Octaves from 440 Hz of the keys 0 to 127; not a number where a key is silent.
  public private(set) var pitches: [Float]

  public static let keys = 128
  /// The keys in patch files.
  static let fileKeys = ["scale", "keyboard"]

  /// Reads a scale, and a keyboard that maps keys to its notes.
  ///
  /// - Parameters:
  ///   - folder: the base of relative paths; nil: the root, without one the working directory.
  ///   - root: the directory that confines the files; nil: anywhere.
  /// - Throws: the errors of the files, with name and line.
  public init(
    scale: String, keyboard: String? = nil, in folder: String? = nil, root: FileRoot? = nil
  ) throws(PatchError) {
    func place(_ path: String) throws(PatchError) -> String {
      let path = folder == nil ? path : FilePath.absolute(path, in: folder)
      return FilePath.absolute(try root?.reading(path) ?? path, in: nil)
    }
    self.scale = try place(scale)
    if let keyboard { self.keyboard = try place(keyboard) }
    let notes = try ScaleFile(path: self.scale)
    let map = try self.keyboard.map { path throws(PatchError) in try KeyboardFile(path: path) } ?? KeyboardFile()
    pitches = try Tuning.pitches(of: notes, on: map, file: self.keyboard)
  }

  public static func == (a: Tuning, b: Tuning) -> Bool {
    // Silent keys are NaN and compare as equal.
    a.scale == b.scale && a.keyboard == b.keyboard
      && zip(a.pitches, b.pitches).allSatisfy { $0 == $1 || $0.isNaN && $1.isNaN }
  }

  package static func pitches(
    of scale: ScaleFile, on map: KeyboardFile, file: String?
  ) throws(PatchError) -> [Float] {
    guard let reference = map.degree(of: map.reference).map(scale.octaves) else {
      throw PatchError(
        .range, "the reference key \(map.reference) is not mapped", at: Place(file: file, line: map.referenceLine))
    }
    let octave = map.octaveDegree > 0 && !map.degrees.isEmpty ? scale.octaves(of: map.octaveDegree) : scale.period
    func octaves(_ key: Int) -> Double? {
      map.degree(of: key).map { scale.octaves(of: $0) + Double(map.repetition(of: key)) * octave }
    }
    let start = log2(map.frequency / 440) - reference - Double(map.repetition(of: map.reference)) * octave
    return (0..<keys).map { key in
      // Keys outside the keyboard's range are tuned as usual.
      guard map.keys.contains(key) else { return Float(key - 69) / 12 }
      return octaves(key).map { Float(start + $0) } ?? .nan
    }
  }
}
