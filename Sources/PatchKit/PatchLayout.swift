/// The position of a node on a drawing, in units of about a pixel; x to the right, y down.
public struct NodePosition: Hashable, Sendable {
  public var x: Float
  public var y: Float
  public init(_ x: Float, _ y: Float) { (self.x, self.y) = (x, y) }
}

/// A titled rectangle on a drawing.
public struct Frame: Equatable, Sendable {
  public var label: String
  /// Left, top, width, height.
  public var rect: [Float]
  public var isCollapsed: Bool
  /// Foreign keys (`x-`), as JSON text.
  public var extras: [String: String]

  public init(label: String, rect: [Float], isCollapsed: Bool = false, extras: [String: String] = [:]) {
    self.label = label
    self.rect = rect
    self.isCollapsed = isCollapsed
    self.extras = extras
  }
}

extension Patch {
  static func checkLabel(_ label: String, at path: String) throws(PatchError) {
    if label.utf8.count <= Limits.labelBytes { return }
    throw PatchError(.limit, "a label has at most \(Limits.labelBytes) bytes", at: Place(path: path.placed))
  }

  static func checkPosition(_ numbers: [Float], at path: String) throws(PatchError) {
    for number in numbers where !(abs(number) <= Limits.coordinate) {
      throw PatchError(
        .range, "\(number.shortText) is outside -\(Limits.coordinate.shortText) to \(Limits.coordinate.shortText)",
        at: Place(path: path.placed))
    }
  }

  /// Checks frames and their number.
  public static func check(_ frames: [Frame]) throws(PatchError) {
    guard frames.count <= Limits.frames else {
      throw PatchError(.limit, "a patch has at most \(Limits.frames) frames", at: Place(path: "frames"))
    }
    for frame in frames {
      try checkLabel(frame.label, at: "frames")
      try checkPosition(frame.rect, at: "frames")
      guard frame.rect.count == 4, frame.rect[2] >= 0, frame.rect[3] >= 0 else {
        throw PatchError(
          .range, "the rect of a frame is left, top, width, height; width and height are not negative",
          at: Place(path: "frames"))
      }
    }
  }

  /// The checked position of a node.
  public func newPosition(_ id: String, _ x: Float, _ y: Float) throws(PatchError) -> NodePosition {
    _ = try node(id)
    try Patch.checkPosition([x, y], at: id)
    return NodePosition(x, y)
  }

  /// Checks the label of a node.
  public func checkNewLabel(_ id: String, _ label: String) throws(PatchError) {
    _ = try node(id)
    try Patch.checkLabel(label, at: id)
  }

  /// True if the patch has keys that format 1 lacks.
  var hasKeysOfFormatTwo: Bool {
    !macros.isEmpty || !frames.isEmpty || !extras.isEmpty
      || nodes.values.contains { $0.position != nil || !$0.label.isEmpty || !$0.extras.isEmpty }
      || snapshots.values.contains { !$0.macros.isEmpty }
  }
}
