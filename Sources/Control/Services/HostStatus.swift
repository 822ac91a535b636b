/// Status reported by a host.
public struct HostStatus: Sendable {
  public var period = 0
  /// Share of the period spent rendering, 0 … 1: recent average and maximum.
  public var meanLoad = 0.0
  public var peakLoad = 0.0
  public var xruns = 0
  /// Number of connected output ports; nil without ports.
  public var connectedOutputs: Int?
  /// The host's name, such as "JACK" or "none".
  public var name = "none"

  public init() {}
}
