/// Random requests that edit a patch, right and wrong ones, the same for the same seed.
public struct RandomEdits {
  private var random: SplitMix
  private let types = ["sine", "saw", "biquad", "gain", "delay", "notes", "adsr", "math", "output"]
  private let params = [
    ("frequency", "440"), ("frequency", "30"), ("gain", "0.5"), ("cutoff", "900"), ("mode", "bandpass"), ("b", "2"),
    ("attack", "0.1"), ("op", "multiply"),
  ]

  public init(seed: UInt64) { random = SplitMix(seed: seed) }

  public mutating func below(_ count: Int) -> Int { random.below(count) }
  private mutating func id() -> String { "n\(below(12))" }
  private mutating func snapshot() -> String { "s\(below(3))" }

  /// One request in the syntax of a score.
  public mutating func next() -> String {
    switch below(46) {
    case 0..<9:
      let param = params[below(params.count)]
      return "/patch/create \(id()) \(types[below(types.count)])" + (below(3) == 0 ? " \(param.0) \(param.1)" : "")
    case 9..<11: return "/patch/delete \(id())" + (below(4) == 0 ? " ring" : "")
    case 11..<18: return "/patch/connect \(id()) \(id()) \(Float(below(8)) / 4)"
    case 18..<20: return "/patch/disconnect \(id()) \(id())"
    case 20..<22: return "/patch/rename \(id()) \(id())"
    case 22..<28:
      let param = params[below(params.count)]
      return "/mod/\(id())/\(param.0) \(param.1)"
    case 28: return "/patch/voices \(1 + below(8))"
    case 29: return "/snap/save \(snapshot())"
    case 30: return "/snap/recall \(snapshot())"
    case 31: return below(2) == 0 ? "/snap/delete \(snapshot())" : "/snap/morph \(snapshot()) \(snapshot()) 0.5"
    case 32: return "/midi/map \(id())/gain \(below(100)) \(below(3)) 0.2 0.8"
    case 33: return "/midi/unlearn \(id())/gain"
    case 40: return "/patch/place \(id()) \(below(100)) \(below(100))"
    case 41: return "/patch/label \(id()) \(snapshot())"
    case 42: return "/macro/add m\(below(3)) \(id())/gain 0 1"
    case 43: return "/macro/m\(below(3)) \(Float(below(5)) / 4)"
    case 44: return ["/macro/remove", "/macro/move"][below(2)] + " m\(below(3))" + (below(2) == 0 ? " 1" : "")
    case 45: return ["/midi/map /macro/m\(below(3)) \(below(100))", "/midi/unlearn /macro/m\(below(3))"][below(2)]
    case 34: return "/patch/undo"
    case 35: return "/patch/redo"
    case 36: return ["/patch/abort", "/patch/abort", "/patch/clear"][below(3)]
    default: return "/patch/commit"
    }
  }
}
