/// Default durations in seconds, defined once for modules, engine and commands.
public enum DefaultTimes {
  /// Ramps of cables, parameters and fades.
  public static let ramp = 0.005
}
