import Glibc

/// One of a few names for a private JACK server, reserved for the lifetime of this object.
///
/// JACK registers eight servers per machine, and a killed one keeps its entry until another with the same name starts:
/// with a new name for every server, the ninth would be refused.
public final class ServerName {
  /// The number of JACK's registry entries.
  public static let most = 8
  public let name: String
  private let lock: Int32

  /// The first free name, `prefix-1` …; nil if all are reserved.
  public init?(_ prefix: String) {
    for number in 1...ServerName.most {
      let name = "\(prefix)-\(number)"
      // Reserved by a file lock, which ends with the process in any case.
      let file = open("/tmp/.jack-\(name)-\(getuid()).lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
      if file < 0 { continue }
      if flock(file, LOCK_EX | LOCK_NB) == 0 {
        self.name = name
        lock = file
        return
      }
      close(file)
    }
    return nil
  }

  deinit { close(lock) }
}
