import TestSupport
import Testing

@Suite struct RealtimeGuardTests {
  @Test(.enabled(if: hasMakeFlags, "built without make: RealtimeSanitizer is not linked"))
  func theCheckerIsLinked() { #expect(realtimeIsChecked) }

  @Test(.enabled(if: hasMakeFlags, "built without make: RealtimeSanitizer is not linked")) func anAllocationIsReported()
  {
    let violations = realtimeViolations {
      var list: [Int] = []
      for i in 0..<100 { list.append(i) }
      withExtendedLifetime(list) {}
    }
    #expect(violations > 0)
  }

  @Test func arithmeticIsClean() {
    let memory = UnsafeMutablePointer<Float>.allocate(capacity: 64)
    defer { memory.deallocate() }
    #expect(realtimeViolations { for i in 0..<64 { memory[i] = Float(i) } } == 0)
  }
}
