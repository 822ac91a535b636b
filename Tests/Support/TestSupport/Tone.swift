import Glibc

/// sin(2π · cycles), in double precision.
public func sineOf(_ cycles: Double) -> Double { sin(2 * .pi * (cycles - cycles.rounded())) }

/// The mean frequency of a rig's main output over `seconds`, in Hz, by counting upward zero crossings; the first and
/// the last are interpolated.
public func measuredFrequency(of rig: KernelRig, seconds: Int) -> Double {
  var first: Double?
  var last = 0.0
  var passages = 0
  var before: Float = 0
  for second in 0..<seconds {
    let start = Double(second) * Double(rig.sampleRate)
    for (i, sample) in rig.render(Int(rig.sampleRate)).main.enumerated() {
      if before < 0 && sample >= 0 {
        last = start + Double(i) - Double(sample / (sample - before))
        if first == nil { first = last } else { passages += 1 }
      }
      before = sample
    }
  }
  return Double(passages) * Double(rig.sampleRate) / (last - (first ?? 0))
}

/// The interval between two frequencies, in cents.
public func cents(from a: Double, to b: Double) -> Double { 1_200 * log2(b / a) }
