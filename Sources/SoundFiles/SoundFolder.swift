import Glibc
import PatchKit

/// A folder of sounds as an instrument.
///
/// Sounds whose names all hold a key (`piano C#4.wav`), or whose files all do (chunk `smpl`), are spread over the
/// keyboard, each up to half the way to its neighbours; several of one key share its velocities in the order of their
/// names. All others are a kit: a key each from 36 up, in the order of their names, played to the end.
struct SoundFolder {
  /// Lowest key of a kit (General MIDI's bass drum).
  private static let kitStart = 36
  private static let most = 1_024

  /// Names of sound files, sorted; numbers by their value.
  let names: [String]

  /// - Throws: `.unreadable` where it cannot be listed or holds no sound.
  init(_ path: String) throws(PatchError) {
    let descriptor = FileRoot.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0, let list = fdopendir(descriptor) else {
      if descriptor >= 0 { close(descriptor) }
      throw PatchError(
        .unreadable, "cannot read \(path): \(String(cString: strerror(errno)))", at: Place(file: path))
    }
    defer { closedir(list) }
    var found: [String] = []
    while found.count < SoundFolder.most, let entry = readdir(list) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      if !name.hasPrefix("."), SoundLibrary.isSound(name) { found.append(name) }
    }
    guard !found.isEmpty else {
      throw PatchError(.unreadable, "cannot read \(path): the folder holds no sound", at: Place(file: path))
    }
    names = found.map { (SoundFolder.order($0), $0) }.sorted { $0.0.lexicographicallyPrecedes($1.0) }.map(\.1)
  }

  /// The regions as an SFZ file would name them.
  ///
  /// - Parameter root: the key that a file says.
  func regions(root: (String) -> Int?) -> [SFZParser.Region] {
    var keys = names.compactMap(SoundFolder.key)
    if keys.count < names.count { keys = names.compactMap(root) }
    let isSpread = keys.count == names.count && Set(keys).count > 1
    return isSpread ? spread(keys) : kit
  }

  private var kit: [SFZParser.Region] {
    names.prefix(128 - SoundFolder.kitStart).enumerated().map { i, name in
      region(name, ["key": SoundFolder.kitStart + i], ["loop_mode": "one_shot"])
    }
  }

  private func spread(_ keys: [Int]) -> [SFZParser.Region] {
    let sorted = Set(keys).sorted()
    return zip(names, keys).enumerated().map { index, pair in
      let (name, key) = pair, place = sorted.firstIndex(of: key)!
      let low = place == 0 ? 0 : (sorted[place - 1] + key) / 2 + 1
      let high = place == sorted.count - 1 ? 127 : (key + sorted[place + 1]) / 2
      let layer = keys[..<index].count { $0 == key }, layers = keys.count { $0 == key }
      return region(
        name,
        [
          "pitch_keycenter": key, "lokey": low, "hikey": high, "lovel": 128 * layer / layers,
          "hivel": 128 * (layer + 1) / layers - 1,
        ], [:])
    }
  }

  private func region(_ name: String, _ numbers: [String: Int], _ words: [String: String]) -> SFZParser.Region {
    var region = SFZParser.Region(place: name)
    let all = numbers.mapValues { "\($0)" }.merging(words) { $1 }.merging(["sample": name]) { $1 }
    region.opcodes = all.mapValues { SFZParser.Value(text: $0, place: name) }
    return region
  }

  /// The key that a name holds as a word of its own, the last one if there are several.
  private static func key(_ name: String) -> Int? {
    let stem = name.prefix(upTo: name.lastIndex(of: ".") ?? name.endIndex)
    return stem.split { !$0.isLetter && !$0.isNumber && $0 != "#" }.reversed().lazy.compactMap {
      NoteName.key(String($0))
    }
    .first
  }

  /// Bytes by which names are sorted: small letters, and numbers after the count of their digits.
  private static func order(_ name: String) -> [UInt8] {
    let bytes = Array(name.lowercased().utf8)
    var result: [UInt8] = [], i = 0
    while i < bytes.count {
      guard (0x30...0x39).contains(bytes[i]) else {
        result.append(bytes[i])
        i += 1
        continue
      }
      let end = bytes[i...].firstIndex { !(0x30...0x39).contains($0) } ?? bytes.count
      let digits = bytes[i..<end].drop { $0 == 0x30 }
      result += [0x30, UInt8(clamping: digits.count)] + digits
      i = end
    }
    return result
  }
}
