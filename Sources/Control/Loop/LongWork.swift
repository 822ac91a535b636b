/// Deferred work of a long request, done in steps: other clients are served between them, later requests of its own client
/// wait.
public final class LongWork {
  public enum Progress: Sendable {
    case more, done
    /// Waits for an event that calls `resume`.
    case waiting
  }

  private let body: (LongWork) -> Progress
  /// Continues work after `waiting`.
  var resume: () -> Void = {}

  public init(_ body: @escaping (LongWork) -> Progress) { self.body = body }

  func step() -> Progress { body(self) }
}
