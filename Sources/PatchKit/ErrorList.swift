/// The errors of one check, up to a maximum.
package struct ErrorList {
  /// Maximum number of errors: a hundred usually have one cause.
  static let most = 100
  package private(set) var errors: [PatchError] = []

  package init() {}

  var isFull: Bool { errors.count >= Self.most }

  /// Adds an error; the last one that fits says that there may be more.
  package mutating func add(_ error: PatchError) {
    if isFull { return }
    errors.append(error)
    if isFull { errors.append(PatchError(.limit, "the first \(Self.most) errors are listed; there may be more")) }
  }

  /// Runs one check, adds its error and returns whether it passed.
  @discardableResult
  mutating func attempt(_ check: () throws(PatchError) -> Void) -> Bool {
    do {
      try check()
      return true
    } catch {
      add(error)
      return false
    }
  }
}
