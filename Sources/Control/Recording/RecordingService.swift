import Engine
import Glibc
import PatchKit

/// Recording of the outputs to sound files: `/record/start`, `/record/stop` and `/record/last`.
public final class RecordingService {
  /// Maximum length of the look-back, seconds.
  public static let longestLookBack = LookBack.limit

  /// Opens the file of a recording: path, channels, sample rate.
  public var openSink: (String, Int, Int) throws(PatchError) -> any RecordingSink = {
    path, _, _ throws(PatchError) in throw PatchError(.unwritable, "nothing can be recorded here")
  }
  /// True offline: rendering waits for a slow disk instead of aborting the recording.
  public var waitsForDisk = false
  /// Called when a recording ended without a request, with its path and the reason.
  public var onLost: (String, PatchError) -> Void = { _, _ in }
  /// Maximum length of a recording, seconds; replaced by tests.
  package var longest = Recorder.longest
  private unowned let session: Session
  private var recorder = Recorder()
  private var lookBackSeconds = 0.0

  init(_ session: Session) { self.session = session }

  private var engine: Engine { session.engine }

  /// True while a file is being written.
  var isBusy: Bool { recorder.isBusy }

  /// Keeps the last seconds of output from now on, 0 … `LookBack.limit`.
  public func keepLast(seconds: Double) {
    let seconds = min(max(seconds, 0), LookBack.limit)
    lookBackSeconds = seconds
    recorder.lookBack =
      seconds > 0
      ? LookBack(
        channels: engine.outputChannels, frames: Int(seconds * engine.sampleRate), rate: engine.sampleRate) : nil
    setCapture()
  }

  /// - Returns: the absolute path.
  func start(_ path: String, overwrite: Bool, at frame: Int?) throws(PatchError) -> String {
    let path = try session.files.path(writing: path)
    guard recorder.recording == nil else {
      throw PatchError(.busy, "\(recorder.recording!.path) is being recorded; /record/stop ends it")
    }
    let thread = try open(path, overwrite: overwrite, keepsPart: true)
    recorder.drain(engine.capture)
    let start = frame ?? engine.frame
    recorder.recording = Recorder.Recording(
      path: path, start: start, end: start + Int(longest * engine.sampleRate), thread: thread)
    setCapture()
    return path
  }

  /// Stops recording; answers `call` when the file is complete.
  func stop(_ call: Call) throws(PatchError) {
    guard recorder.recording != nil, recorder.stopper == nil else {
      throw PatchError(.nothingToDo, "nothing is being recorded")
    }
    recorder.recording!.end = min(call.frame ?? engine.frame, recorder.recording!.end)
    recorder.stopper = call
    tick()
  }

  /// Writes the last seconds of output; answers `call` when the file is complete.
  func saveLast(_ seconds: Double, _ path: String, overwrite: Bool, _ call: Call) throws(PatchError) {
    let path = try session.files.path(writing: path)
    recorder.drain(engine.capture)
    guard let lookBack = recorder.lookBack else {
      throw PatchError(.nothingToDo, "the look-back is off: start weft play with --look-back SECONDS")
    }
    let thread = try open(path, overwrite: overwrite, keepsPart: false)
    thread.append(lookBack.last(Int(seconds * engine.sampleRate)))
    thread.close()
    recorder.endings.append(Recorder.Ending(call: call, path: path, lost: 0, thread: thread))
  }

  private func open(_ path: String, overwrite: Bool, keepsPart: Bool) throws(PatchError) -> RecordingThread {
    guard !recorder.isWriting(path) else { throw PatchError(.busy, "it is being recorded", at: Place(file: path)) }
    var info = stat()
    if !overwrite, stat(path, &info) == 0 {
      throw PatchError(
        .duplicate, "there is a file already; overwrite as the last argument replaces it", at: Place(file: path))
    }
    guard recorder.endings.count < 16 else { throw PatchError(.busy, "16 recordings are still being written") }
    let sink = try openSink(path, engine.outputChannels, Int(engine.sampleRate))
    if let rescued = sink.rescued {
      session.faults.warn(
        PatchError(.duplicate, "the recording of a killed run is now \(rescued)", at: Place(file: path)))
    }
    return RecordingThread(sink, channels: engine.outputChannels, keepsPart: keepsPart)
  }

  func tick() {
    guard recorder.recording != nil || recorder.lookBack != nil || !recorder.endings.isEmpty else { return }
    recorder.drain(engine.capture)
    if let recording = recorder.recording {
      let most = Recorder.patience * engine.sampleRate
      while waitsForDisk, recording.thread.outcome == nil, Double(recording.thread.queuedFrames) > most / 2 {
        usleep(1_000)
      }
      if case .failure(let error) = recording.thread.outcome {
        failed(recording.path, recording.thread, error, recorder.stopper)
        recorder.recording = nil
        recorder.stopper = nil
        setCapture()
      } else if Double(recording.thread.queuedFrames) > most {
        recording.thread.cancel(
          PatchError(.unwritable, "the disk is too slow", at: Place(file: recording.path)))
      } else if engine.frame >= recording.end {
        end(PatchError(.limit, "the recording reached the maximum of \(Float(longest).shortText) s; it is kept"))
      }
    }
    recorder.endings.removeAll { ending in
      guard let outcome = ending.thread.outcome else { return false }
      switch outcome {
      case .success(let frames):
        ending.call?.done([
          .string(ending.path), .float(Float(Double(frames) / engine.sampleRate)),
          .int32(Int32(clamping: ending.lost)),
        ])
      case .failure(let error):
        failed(ending.path, ending.thread, error, ending.call)
      }
      return true
    }
  }

  /// - Parameter reason: the reason, unless a request or the end of the program ends it.
  private func end(_ reason: PatchError? = nil) {
    guard let recording = recorder.recording else { return }
    recording.thread.close()
    if recorder.stopper == nil, let reason { notifyEnd(recording.path, reason) }
    recorder.endings.append(
      Recorder.Ending(call: recorder.stopper, path: recording.path, lost: recording.lost, thread: recording.thread))
    recorder.recording = nil
    recorder.stopper = nil
    setCapture()
  }

  /// Reports that a recording ended without a request.
  private func notifyEnd(_ path: String, _ error: PatchError) {
    var error = error
    error.place.file = path
    session.notify(.record, [.string(path), .string(error.code.rawValue), .string(error.message)], except: nil)
    onLost(path, error)
  }

  private func failed(_ path: String, _ thread: RecordingThread, _ error: PatchError, _ call: Call?) {
    var error = error
    let kept = Double(thread.keptFrames) / engine.sampleRate
    if kept > 0 { error.message += "; what came before, \((kept * 10).rounded() / 10) s, is kept" }
    if let call { session.fail(call, error) }
    session.notify(.record, [.string(path), .string(error.code.rawValue), .string(error.message)], except: nil)
    onLost(path, error)
  }

  private func setCapture() {
    engine.capture.set(isOn: recorder.recording != nil || recorder.lookBack != nil)
  }

  /// True while files of ended recordings are being written.
  public var isCompletingFiles: Bool { !recorder.endings.isEmpty }

  /// Ends the recording and waits until every file is complete, at most `seconds`.
  public func finish(within seconds: Double = 10) {
    tick()
    end()
    let end = session.clock() + UInt64(seconds * 1e9)
    while !recorder.endings.isEmpty && session.clock() < end {
      usleep(1_000)
      tick()
    }
  }

  /// Ends the recording: its file has the old sample rate.
  func sampleRateChanged() {
    end(PatchError(.busy, "the sample rate changed; the recording up to there is kept"))
    recorder.breakOff()
    if recorder.lookBack != nil { keepLast(seconds: lookBackSeconds) }
  }

  var status: [OSCArgument] {
    let recording = recorder.recording
    func seconds(_ frames: Int) -> OSCArgument { .float(Float(Double(frames) / engine.sampleRate)) }
    return [
      .string("state"), .string(recording == nil ? "idle" : "recording"), .string("path"),
      .string(recording?.path ?? ""), .string("seconds"), seconds(recording?.frames ?? 0), .string("lost"),
      .int32(Int32(clamping: recording?.lost ?? 0)), .string("look-back"), seconds(recorder.lookBack?.frames ?? 0),
    ]
  }
}
