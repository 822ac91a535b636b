import Glibc
import PatchKit

/// JACK's database of client and port properties, which all servers and clients of a user share.
///
/// A server or client that is killed while it creates the database, or holds one of its locks, leaves it unusable: every
/// later server and client of the user then fails ("unable to join the environment") or hangs, until somebody deletes
/// it. JACK itself deletes it only at a server's regular end.
public enum JackMetadata {
  /// The folder of this user's database; the location is compiled into JACK.
  public static var folder: String { "/dev/shm/jack_db-\(geteuid())" }
  /// Age in seconds below which a database may still be in creation.
  static let creationTime = 2

  /// Deletes a database that no process uses any more.
  ///
  /// - Returns: true if one was deleted.
  @discardableResult
  public static func removeAbandoned(in folder: String = folder) -> Bool {
    var status = stat()
    guard lstat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR, status.st_uid == geteuid() else {
      return false
    }
    let files = (Folder.names(in: folder) ?? []).map { folder + "/" + $0 }
    guard let newest = files.compactMap(changed).max() else { return false }
    guard time(nil) - newest >= creationTime, !isMapped(folder) else { return false }
    for file in files { unlink(file) }
    return rmdir(folder) == 0
  }

  /// The time of the last change of a file, seconds since 1970.
  private static func changed(_ path: String) -> Int? {
    var status = stat()
    return lstat(path, &status) == 0 ? status.st_mtim.tv_sec : nil
  }

  /// True if a process of this user has a file of the folder in its memory, as all users of the database have.
  private static func isMapped(_ folder: String) -> Bool {
    (Folder.names(in: "/proc") ?? []).contains { process in
      guard process.allSatisfy(\.isNumber), let maps = fopen("/proc/\(process)/maps", "re") else { return false }
      defer { fclose(maps) }
      var line: UnsafeMutablePointer<CChar>?
      var size = 0
      defer { free(line) }
      while getline(&line, &size, maps) > 0 {
        if strstr(line!, folder + "/") != nil { return true }
      }
      return false
    }
  }
}
