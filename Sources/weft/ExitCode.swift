import PatchKit

/// The exit status of the command.
enum ExitCode: Int32 {
  case done = 0
  case failed = 1
  case usage = 2
  case patch = 3
  case noAudio = 4
}

/// Ends a command with a message and a status.
struct CommandFailure: Error {
  var code: ExitCode
  var message: String

  init(_ code: ExitCode, _ message: String) {
    self.code = code
    self.message = message
  }
}

extension ExitCode {
  /// The exit status of an error.
  init(_ code: ErrorCode) {
    switch code {
    case .noAudio: self = .noAudio
    case .busy, .nothingToDo, .unwritable: self = .failed
    default: self = .patch
    }
  }
}
