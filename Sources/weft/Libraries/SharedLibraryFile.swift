import PatchKit

/// The structure of an ELF shared library, read from its bytes: nothing of it runs, and nothing is believed that lies
/// outside the file.
///
/// - Source: System V ABI, "Object files" (64-bit, little-endian).
struct SharedLibraryFile {
  private let bytes: [UInt8]
  private let path: String
  private var sections: [(name: String, kind: Int, offset: Int, size: Int, link: Int, entry: Int)] = []

  private enum Kind {
    /// `SHT_NOBITS`: no bytes in the file. `SHT_DYNSYM`: the symbols that a loader sees.
    static let empty = 8, symbols = 11
  }

  /// - Throws: `.unreadable` where the bytes are no shared library for this machine, or not all of one.
  init(_ bytes: [UInt8], path: String) throws(PatchError) {
    self.bytes = bytes
    self.path = path
    guard bytes.starts(with: [0x7f, 0x45, 0x4c, 0x46]) else { throw refusal("it is no shared library") }
    guard bytes.count >= 64 else { throw cut() }
    #if arch(x86_64)
      let machine = 62
    #elseif arch(arm64)
      let machine = 183
    #else
      let machine = -1
    #endif
    // ET_DYN, 64 bits, little-endian.
    guard bytes[4] == 2, bytes[5] == 1, try number(16, 2) == 3, try number(18, 2) == machine else {
      throw refusal("it is a library for another kind of machine")
    }
    let segments = try number(32, 8), segmentSize = try number(54, 2), segmentCount = try number(56, 2)
    guard segmentSize >= 56, segmentCount > 0 else { throw cut() }
    for i in 0..<segmentCount {
      // Offset and size in the file: what is mapped beyond its end would end the program.
      let at = segments + i * segmentSize
      try check(try number(at + 8, 8), try number(at + 32, 8))
    }
    try readSections()
  }

  private mutating func readSections() throws(PatchError) {
    let table = try number(40, 8), size = try number(58, 2), count = try number(60, 2), names = try number(62, 2)
    guard size >= 64, count > 0, names < count else { throw refusal("its table of sections is missing") }
    let nameTable = try number(table + names * size + 24, 8)
    for i in 0..<count {
      let at = table + i * size, kind = try number(at + 4, 4)
      let offset = try number(at + 24, 8), length = try number(at + 32, 8)
      if kind != Kind.empty { try check(offset, length) }
      sections.append(
        (try text(nameTable + number(at, 4)), kind, offset, length, try number(at + 40, 4), try number(at + 56, 8)))
    }
  }

  /// The bytes of a section as a number; nil where there is no such section of eight bytes.
  func number(inSection name: String) throws(PatchError) -> UInt64? {
    guard let section = sections.first(where: { $0.name == name }), section.size == 8 else { return nil }
    var value: UInt64 = 0
    for i in (0..<8).reversed() { value = value << 8 | UInt64(bytes[section.offset + i]) }
    return value
  }

  /// The symbols that it defines for a loader.
  func definedSymbols() throws(PatchError) -> Set<String> {
    var names: Set<String> = []
    for section in sections where section.kind == Kind.symbols {
      guard section.entry >= 24, section.link < sections.count else { throw cut() }
      let strings = sections[section.link].offset
      for at in stride(from: section.offset, through: section.offset + section.size - section.entry, by: section.entry)
      {
        // Section 0: it is wanted from elsewhere.
        if try number(at + 6, 2) != 0 { names.insert(try text(strings + number(at, 4))) }
      }
    }
    return names
  }

  private func refusal(_ reason: String) -> PatchError { PatchError(.unreadable, reason, at: Place(file: path)) }
  private func cut() -> PatchError { refusal("it is cut off or damaged, at \(bytes.count) bytes") }

  private func check(_ offset: Int, _ size: Int) throws(PatchError) {
    guard offset >= 0, size >= 0, offset <= bytes.count, size <= bytes.count - offset else { throw cut() }
  }

  private func number(_ at: Int, _ count: Int) throws(PatchError) -> Int {
    try check(at, count)
    var value: UInt64 = 0
    for i in (0..<count).reversed() { value = value << 8 | UInt64(bytes[at + i]) }
    guard value <= UInt64(Int32.max) * 1_024 else { throw cut() }
    return Int(value)
  }

  private func text(_ at: Int) throws(PatchError) -> String {
    try check(at, 1)
    guard let end = bytes[at...].prefix(4_096).firstIndex(of: 0) else { throw cut() }
    return String(decoding: bytes[at..<end], as: UTF8.self)
  }
}
