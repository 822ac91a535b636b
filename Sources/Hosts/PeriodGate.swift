import Glibc

/// Lets one thread wait until another has finished, at most two seconds.
final class PeriodGate: @unchecked Sendable {
  private let semaphore: UnsafeMutablePointer<sem_t> = .allocate(capacity: 1)

  init() { sem_init(semaphore, 0, 0) }
  deinit {
    sem_destroy(semaphore)
    semaphore.deallocate()
  }

  func wait() {
    var end = timespec()
    clock_gettime(CLOCK_REALTIME, &end)
    end.tv_sec += 2
    while sem_timedwait(semaphore, &end) != 0 && errno == EINTR {}
  }
  func open() { sem_post(semaphore) }
}
