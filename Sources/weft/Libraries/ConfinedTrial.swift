import CLoop
import Glibc
import ModuleKit
import Modules
import PatchKit

/// A library tried out in a process of its own, before it comes into this one: what its constructors do there, and
/// whether they end, this program does not feel. That process can write no file, start no program and reach no network.
enum ConfinedTrial {
  /// The first word of the command line of that process.
  static let command = "--confined-trial"
  private static let library: Int32 = 3
  /// Seconds for it, without the laws and with them.
  private static let patience = (load: 5, laws: 60)
  private static let memory: UInt = 8_192

  struct Result {
    /// The modules that it registers.
    var names: [String] = []
    /// The laws that they break, in words.
    var breaches: [String] = []
    /// True if RealtimeSanitizer watched.
    var isWatched = false
  }

  /// - Parameter library: a sealed file.
  /// - Throws: `.unreadable` with the reason why it is refused.
  static func run(_ library: Int32, _ path: String, laws: Bool) throws(PatchError) -> Result {
    func refusal(_ reason: String) -> PatchError { PatchError(.unreadable, reason, at: Place(file: path)) }
    let child = try ChildProcess(
      [CommandLineTable.program, command, laws ? "laws" : "load"], program: "/proc/self/exe", passing: library)
    let seconds = laws ? patience.laws : patience.load
    guard let bytes = child.output(within: seconds) else {
      throw refusal("it was not loaded within \(seconds) s in a process of its own")
    }
    let status = child.wait(), text = String(decoding: bytes, as: UTF8.self)
    var result = Result(), reasons: [String] = [], rest: [Substring] = []
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ", maxSplits: 1)
      switch words.first {
      case "+name" where words.count > 1: result.names.append(String(words[1]))
      case "+breach" where words.count > 1: result.breaches.append(String(words[1]))
      case "+refused" where words.count > 1: reasons.append(String(words[1]))
      case "+watched": result.isWatched = true
      default: rest.append(line)
      }
    }
    if let reason = reasons.first { throw refusal(reason) }
    guard status == 0 else {
      let signal = status & 0x7f
      let end = signal == 0 ? "ended with status \(status >> 8)" : "was ended by signal \(signal)"
      let said = rest.isEmpty ? "" : ":\n" + rest.prefix(40).joined(separator: "\n")
      throw refusal("the process in which it was tried \(end)\(said)")
    }
    return result
  }

  /// The work of that process.
  static func child(_ words: [String]) -> ExitCode {
    let registry = Registry.linked()
    let laws = words.first == "laws"
    _ = weft_confine(UInt32(laws ? patience.laws : patience.load), memory)
    do throws(PatchError) {
      let names = try ModuleLibrary.register("/proc/self/fd/\(library)", registry, replacing: !laws, shownAs: "it")
      for name in names { Console.out("+name \(name)") }
      guard laws else { return .done }
      if ModuleLaws.isWatched { Console.out("+watched") }
      for name in names {
        for breach in try ModuleLaws.breaches(of: name, in: registry) { Console.out("+breach \(name): \(breach)") }
      }
      return .done
    } catch {
      Console.out("+refused " + error.message)
      return .failed
    }
  }
}
