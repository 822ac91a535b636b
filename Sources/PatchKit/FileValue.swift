/// One value of a patch file and its place.
package struct FileValue {
  package enum Kind {
    case object([FileMember])
    case array([FileValue])
    case string(String)
    case number(Float)
    case bool(Bool)
    case null
    /// A syntax error, which has been reported.
    case broken
  }

  package var kind: Kind
  /// The first byte, from 0.
  package var offset: Int
  /// The byte after the last.
  package var end = 0
  /// True if a syntax error lost some of the members or items.
  package var isDamaged = false

  /// The kind in words, with its article.
  package var kindText: String {
    switch kind {
    case .object: "an object"
    case .array: "a list"
    case .string: "a text"
    case .number: "a number"
    case .bool: "true or false"
    case .null: "null"
    case .broken: "an error"
    }
  }

  package var isBroken: Bool { if case .broken = kind { true } else { false } }
}

/// One `"key": value` of an object.
package struct FileMember {
  package var key: String
  package var keyOffset: Int
  package var value: FileValue
}

/// The errors of one file by byte offset; converted to lines and columns at the end, in one pass.
package struct FileErrors {
  private var found: [(offset: Int, error: PatchError)] = []

  package init() {}

  package var isEmpty: Bool { found.isEmpty }
  var isFull: Bool { found.count >= ErrorList.most }

  package mutating func add(_ error: PatchError, at offset: Int) {
    if !isFull { found.append((offset, error)) }
  }

  /// The errors in the order of the file.
  package func located(in bytes: [UInt8], file: String?) -> [PatchError] {
    var list = ErrorList()
    var line = 1, lineStart = 0, at = 0
    for (offset, error) in found.sorted(by: { $0.offset < $1.offset }) {
      while at < min(offset, bytes.count) {
        if bytes[at] == UInt8(ascii: "\n") {
          line += 1
          lineStart = at + 1
        }
        at += 1
      }
      var error = error
      // An error in a file that this one names has its place already.
      if error.place.file == nil {
        error.place.file = file
        error.place.line = line
        error.place.column = offset - lineStart + 1
      }
      list.add(error)
    }
    return list.errors
  }
}
