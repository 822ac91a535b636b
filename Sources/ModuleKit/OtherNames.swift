/// Names of a module elsewhere: words that people search for, and the units of other environments that do the same.
///
/// Each text is a list of names, separated by commas.
public struct OtherNames: Sendable {
  public var words: String
  public var superCollider: String
  public var pureData: String
  public var vcv: String
  public var max: String

  public init(
    _ words: String = "", superCollider: String = "", pureData: String = "", vcv: String = "", max: String = ""
  ) {
    self.words = words
    self.superCollider = superCollider
    self.pureData = pureData
    self.vcv = vcv
    self.max = max
  }

  /// All names, those of other environments last.
  public var all: [String] { [words, superCollider, pureData, vcv, max].flatMap(OtherNames.list) }

  public static func list(_ text: String) -> [String] {
    text.split(separator: ",").map { part in
      var part = part
      while part.first == " " { part.removeFirst() }
      return String(part)
    }
  }
}
