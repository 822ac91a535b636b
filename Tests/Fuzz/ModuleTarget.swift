import Engine
import Glibc
import ModuleKit
import PatchKit
import TestSupport

/// Every module, for the first time in this process: lazy initialisation of a module's code must not happen on the
/// audio thread. Names and numbers of voices are the inputs; the corpus is not used.
final class ModuleTarget: FuzzTarget {
  static let name = "modules"
  private var waiting: [(name: String, voices: Int)]

  init(seed: UInt64, corpus: [[UInt8]], folder: String) throws {
    waiting = [8, 1].flatMap { voices in registry.names.map { ($0, voices) } }
  }

  /// The next module, repeating the list endlessly.
  func next() -> [UInt8] {
    let (name, voices) = waiting.removeLast()
    waiting.insert((name, voices), at: 0)
    return [UInt8(voices)] + Array(name.utf8)
  }

  func run(_ input: [UInt8]) throws -> Bool {
    guard let module = registry[String(decoding: input.dropFirst(), as: UTF8.self)] else { return false }
    var patch = Patch()
    try patch.setVoices(Int(input[0]))
    try patch.create("keys", type: "notes", in: registry)
    try patch.create("tone", type: "noise", in: registry)
    try patch.create("it", type: module.name, in: registry)
    // Modulate every patchable input, so that all of the code runs.
    for port in module.inputs { _ = try? patch.connect("tone", "it/\(port.name)", amount: 0.1, in: registry) }
    let engine = Engine(sampleRate: 48_000)
    let plans = PlanPublisher(engine: engine, registry: registry)
    try plans.commit(IdentifiedPatch(patch: patch, serials: ["keys": 1, "tone": 2, "it": 3]), ticket: 1)
    for key in 60..<64 { _ = plans.play(midi: [0x90, UInt8(key), 100]) }
    let violations = FreshThread.run { ModuleTarget.violations(engine) }
    if violations > 0 { throw BrokenLaw("\(module.name) broke \(violations) rules of the audio thread") }
    plans.tick()
    return true
  }

  private static func violations(_ engine: Engine) -> Int {
    let sound = UnsafeMutablePointer<Float>.allocate(capacity: 128)
    defer { sound.deallocate() }
    let outputs: [UnsafeMutablePointer<Float>?] = [sound, sound + 64]
    return outputs.withUnsafeBufferPointer { outputs in
      realtimeViolations {
        for _ in 0..<50 { engine.render(inputs: nil, outputs: outputs.baseAddress!, frames: 64) }
      }
    }
  }
}

/// A fresh thread: RealtimeSanitizer detects the lock of a lazy initialisation only on its first use in a thread.
private final class FreshThread: @unchecked Sendable {
  private let body: () -> Int
  private var result: Int = 0

  private init(_ body: @escaping () -> Int) { self.body = body }

  static func run(_ body: @escaping () -> Int) -> Int {
    let thread = FreshThread(body)
    var handle = pthread_t()
    let status = pthread_create(&handle, nil, runFresh, Unmanaged.passUnretained(thread).toOpaque())
    precondition(status == 0, "no thread for a module")
    pthread_join(handle, nil)
    return thread.result
  }

  fileprivate func run() { result = body() }
}

/// A free function: a closure created on the main actor must not run on another thread.
private func runFresh(_ thread: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  Unmanaged<FreshThread>.fromOpaque(thread!).takeUnretainedValue().run()
  return nil
}
