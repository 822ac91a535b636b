import Foundation

/// One case of the reference data: arguments, and the results of the reference implementation.
///
/// The data of modules and functions is in `Tests/Golden`, unchanged; `WEFT_GOLDEN` names another folder.
public struct GoldenCase: @unchecked Sendable {
  public let id: String
  /// The function under test.
  public let function: String
  public let sampleRate: Float
  public let arguments: [String: Any]
  /// The allowed difference of a single-precision implementation.
  public let tolerance: Double
  private let files: [String: [String: Any]]
  /// Intermediate values.
  public let notes: [String: Any]
  /// The output that a causal engine is compared with.
  public let compared: String
  /// A fault of the reference that its output contains.
  public let defect: String?
  /// Limits of level and correlation where samples differ: dB, and its least value.
  public let fallback: (level: Double, correlation: Double)?

  private static let folder =
    ProcessInfo.processInfo.environment["WEFT_GOLDEN"].map { URL(fileURLWithPath: $0) }
    ?? URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../Golden").standardized

  public enum Failure: Error { case missing(String) }

  /// All cases whose id satisfies `isWanted`.
  public static func all(_ isWanted: (String) -> Bool) throws -> [GoldenCase] {
    let data = try Data(contentsOf: folder.appendingPathComponent("manifest.json"))
    let manifest = try JSONSerialization.jsonObject(with: data) as? [String: Any]
    guard let cases = manifest?["cases"] as? [[String: Any]] else { throw Failure.missing("cases") }
    return cases.filter { isWanted($0["id"] as? String ?? "") }.map(GoldenCase.init)
  }

  public static func one(_ id: String) throws -> GoldenCase {
    guard let found = try all({ $0 == id }).first else { throw Failure.missing(id) }
    return found
  }

  private init(_ entry: [String: Any]) {
    id = entry["id"] as? String ?? ""
    function = entry["function"] as? String ?? ""
    notes = entry["intermediate"] as? [String: Any] ?? [:]
    sampleRate = (entry["sample_rate"] as? NSNumber)?.floatValue ?? 0
    arguments = entry["arguments"] as? [String: Any] ?? [:]
    compared = entry["compare"] as? String ?? "out"
    defect = entry["defect"] as? String
    let other = (entry["tolerance"] as? [String: Any])?["fallback"] as? [String: Any]
    fallback = other.flatMap { other in
      guard let level = other["rms_db"] as? NSNumber, let least = other["correlation"] as? NSNumber else { return nil }
      return (level.doubleValue, least.doubleValue)
    }
    tolerance = ((entry["tolerance"] as? [String: Any])?["float32"] as? NSNumber)?.doubleValue ?? 0
    files = (entry["outputs"] as? [String: [String: Any]] ?? [:])
      .merging(entry["inputs"] as? [String: [String: Any]] ?? [:]) { output, _ in output }
  }

  /// The path of an input or output.
  public func file(_ name: String) -> String? {
    (files[name]?["file"] as? String).map { Self.folder.appendingPathComponent($0).path }
  }
  /// The folder of the outputs.
  public var folder: String {
    (files[compared]?["file"] as? String)?.split(separator: "/").first.map(String.init) ?? ""
  }

  /// A number among the arguments; the default where there is none.
  public func number(_ name: String, or standard: Double = 0) -> Double {
    (arguments[name] as? NSNumber)?.doubleValue ?? standard
  }
  public func text(_ name: String) -> String { arguments[name] as? String ?? "" }
  public func isOn(_ name: String) -> Bool { (arguments[name] as? NSNumber)?.boolValue ?? false }

  /// The rows of a table, by the names of its columns; values that are not numbers are left out.
  public func table(_ name: String) throws -> [[String: Double]] {
    try textTable(name).map { $0.compactMapValues(Double.init) }
  }

  public func textTable(_ name: String) throws -> [[String: String]] {
    guard let file = files[name]?["file"] as? String else { throw Failure.missing("\(id): \(name)") }
    let text = try String(contentsOf: Self.folder.appendingPathComponent(file), encoding: .utf8)
    let lines = text.split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
    return lines.dropFirst().map { row in
      Dictionary(uniqueKeysWithValues: zip(lines[0], row).map { (String($0), String($1)) })
    }
  }

  /// The columns of an input or output.
  public func columns(_ name: String) throws -> [[Double]] {
    guard let entry = files[name], let file = entry["file"] as? String, let shape = entry["shape"] as? [Int] else {
      throw Failure.missing("\(id): \(name)")
    }
    let data = try Data(contentsOf: Self.folder.appendingPathComponent(file))
    let values: [Double] = data.withUnsafeBytes { bytes in
      entry["dtype"] as? String == "float32"
        ? bytes.bindMemory(to: Float.self).map(Double.init) : Array(bytes.bindMemory(to: Double.self))
    }
    let width = shape.count > 1 ? shape[1] : 1
    return (0..<width).map { column in stride(from: column, to: values.count, by: width).map { values[$0] } }
  }
}

/// The largest difference of a sound from its reference.
public func worstDifference(_ sound: some Sequence<Float>, _ reference: [Double]) -> Double {
  zip(sound, reference).reduce(0) { max($0, abs(Double($1.0) - $1.1)) }
}
