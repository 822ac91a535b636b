#define _GNU_SOURCE
#include "loop.h"

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

int weft_wakeup_open(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

static sigset_t set_of(const int *signals, int count) {
  sigset_t set;
  sigemptyset(&set);
  for (int i = 0; i < count; i++) sigaddset(&set, signals[i]);
  return set;
}

void weft_signals_block(const int *signals, int count) {
  sigset_t set = set_of(signals, count);
  pthread_sigmask(SIG_BLOCK, &set, NULL);
}

int weft_signals_wait(const int *signals, int count, int64_t nanoseconds) {
  sigset_t set = set_of(signals, count);
  struct timespec end, now, timeout;
  clock_gettime(CLOCK_MONOTONIC, &end);
  int64_t deadline = end.tv_sec * 1000000000ll + end.tv_nsec + nanoseconds;
  for (;;) {
    int signal;
    if (nanoseconds < 0) {
      signal = sigwaitinfo(&set, NULL);
    } else {
      clock_gettime(CLOCK_MONOTONIC, &now);
      int64_t left = deadline - (now.tv_sec * 1000000000ll + now.tv_nsec);
      if (left < 0) left = 0;
      timeout.tv_sec = left / 1000000000;
      timeout.tv_nsec = left % 1000000000;
      signal = sigtimedwait(&set, NULL, &timeout);
    }
    if (signal > 0) return signal;
    // Another handler ran, or the process was stopped and continued.
    if (errno != EINTR) return 0;
  }
}

int weft_signal_is_ignored(int signal) {
  struct sigaction action;
  return sigaction(signal, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

int weft_signals_open(const int *signals, int count) {
  sigset_t set = set_of(signals, count);
  if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0) return -1;
  return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

int weft_signals_read(int descriptor) {
  struct signalfd_siginfo information;
  ssize_t size = read(descriptor, &information, sizeof information);
  return size == sizeof information ? (int)information.ssi_signo : 0;
}

int weft_poll(struct pollfd *descriptors, unsigned count, int64_t nanoseconds) {
  if (nanoseconds < 0) return ppoll(descriptors, count, NULL, NULL);
  struct timespec timeout = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
  return ppoll(descriptors, count, &timeout, NULL);
}

int weft_accept(int listener) { return accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC); }

void weft_return_blocks(int bytes) { mallopt(M_MMAP_THRESHOLD, bytes); }

void weft_trim_memory(void) { malloc_trim(0); }

bool weft_set_realtime(bool on) {
  struct sched_param param = {.sched_priority = on ? sched_get_priority_min(SCHED_RR) : 0};
  // Only a privileged thread may clear the flag again: it stays.
  return sched_setscheduler(0, (on ? SCHED_RR : SCHED_OTHER) | SCHED_RESET_ON_FORK, &param) == 0;
}

bool weft_is_realtime(void) {
  int policy = sched_getscheduler(0) & ~SCHED_RESET_ON_FORK;
  return policy == SCHED_RR || policy == SCHED_FIFO;
}

uint64_t weft_thread_time(void) {
  struct timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return time.tv_sec * 1000000000ull + time.tv_nsec;
}
