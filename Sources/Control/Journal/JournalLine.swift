import CLoop
import ModuleKit
import PatchKit

/// One resolved edit of a journal.
public struct JournalRecord: Equatable, Sendable {
  public var seq: Int
  /// Seconds since 1970.
  public var time: Double
  public var client: Int
  public var edit: ResolvedEdit
  /// True if the next record belongs to the same transaction: they are read together or not at all.
  public var isContinued = false
}

/// The first line of a journal.
struct JournalHead: Equatable, Sendable {
  /// The version of the journal's form that is written, and the newest that is read.
  static let version = 1

  var version = JournalHead.version
  var generation: Int
  /// The sequence number before the first edit.
  var seq: Int
  /// The last sequence number of the generation before, where this one continues it; else −1.
  var follows: Int
}

/// The text of a journal: JSON lines, each ending in a checksum of itself and all lines before it.
///
/// `{"seq":7,"time":1764491984.25,"client":1,"edit":["/patch/create","a","sine"],"check":"1f2e3d4c"}`
enum JournalLine {
  static let checkKey = ",\"check\":\""
  /// Bytes from the checksum's comma to the end of the line.
  private static let tail = checkKey.utf8.count + 8 + 2

  /// Appends the checksum and the end of the line.
  ///
  /// - Parameter check: the checksum of the lines before; that of this line afterwards.
  static func seal(_ text: String, after check: inout UInt32) -> [UInt8] {
    var line = Array(text.utf8)
    check = checksum(line[...], after: check)
    line += (checkKey + hexadecimal(check) + "\"}\n").utf8
    return line
  }

  /// The line without its checksum, where that is right.
  static func opened(_ line: ArraySlice<UInt8>, after check: inout UInt32) -> ArraySlice<UInt8>? {
    guard line.count > tail else { return nil }
    let body = line.dropLast(tail), sum = checksum(body, after: check)
    guard line.suffix(tail).elementsEqual((checkKey + hexadecimal(sum) + "\"}").utf8) else { return nil }
    check = sum
    return body
  }

  static func checksum(_ bytes: ArraySlice<UInt8>, after check: UInt32) -> UInt32 {
    bytes.withUnsafeBytes { weft_checksum(check, $0.baseAddress, $0.count) }
  }

  static func hexadecimal(_ number: UInt32) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }

  // MARK: Lines

  static func text(_ head: JournalHead) -> String {
    "{\"weft\":\(head.version),\"generation\":\(head.generation),\"seq\":\(head.seq),\"follows\":\(head.follows)"
  }

  static func text(_ record: JournalRecord, in registry: Registry) -> String {
    let message = record.edit.message(in: registry)
    let items = [JSONString.quoted(message.address)] + message.arguments.map(json)
    return "{\"seq\":\(record.seq),\"time\":\(record.time),\"client\":\(record.client)"
      + (record.isContinued ? ",\"more\":true" : "") + ",\"edit\":[\(items.joined(separator: ","))]"
  }

  static func head(_ body: ArraySlice<UInt8>) -> JournalHead? {
    guard let fields = JSONLine.object(body), let version = fields["weft"]?.integer else { return nil }
    guard let generation = fields["generation"]?.integer, let seq = fields["seq"]?.integer,
      let follows = fields["follows"]?.integer
    else {
      return version > JournalHead.version ? JournalHead(version: version, generation: 0, seq: 0, follows: -1) : nil
    }
    return JournalHead(version: version, generation: generation, seq: seq, follows: follows)
  }

  /// - Throws: where the line is whole and yet no edit that this program knows.
  static func record(_ body: ArraySlice<UInt8>, in registry: Registry) throws(PatchError) -> JournalRecord {
    guard let fields = JSONLine.object(body), let seq = fields["seq"]?.integer, let client = fields["client"]?.integer,
      case .number(let digits)? = fields["time"], let time = Double(digits), case .array(let items)? = fields["edit"],
      case .string(let address)? = items.first
    else { throw PatchError(.malformed, "a line of the journal is not an edit") }
    let edit = try ResolvedEdit(OSCMessage(address, items.dropFirst().map(argument)), in: registry)
    return JournalRecord(seq: seq, time: time, client: client, edit: edit, isContinued: fields["more"] == .bool(true))
  }

  private static func json(_ argument: OSCArgument) -> String {
    switch argument {
    case .bool(let isOn): isOn ? "true" : "false"
    case .nil: "null"
    case .int32(let number): "\(number)"
    case .float(let number): number.shortText
    default: argument.text.map(JSONString.quoted) ?? argument.number.map { "\($0)" } ?? "null"
    }
  }

  private static func argument(_ value: JSONLine.Value) -> OSCArgument {
    switch value {
    case .string(let text): .string(text)
    case .number(let text): Int32(text).map { .int32($0) } ?? .float(Float(text) ?? 0)
    case .bool(let isOn): .bool(isOn)
    case .null, .array: .nil
    }
  }
}
