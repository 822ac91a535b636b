import DSP
import ModuleKit

/// Combines two gates. `toggle` inverts its output whenever `a` goes on, and is off while `b` is on; `latch` goes on
/// with `a` and off with `b`.
struct Logic<L: Lane>: Module {
  enum Operation: Int, CaseIterable { case and, or, xor, nand, nor, xnor, toggle, latch }
  enum In: Int, InputPort {
    case a, b, operation

    var spec: ParamSpec {
      switch self {
      case .a: .gate("The first gate, on above 0.5")
      case .b: .gate("The second gate, on above 0.5")
      case .operation: .choice("Operation", Operation.allCases.map { "\($0)" }, default: "and")
      }
    }
  }
  enum Out: Int, OutputPort {
    case out
    var summary: String { "Result: 1 or 0" }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "logic", .shaping, "Logic of two gates", tail: nil,
      otherNames: OtherNames(
        "and, or, xor, gate logic, boolean", superCollider: "BinaryOpUGen", pureData: "&~", vcv: "Logic"))
  }

  private var wasOn = L.Bits(0), state = L.Bits(0)

  init(_ setup: ModuleSetup) {}

  mutating func process(_ io: ModuleIO<Self>) {
    let no = L.Bits(-1)
    switch Operation(rawValue: Int(io.input(.operation).value[lane: 0])) ?? .and {
    case .and: apply(io) { a, b, _ in a & b }
    case .or: apply(io) { a, b, _ in a | b }
    case .xor: apply(io) { a, b, _ in a ^ b }
    case .nand: apply(io) { a, b, _ in (a & b) ^ no }
    case .nor: apply(io) { a, b, _ in (a | b) ^ no }
    case .xnor: apply(io) { a, b, _ in a ^ b ^ no }
    case .toggle: apply(io) { a, b, logic in (logic.state ^ (a & (logic.wasOn ^ no))) & (b ^ no) }
    case .latch: apply(io) { a, b, logic in (logic.state | a) & (b ^ no) }
    }
  }

  @inline(__always)
  private mutating func apply(_ io: ModuleIO<Self>, _ operation: (L.Bits, L.Bits, Self) -> L.Bits) {
    let a = io.input(.a), b = io.input(.b), out = io.output(.out)
    for i in 0..<io.frames {
      let isOn = L.less(L(0.5), a[i])
      state = operation(isOn, L.less(L(0.5), b[i]), self)
      wasOn = isOn
      out[i] = L.select(state, L(1), .zero)
    }
  }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Logic<Float>.self, Logic<Voices>.self) }
