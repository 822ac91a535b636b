import PatchKit
import TestSupport
import Testing

@Suite struct NearestTests {
  let modules = ["sine", "saw", "square", "biquad", "svf", "delay", "reverb", "noise", "notes", "adsr", "lfo"]

  @Test(arguments: [
    ("sien", ["sine"]), ("sinus", ["sine"]), ("Saw", ["saw"]), ("biqad", ["biquad"]), ("rev", ["reverb"]),
    ("reverberation", ["reverb"]), ("dlay", ["delay"]), ("xyzzy", []), ("", []), ("q", []),
  ])
  func nearestNamesAreSuggested(_ typed: String, _ meant: [String]) {
    #expect(Nearest.names(to: typed, among: modules) == meant)
  }

  @Test func atMostThreeNamesAreSuggested() {
    let names = (0..<100).map { "osc\($0)" }
    #expect(Nearest.names(to: "osc", among: names) == ["osc0", "osc1", "osc2"])
  }

  @Test func editDistanceMatchesTheTable() {
    var random = SeededRandom(state: 7)
    for _ in 0..<20_000 {
      let a = random.word(upTo: 12), b = random.word(upTo: 12)
      #expect(Nearest.distance(a, b) == table(Array(a.utf8), Array(b.utf8)), "\(a) \(b)")
    }
  }

  @Test func nearestNameAmong4096TakesMilliseconds() {
    let names = (0..<4_096).map { "oscillator\($0)" }
    let time = processorTime {
      for _ in 0..<100 { _ = Nearest.names(to: "oscilator17", among: names) }
    }
    #expect(time < .seconds(10), "\(time / 100) each")
  }

  /// Optimal string alignment, by the book.
  private func table(_ a: [UInt8], _ b: [UInt8]) -> Int {
    var d = [[Int]](repeating: [Int](repeating: 0, count: b.count + 1), count: a.count + 1)
    for i in 0...a.count { d[i][0] = i }
    for j in 0...b.count { d[0][j] = j }
    for i in 1..<(a.count + 1) {
      for j in 1..<(b.count + 1) {
        let cost = a[i - 1] == b[j - 1] ? 0 : 1
        d[i][j] = min(d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + cost)
        if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { d[i][j] = min(d[i][j], d[i - 2][j - 2] + 1) }
      }
    }
    return d[a.count][b.count]
  }
}

/// A repeatable source of randomness (SplitMix64).
struct SeededRandom: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
  mutating func word(upTo length: Int) -> String {
    String((0..<Int.random(in: 1...length, using: &self)).map { _ in "abc".randomElement(using: &self)! })
  }
}
