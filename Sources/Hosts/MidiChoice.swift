/// The MIDI inputs that are connected at the start.
public enum MidiChoice: Equatable, Sendable {
  case all, none
  /// Those of which a name contains this one. Only letters and digits count: drivers replace others differently.
  case named(String)

  /// - Parameter text: as `--midi-in` has it; nil: all.
  public init(_ text: String?) {
    switch text?.lowercased() {
    case nil: self = .all
    case "none": self = .none
    case let text?: self = .named(text)
    }
  }

  /// - Parameter names: the name of a port and its aliases.
  public func accepts(_ names: [String]) -> Bool {
    switch self {
    case .all: true
    case .none: false
    case .named(let name): names.contains { MidiChoice.plain($0).contains(MidiChoice.plain(name)) }
    }
  }

  private static func plain(_ name: String) -> String { name.lowercased().filter { $0.isLetter || $0.isNumber } }
}
