import DSP
import PatchKit

/// The expected output of commits: every node as it plays alone, every cable's gain on its linear ramp.
///
/// It receives patches, as the engine does, without any plans; it implements only the rules of an edit. A removed node
/// sounds until every ramp has arrived; until then it may be restored with its state, and after that begins anew.
/// `output` is read on its left; `osc` is the one node with voices, `who` counts them.
final class IdealMix {
  static let block = 64
  static let mostVoices = 40
  static func takesSound(_ type: String) -> Bool { type == "biquad" }

  /// A cable between nodes, by serial; nil: to the output.
  private struct Pair: Hashable {
    var from: Int
    var to: Int?
  }
  private var sounds: [Int: IdealSound] = [:]
  private var chords: [Int: IdealVoices] = [:]
  private var lines: [Pair: IdealLine] = [:]
  private var weights = (0..<mostVoices).map { _ in IdealLine(at: 0) }
  private var present: Set<Int> = []
  private var wanted: [Pair: Float] = [:]
  private var voices = 0
  /// Voice groups rendered, and needed.
  private var groups = 0, neededGroups = 0
  /// Frames until every ramp has arrived.
  private var remaining = 0

  /// Makes the patch sound from now on.
  func commit(_ patch: Patch, _ serials: [String: Int], over frames: Int) {
    let isFirst = voices == 0
    var keys: [String: Int] = [:], fresh: Set<Int> = []
    for (id, node) in patch.nodes where node.type != "output" && node.type != "voice" {
      let key = serials[id]!
      keys[id] = key
      if let sound = sounds[key] {
        sound.setParameter(to: node.params)
      } else if chords[key] == nil {
        fresh.insert(key)
        if id == "osc" { chords[key] = IdealVoices(node) } else { sounds[key] = IdealSound(node) }
      }
    }
    present = Set(keys.values)
    wanted = [:]
    for (cable, amount) in patch.cables where cable.source.node != "who" {
      wanted[Pair(from: keys[cable.source.node]!, to: keys[cable.destination.node])] = amount
    }
    for (pair, amount) in wanted {
      // A new node is not audible yet: cables into it need no fade.
      let isHeard = pair.to.map { !fresh.contains($0) } ?? true
      var line = lines[pair] ?? IdealLine(at: isHeard ? 0 : amount)
      if line.target != amount { line.move(to: amount, over: frames) }
      lines[pair] = line
    }
    // Cables into a removed node stay with it.
    for (pair, line) in lines where wanted[pair] == nil && pair.to.map(present.contains) ?? true && line.target != 0 {
      lines[pair]!.move(to: 0, over: frames)
    }
    if voices != patch.voices {
      for i in weights.indices { weights[i].move(to: i < patch.voices ? 1 : 0, over: isFirst ? 0 : frames) }
    }
    voices = patch.voices
    neededGroups = (voices + Voices.count - 1) / Voices.count
    groups = max(groups, neededGroups)
    remaining = max(frames, lines.values.map(\.remaining).max() ?? 0, weights.map(\.remaining).max()!)
  }

  /// Sets parameters at once.
  func setParameter(_ serial: Int, to params: [String: ParamValue]) { sounds[serial]?.setParameter(to: params) }

  /// Renders the next block.
  func advance() -> [Float] {
    let keys = (Array(sounds.keys) + Array(chords.keys)).sorted()
    var made: [Int: [Float]] = [:]
    // Sources are older than the nodes that they feed.
    for key in keys {
      if let sound = sounds[key] {
        sound.fed = sum(into: key, of: made)
        sound.advance()
        made[key] = sound.sound
      } else {
        made[key] = chords[key]!.advance(groups: groups, weights)
      }
    }
    let sound = sum(into: nil, of: made)
    for pair in lines.keys { lines[pair]!.advance(IdealMix.block) }
    for i in weights.indices { weights[i].advance(IdealMix.block) }
    remaining -= IdealMix.block
    if remaining <= 0 { tidy() }
    return sound
  }

  private func sum(into key: Int?, of made: [Int: [Float]]) -> [Float] {
    var sum = [Float](repeating: 0, count: IdealMix.block)
    for (pair, line) in lines where pair.to == key {
      let sound = made[pair.from]!
      for i in sum.indices { sum[i] += sound[i] * line.value(i) }
    }
    return sum
  }

  private func tidy() {
    sounds = sounds.filter { present.contains($0.key) }
    chords = chords.filter { present.contains($0.key) }
    lines = lines.filter { wanted[$0.key] != nil }
    groups = neededGroups
  }
}
