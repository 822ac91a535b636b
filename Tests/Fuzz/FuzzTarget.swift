import TestSupport

/// Something that is fed with bytes from outside, and must take or refuse them, whatever they are.
protocol FuzzTarget: AnyObject, SendableMetatype {
  /// The word on the command line, and the folder of its corpus.
  static var name: String { get }

  /// - Parameters:
  ///   - corpus: sound inputs.
  ///   - folder: where it may write.
  init(seed: UInt64, corpus: [[UInt8]], folder: String) throws

  func next() -> [UInt8]
  /// - Returns: whether the input was taken, not refused.
  func run(_ input: [UInt8]) throws -> Bool
  /// Inputs that build on one another; the first of them starts anew.
  static var sequence: Int { get }
}

extension FuzzTarget {
  static var sequence: Int { 1 }
}

/// A law that an input broke.
struct BrokenLaw: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

let fuzzTargets: [any FuzzTarget.Type] = [
  PacketTarget.self, CommandTarget.self, PatchTarget.self, ScoreTarget.self, MidiTarget.self, SoundTarget.self,
  SongTarget.self, TuningTarget.self, ModuleTarget.self,
]
