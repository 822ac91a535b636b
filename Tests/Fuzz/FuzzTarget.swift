import TestSupport

/// A consumer of untrusted bytes, which must accept or refuse any input.
protocol FuzzTarget: AnyObject, SendableMetatype {
  /// The name on the command line, and of the corpus folder.
  static var name: String { get }

  /// - Parameters:
  ///   - corpus: valid inputs.
  ///   - folder: the writable folder.
  init(seed: UInt64, corpus: [[UInt8]], folder: String) throws

  func next() -> [UInt8]
  /// - Returns: true if the input was accepted, false if refused.
  func run(_ input: [UInt8]) throws -> Bool
  /// Number of consecutive inputs that share state; the first of them starts fresh.
  static var sequence: Int { get }
}

extension FuzzTarget {
  static var sequence: Int { 1 }
}

/// A law broken by an input.
struct BrokenLaw: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

let fuzzTargets: [any FuzzTarget.Type] = [
  PacketTarget.self, CommandTarget.self, PatchTarget.self, ScoreTarget.self, MidiTarget.self, SoundTarget.self,
  SongTarget.self, TuningTarget.self, ModuleTarget.self,
]
