import TestSupport
import Testing

@Suite struct MathTests {
  @Test(
    arguments: [
      ("add", 3.5, 2, 5.5), ("subtract", 3.5, 2, 1.5), ("multiply", 3.5, 2, 7), ("divide", 3.5, 2, 1.75),
      ("divide", 1, 0, 0), ("minimum", 3.5, 2, 2), ("maximum", 3.5, 2, 3.5), ("modulo", -3.5, 2, 0.5),
      ("modulo", 1, 0, 0), ("power", 3, 2, 9), ("power", -2, 3, -8), ("power", 0, 2, 0), ("greater", 3, 2, 1),
      ("greater", 2, 2, 0), ("less", 1, 2, 1), ("average", 1, 2, 1.5), ("distance", 1, 3.5, 2.5),
    ] as [(String, Float, Float, Float)])
  func computes(operation: String, a: Float, b: Float, result: Float) {
    let rig = KernelRig("math", lanes: 8)
    rig.choose("operation", operation)
    rig["a"] = a
    rig["b"] = b
    let held = rig.render(64).main[0]
    #expect(abs(held - result) <= 2e-6 * abs(result))
    #expect(rig.isConstant("out"))
    rig.signal("a") { _, _ in a }
    #expect(rig.render(64).main[63] == held)
  }
}
