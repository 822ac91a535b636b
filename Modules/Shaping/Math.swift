import DSP
import ModuleKit

/// Combines two signals by an operation. Undefined results are 0: a division by 0, its remainder.
///
/// `power` raises the magnitude of `a` and keeps its sign; `greater` and `less` give 1 or 0, and so a gate.
struct Math<L: Lane>: Module {
  enum Operation: Int, CaseIterable {
    case add, subtract, multiply, divide, minimum, maximum, modulo, power, greater, less, average, distance
  }
  enum In: Int, InputPort {
    case a, b, operation

    var spec: ParamSpec {
      switch self {
      case .a: .audio("The first operand")
      case .b: .amount("The second operand", default: 0, range: -1_000_000...1_000_000)
      case .operation: .choice("Operation", Operation.allCases.map { "\($0)" }, default: "add")
      }
    }
  }
  enum Out: Int, OutputPort {
    case out
    var summary: String { "The result" }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "math", .shaping, "Arithmetic of two signals", tail: nil, isPure: true,
      otherNames: OtherNames(
        "arithmetic, add, subtract, multiply, divide, minimum, maximum, modulo, calculator",
        superCollider: "BinaryOpUGen", pureData: "expr~, +~, -~, *~, /~", vcv: "Sum, Process",
        max: "+~, -~, *~, /~, gen~"))
  }

  init(_ setup: ModuleSetup) {}

  mutating func process(_ io: ModuleIO<Self>) {
    switch Operation(rawValue: Int(io.input(.operation).value[lane: 0])) ?? .add {
    case .add: apply(io) { $0 + $1 }
    case .subtract: apply(io) { $0 - $1 }
    case .multiply: apply(io) { $0 * $1 }
    case .divide: apply(io) { L.select(Self.isNothing($1), .zero, $0 / $1) }
    case .minimum: apply(io) { L.minimum($0, $1) }
    case .maximum: apply(io) { L.maximum($0, $1) }
    case .modulo: apply(io) { L.select(Self.isNothing($1), .zero, $0 - $1 * L.floor($0 / $1)) }
    case .power: apply(io, Self.power)
    case .greater: apply(io) { L.select(L.less($1, $0), L(1), .zero) }
    case .less: apply(io) { L.select(L.less($0, $1), L(1), .zero) }
    case .average: apply(io) { ($0 + $1) * 0.5 }
    case .distance: apply(io) { L.magnitude($0 - $1) }
    }
  }

  @inline(__always)
  private func apply(_ io: ModuleIO<Self>, _ operation: (L, L) -> L) {
    let a = io.input(.a), b = io.input(.b)
    if a.isConstant && b.isConstant { return io.hold(.out, at: operation(a.value, b.value)) }
    let out = io.output(.out)
    for i in 0..<io.frames { out[i] = operation(a[i], b[i]) }
  }

  @inline(__always)
  private static func isNothing(_ x: L) -> L.Bits { L.less(L.magnitude(x), L(1e-20)) }

  @inline(__always)
  private static func power(_ a: L, _ b: L) -> L {
    let size = L.exp2(b * L.log2(L.maximum(L.magnitude(a), L(1e-30))))
    let signed = L.select(L.less(a, .zero), -size, size)
    return L.select(isNothing(a), .zero, signed)
  }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Math<Float>.self, Math<Voices>.self) }
