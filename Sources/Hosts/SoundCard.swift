import Glibc
import PatchKit

/// A playback device of ALSA, as the kernel lists it.
public struct SoundCard: Equatable, Sendable {
  /// The folder of the kernel's lists.
  public static let lists = "/proc/asound"
  /// The card's number and short name, such as `PCH`, and the number of the device on it.
  public let number: Int
  public let card: String
  public let device: Int
  /// The names of the card and of the device.
  public let title: String
  public let records: Bool
  /// Sound for a screen, which is often not connected to a loudspeaker.
  public let isHDMI: Bool
  /// ALSA's name: `hw:PCH`, or `hw:PCH,3` for a device that is not the card's first.
  public var name: String { "hw:\(card)" + (device == 0 ? "" : ",\(device)") }
  /// The name as `--device` takes it.
  public var shortName: String { card + (device == 0 ? "" : ",\(device)") }

  /// All that play, those for screens last.
  ///
  /// - Parameter folder: of the kernel's lists.
  public static func all(in folder: String = lists) -> [SoundCard] {
    let cards = cards(in: folder)
    let devices = lines(folder + "/pcm").compactMap { line -> SoundCard? in
      // 00-03: HDMI 0 : HDMI 0 : playback 1 : capture 1
      let parts = line.split(separator: ":", omittingEmptySubsequences: false).map { trimmed($0) }
      let numbers = parts[0].split(separator: "-").compactMap { Int($0) }
      guard numbers.count == 2, parts.count > 2, parts.contains(where: { $0.hasPrefix("playback") }),
        let card = cards[numbers[0]]
      else { return nil }
      let title = card.title + (parts[1].isEmpty ? "" : ": " + parts[1])
      return SoundCard(
        number: numbers[0], card: card.name, device: numbers[1], title: title,
        records: parts.contains { $0.hasPrefix("capture") },
        isHDMI: ["HDMI", "DisplayPort"].contains { (card.name + title).contains($0) })
    }
    return devices.filter { !$0.isHDMI } + devices.filter(\.isHDMI)
  }

  /// The device that `name` means: its name or short name, the number of its card in the list, or a part of its title.
  ///
  /// - Throws: `.noAudio` with the names that there are.
  public static func named(_ name: String, among all: [SoundCard]) throws(PatchError) -> SoundCard {
    let lower = name.lowercased()
    if let device = all.first(where: { [$0.name.lowercased(), $0.shortName.lowercased()].contains(lower) }) {
      return device
    }
    if let number = Int(name), all.indices.contains(number - 1) { return all[number - 1] }
    let matches = all.filter { $0.title.lowercased().contains(lower) }
    if matches.count == 1 { return matches[0] }
    let names = (matches.isEmpty ? all : matches).map(\.shortName)
    let rule =
      all.isEmpty
      ? "ALSA lists no sound card: connect one, or play without --device"
      : matches.isEmpty ? "there is no sound card \(name)" : "\(name) means several sound cards"
    throw PatchError(
      .noAudio, rule + (names.isEmpty ? "" : ": \(names.joined(separator: ", ")); weft devices lists them"),
      suggestions: Nearest.names(to: name, among: names))
  }

  /// The reason why the device cannot be opened, and the remedy; nil: the kernel shows none.
  ///
  /// - Parameters:
  ///   - folder: of the kernel's lists.
  ///   - nodes: the folder of ALSA's device nodes.
  public func obstacle(in folder: String = lists, nodes: String = "/dev/snd") -> String? {
    let node = "\(nodes)/pcmC\(number)D\(device)p"
    if access(node, W_OK) != 0, errno == EACCES {
      return
        "this user may not open \(node): add the user to the group audio (sudo usermod -aG audio USER), log in again"
    }
    let status = SoundCard.lines("\(folder)/card\(number)/pcm\(device)p/sub0/status")
    let owner = status.first { $0.hasPrefix("owner_pid") }?.split(separator: ":").last
    guard let process = owner.flatMap({ Int(SoundCard.trimmed($0)) }) else { return nil }
    let name = SoundCard.lines("/proc/\(process)/comm").first ?? "another program"
    return "\(name) (process \(process)) uses it: end that program, or choose another card with --device"
  }

  /// Inputs of MIDI that the kernel lists, by the names of their cards.
  public static func midiInputs(in folder: String = lists) -> [String] {
    cards(in: folder).sorted { $0.key < $1.key }.flatMap { number, card in
      (Folder.names(in: "\(folder)/card\(number)") ?? []).filter { $0.hasPrefix("midi") }.sorted().compactMap { file in
        let text = lines("\(folder)/card\(number)/\(file)")
        guard text.contains(where: { $0.hasPrefix("Input") }), let name = text.first else { return nil }
        return name.isEmpty ? card.title : name
      }
    }
  }

  /// The name and title of each card, by its number.
  private static func cards(in folder: String) -> [Int: (name: String, title: String)] {
    var cards: [Int: (name: String, title: String)] = [:]
    for line in lines(folder + "/cards") {
      //  0 [PCH            ]: HDA-Intel - HDA Intel PCH
      guard let open = line.firstIndex(of: "["), let close = line.firstIndex(of: "]"), open < close,
        let number = Int(trimmed(line[..<open]))
      else { continue }
      let name = trimmed(line[line.index(after: open)..<close])
      let parts = line[close...].split(separator: " - ", maxSplits: 1)
      let title = parts.count > 1 ? parts[1] : line[close...].dropFirst(2)
      cards[number] = (name, trimmed(title))
    }
    return cards
  }

  private static func lines(_ path: String) -> [String] {
    guard let bytes = try? TextFile.read(path) else { return [] }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  private static func trimmed(_ text: Substring) -> String {
    String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}
