/// The errors of one check, all at once but not without end.
struct ErrorList {
  /// More than these are not looked for: what has a hundred errors has one cause.
  static let most = 100
  private(set) var errors: [PatchError] = []

  var isFull: Bool { errors.count >= Self.most }

  /// Keeps the error; the last one that fits says that there may be more.
  mutating func add(_ error: PatchError) {
    if isFull { return }
    errors.append(error)
    if isFull { errors.append(PatchError(.limit, "the first \(Self.most) errors are listed; there may be more")) }
  }

  /// Runs one check and keeps its error; whether it passed.
  @discardableResult
  mutating func take(_ check: () throws(PatchError) -> Void) -> Bool {
    do {
      try check()
      return true
    } catch {
      add(error)
      return false
    }
  }
}
