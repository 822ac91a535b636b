import Foundation

/// One case of the reference data: arguments, and what an implementation gives for them.
///
/// The data lie beside the repository, not in it; tests that use them are enabled by `arePresent`.
public struct GoldenCase {
  public let id: String
  public let sampleRate: Float
  public let arguments: [String: Any]
  /// The allowed difference of a single-precision implementation.
  public let tolerance: Double
  private let files: [String: [String: Any]]

  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../../../shared/golden").standardized
  public static let arePresent = FileManager.default.fileExists(
    atPath: folder.appendingPathComponent("manifest.json").path)

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
    sampleRate = (entry["sample_rate"] as? NSNumber)?.floatValue ?? 0
    arguments = entry["arguments"] as? [String: Any] ?? [:]
    tolerance = ((entry["tolerance"] as? [String: Any])?["float32"] as? NSNumber)?.doubleValue ?? 0
    files = (entry["outputs"] as? [String: [String: Any]] ?? [:])
      .merging(entry["inputs"] as? [String: [String: Any]] ?? [:]) { output, _ in output }
  }

  /// A number among the arguments; 0 where there is none.
  public func number(_ name: String) -> Double { (arguments[name] as? NSNumber)?.doubleValue ?? 0 }

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
