import Dispatch

/// libjack keeps one server a process: tests that are JACK clients take turns. Theirs lasts as long as this.
public final class JackTurn {
  private static let turns = DispatchSemaphore(value: 1)

  public init() { JackTurn.turns.wait() }
  deinit { JackTurn.turns.signal() }
}
