import Glibc
import PatchKit

/// Arithmetic in one variable, `alpha`: numbers, + − * / **, brackets, `pi`, `e` and a few functions, also written as
/// `np.sin`. Nothing is executed but arithmetic.
struct CurveExpression: Equatable, Sendable {
  private indirect enum Term: Equatable, Sendable {
    case number(Double), alpha, negative(Term), call(String, [Term]), operation(UInt8, Term, Term)
  }
  private let term: Term

  private static let functions: [String: (count: Int, @Sendable ([Double]) -> Double)] = [
    "sin": (1, { sin($0[0]) }), "cos": (1, { cos($0[0]) }), "tan": (1, { tan($0[0]) }), "sqrt": (1, { sqrt($0[0]) }),
    "exp": (1, { exp($0[0]) }), "log": (1, { log($0[0]) }), "abs": (1, { abs($0[0]) }), "tanh": (1, { tanh($0[0]) }),
    "power": (2, { pow($0[0], $0[1]) }), "minimum": (2, { min($0[0], $0[1]) }), "maximum": (2, { max($0[0], $0[1]) }),
  ]
  private static let longest = 200, deepest = 40

  init(_ text: String) throws(PatchError) {
    guard text.utf8.count <= Self.longest else {
      throw PatchError(.limit, "a curve has at most \(Self.longest) characters")
    }
    var parser = Parser(Array(text.utf8), text)
    term = try parser.sum(depth: 0)
    try parser.finish()
  }

  func value(alpha: Double) -> Double {
    let value = Self.value(term, alpha)
    return value.isFinite ? value : 0
  }

  private static func value(_ term: Term, _ alpha: Double) -> Double {
    switch term {
    case .number(let number): number
    case .alpha: alpha
    case .negative(let term): -value(term, alpha)
    case .call(let name, let terms): functions[name]!.1(terms.map { value($0, alpha) })
    case .operation(let sign, let a, let b):
      switch sign {
      case UInt8(ascii: "+"): value(a, alpha) + value(b, alpha)
      case UInt8(ascii: "-"): value(a, alpha) - value(b, alpha)
      case UInt8(ascii: "*"): value(a, alpha) * value(b, alpha)
      case UInt8(ascii: "/"): value(a, alpha) / value(b, alpha)
      default: pow(value(a, alpha), value(b, alpha))
      }
    }
  }

  private struct Parser {
    let bytes: [UInt8]
    let text: String
    var at = 0

    init(_ bytes: [UInt8], _ text: String) { (self.bytes, self.text) = (bytes, text) }

    var byte: UInt8? { at < bytes.count ? bytes[at] : nil }

    mutating func skip() { while byte == 0x20 || byte == 0x09 { at += 1 } }

    mutating func skip(past sign: String) -> Bool {
      skip()
      guard bytes[at...].starts(with: sign.utf8) else { return false }
      at += sign.utf8.count
      return true
    }

    func failure() -> PatchError {
      PatchError(
        .syntax,
        "\(text.shown) is not a curve: \(TransitionCurve.names.joined(separator: ", ")) or arithmetic in alpha",
        suggestions: Nearest.names(to: text, among: TransitionCurve.names))
    }

    mutating func finish() throws(PatchError) {
      skip()
      if at < bytes.count { throw failure() }
    }

    mutating func sum(depth: Int) throws(PatchError) -> Term {
      guard depth < CurveExpression.deepest else { throw failure() }
      var term = try product(depth: depth)
      while true {
        if skip(past: "+") {
          term = .operation(UInt8(ascii: "+"), term, try product(depth: depth))
        } else if skip(past: "-") {
          term = .operation(UInt8(ascii: "-"), term, try product(depth: depth))
        } else {
          return term
        }
      }
    }

    mutating func product(depth: Int) throws(PatchError) -> Term {
      var term = try signed(depth: depth)
      while true {
        skip()
        if bytes[at...].starts(with: "**".utf8) { return term }
        if skip(past: "*") {
          term = .operation(UInt8(ascii: "*"), term, try signed(depth: depth))
        } else if skip(past: "/") {
          term = .operation(UInt8(ascii: "/"), term, try signed(depth: depth))
        } else {
          return term
        }
      }
    }

    mutating func signed(depth: Int) throws(PatchError) -> Term {
      guard depth < CurveExpression.deepest else { throw failure() }
      if skip(past: "-") { return .negative(try signed(depth: depth + 1)) }
      if skip(past: "+") { return try signed(depth: depth + 1) }
      let base = try atom(depth: depth)
      guard skip(past: "**") || skip(past: "^") else { return base }
      return .operation(UInt8(ascii: "^"), base, try signed(depth: depth + 1))
    }

    mutating func atom(depth: Int) throws(PatchError) -> Term {
      if skip(past: "(") {
        let term = try sum(depth: depth + 1)
        guard skip(past: ")") else { throw failure() }
        return term
      }
      skip()
      let start = at
      while let byte,
        byte == 0x2e || byte == 0x5f || (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte | 0x20)
      {
        at += 1
      }
      var word = String(decoding: bytes[start..<at], as: UTF8.self)
      if let number = Double(word), number.isFinite { return .number(number) }
      for prefix in ["np.", "numpy.", "math."] where word.hasPrefix(prefix) {
        word = String(word.dropFirst(prefix.count))
      }
      switch word {
      case "alpha": return .alpha
      case "pi": return .number(.pi)
      case "e": return .number(M_E)
      default: break
      }
      guard let (count, _) = CurveExpression.functions[word], skip(past: "(") else { throw failure() }
      var terms = [try sum(depth: depth + 1)]
      while skip(past: ",") { terms.append(try sum(depth: depth + 1)) }
      guard terms.count == count, skip(past: ")") else { throw failure() }
      return .call(word, terms)
    }
  }
}
