#define _GNU_SOURCE  // sched_getaffinity
#include "realtime.h"
#include <linux/futex.h>
#include <malloc.h>
#include <sched.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#if defined(__x86_64__)
#include <xmmintrin.h>
uint32_t weft_flush_denormals(void) {
  const uint32_t flush = 0x8040;  // FTZ 0x8000, DAZ 0x0040
  uint32_t state = _mm_getcsr();
  // Writing the register stalls the processor, so it is written only for a change.
  if ((state & flush) != flush) _mm_setcsr(state | flush);
  return state;
}
void weft_restore_float_state(uint32_t state) {
  if ((state & 0x8040) != 0x8040) _mm_setcsr(state);
}
#elif defined(__aarch64__)
uint32_t weft_flush_denormals(void) {
  uint64_t state;
  __asm__ volatile("mrs %0, fpcr" : "=r"(state));
  __asm__ volatile("msr fpcr, %0" ::"r"(state | (1ull << 24)));  // FZ
  return (uint32_t)state;
}
void weft_restore_float_state(uint32_t state) { __asm__ volatile("msr fpcr, %0" ::"r"((uint64_t)state)); }
#else
uint32_t weft_flush_denormals(void) { return 0; }
void weft_restore_float_state(uint32_t state) { (void)state; }
#endif

// Null unless the sanitizer's runtime is linked.
__attribute__((weak)) void __rtsan_realtime_enter(void);
__attribute__((weak)) void __rtsan_realtime_exit(void);
void weft_realtime_enter(void) { if (__rtsan_realtime_enter) __rtsan_realtime_enter(); }
void weft_realtime_exit(void) { if (__rtsan_realtime_exit) __rtsan_realtime_exit(); }
__attribute__((weak)) void __rtsan_disable(void);
__attribute__((weak)) void __rtsan_enable(void);
bool weft_realtime_checked(void) { return __rtsan_realtime_enter != 0; }

const char weft_built_for[] = WEFT_BUILT_FOR WEFT_LEVEL;
const char *weft_built_for_level(void) { return WEFT_LEVEL; }

uint64_t weft_nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000ull + (uint64_t)now.tv_nsec;
}

uint64_t weft_heap_bytes(void) {
  struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

void weft_relax(void) {
#if defined(__x86_64__)
  _mm_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

static void futex(const uint32_t *word, int operation, uint32_t value, const struct timespec *time) {
  if (__rtsan_disable) __rtsan_disable();
  syscall(SYS_futex, word, operation | FUTEX_PRIVATE_FLAG, value, time, NULL, 0);
  if (__rtsan_enable) __rtsan_enable();
}
void weft_sleep_while(const uint32_t *word, uint32_t seen, uint64_t nanoseconds) {
  struct timespec time = {(time_t)(nanoseconds / 1000000000ull), (long)(nanoseconds % 1000000000ull)};
  futex(word, FUTEX_WAIT, seen, nanoseconds ? &time : NULL);
}
void weft_wake(const uint32_t *word) { futex(word, FUTEX_WAKE, 1u << 30, NULL); }

int weft_processors(void) {
  cpu_set_t set;
  return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}
