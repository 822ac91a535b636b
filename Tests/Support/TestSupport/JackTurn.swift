import Dispatch

/// libjack supports one server per process: tests that are JACK clients take turns. The turn lasts as long as this
/// object.
public final class JackTurn {
  private static let turns = DispatchSemaphore(value: 1)

  public init() { JackTurn.turns.wait() }
  deinit { JackTurn.turns.signal() }
}
