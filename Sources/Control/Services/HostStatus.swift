/// What a host tells of itself.
public struct HostStatus: Sendable {
  public var period = 0
  /// Share of the period that rendering takes, 0 … 1: average and greatest of late.
  public var meanLoad = 0.0
  public var peakLoad = 0.0
  public var xruns = 0
  /// Output ports that are connected to something; nil where there are no ports.
  public var connectedOutputs: Int?
  /// What plays it, such as "JACK" or "none".
  public var name = "none"

  public init() {}
}
