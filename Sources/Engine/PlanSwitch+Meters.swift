// [control] What is metered, and what it showed.

extension PlanPublisher {
  /// The most nodes that can be metered at a time; as many as slots would leave none for those that ring out.
  public static let meterLimit = MeterBank.slots - 17

  /// Starts or ends the metering of a node; nil: of what leaves the outputs. False where the event ring is full.
  package func setMeter(node serial: Int?, isOn: Bool) -> Bool {
    send(Event(kind: .meter, frame: Event.now, node: serial ?? MeterBank.outputs, value: isOn ? 1 : 0))
  }

  /// The next reading, of a node or (nil) of the outputs.
  package func nextReading() -> (serial: Int?, reading: MeterReading)? {
    guard let reading = engine.meters.readings.pop() else { return nil }
    return (reading.serial == MeterBank.outputs ? nil : reading.serial, reading)
  }
}
