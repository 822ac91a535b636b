import Glibc

/// sin(x π / 2).
func quarterSine(_ x: Double) -> Double { sin(x * .pi / 2) }
