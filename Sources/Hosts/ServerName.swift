import Glibc

/// One of few names for a JACK server, ours alone as long as this lives.
///
/// JACK remembers eight servers of a machine, and one that was killed keeps its place until another of the same name
/// comes: with a new name for every server, the ninth would find no room.
public final class ServerName {
  /// As many as JACK remembers.
  public static let most = 8
  public let name: String
  private let lock: Int32

  /// The first name that nobody holds, `prefix-1` …; nil where all are held.
  public init?(_ prefix: String) {
    for number in 1...ServerName.most {
      let name = "\(prefix)-\(number)"
      // Held by a lock that goes with the process, however that ends.
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
