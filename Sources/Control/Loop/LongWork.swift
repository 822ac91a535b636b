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

  /// Work that begins with `first` and goes on with what it defers.
  convenience init(beginningWith first: @escaping () -> [LongWork]) {
    var rest: [LongWork]?
    self.init { work in
      guard let next = rest?.first else {
        rest = first()
        return rest!.isEmpty ? .done : .more
      }
      next.resume = { [unowned work] in work.resume() }
      switch next.step() {
      case .more: return .more
      case .waiting: return .waiting
      case .done:
        rest!.removeFirst()
        return rest!.isEmpty ? .done : .more
      }
    }
  }

  func step() -> Progress { body(self) }
}
