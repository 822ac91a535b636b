import Glibc
import Hosts
import TestSupport
import Testing

/// The leftovers of killed JACK programs.
struct JackMetadataTests {
  /// A database as a server leaves it that is killed while it creates the database: one empty file.
  private func database(age: Int, bytes: Int = 0) throws -> (TemporaryFolder, String) {
    let folder = try TemporaryFolder()
    let database = folder.path + "/jack_db"
    try #require(mkdir(database, 0o700) == 0)
    let file = open(database + "/__db.001", O_CREAT | O_RDWR, 0o600)
    defer { close(file) }
    try #require(ftruncate(file, bytes) == 0)
    var times = [timespec](repeating: timespec(tv_sec: time(nil) - age, tv_nsec: 0), count: 2)
    try #require(futimens(file, &times) == 0)
    return (folder, database)
  }

  @Test(arguments: [0, 4_096]) func abandonedDatabaseIsDeleted(bytes: Int) throws {
    let (folder, database) = try database(age: 60, bytes: bytes)
    #expect(JackMetadata.removeAbandoned(in: database))
    #expect(folder.names == [])
  }

  @Test func databaseInCreationIsKept() throws {
    let (folder, database) = try database(age: 0)
    #expect(!JackMetadata.removeAbandoned(in: database))
    #expect(folder.names == ["jack_db"])
  }

  @Test func databaseInUseIsKept() throws {
    let (folder, database) = try database(age: 60, bytes: 4_096)
    let file = open(database + "/__db.001", O_RDWR)
    defer { close(file) }
    let memory = mmap(nil, 4_096, PROT_READ, MAP_SHARED, file, 0)
    #expect(!JackMetadata.removeAbandoned(in: database))
    munmap(memory, 4_096)
    #expect(JackMetadata.removeAbandoned(in: database))
    #expect(folder.names == [])
  }

  @Test func linkIsNotFollowed() throws {
    let (folder, database) = try database(age: 60)
    try #require(symlink(database, folder.path + "/link") == 0)
    #expect(!JackMetadata.removeAbandoned(in: folder.path + "/link"))
    #expect(folder.names == ["jack_db", "link"])
  }
}
