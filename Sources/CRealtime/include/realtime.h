// Processor state and real-time checks for the audio thread.
#pragma once
#include <stdbool.h>
#include <stdint.h>

/// Enables flushing of denormals (FTZ and DAZ) on this thread; returns the state before.
uint32_t weft_flush_denormals(void);
/// Restores the state returned by `weft_flush_denormals`.
void weft_restore_float_state(uint32_t state);

/// Begins a real-time section on this thread; no effect unless RealtimeSanitizer is linked.
void weft_realtime_enter(void);
void weft_realtime_exit(void);
/// True when RealtimeSanitizer is linked into this process.
bool weft_realtime_checked(void);

#if defined(__AVX2__) && defined(__FMA__)
#define WEFT_LEVEL "x86-64-v3"
#elif defined(__SSE4_2__)
#define WEFT_LEVEL "x86-64-v2"
#elif defined(__x86_64__)
#define WEFT_LEVEL "x86-64"
#else
#define WEFT_LEVEL "native"
#endif
#define WEFT_BUILT_FOR "weft-built-for:"
/// `WEFT_BUILT_FOR` and the instruction-set level that this code is compiled for. Installers search the program for it.
extern const char weft_built_for[];
/// The level alone, such as "x86-64-v3".
const char *weft_built_for_level(void);

/// Calls a Swift closure of four pointers by its two words. Swift would retain the closure's context around each call;
/// here the owner of the closure keeps it alive.
static inline void weft_call(
    const void *code, const void *captured, void *state, const void *inputs, const void *outputs, const void *context) {
  typedef __attribute__((swiftcall)) void (*Closure)(
      void *, const void *, const void *, const void *, __attribute__((swift_context)) const void *);
  ((Closure)code)(state, inputs, outputs, context, captured);
}

/// Monotonic clock, nanoseconds.
uint64_t weft_nanoseconds(void);

/// Bytes allocated on the heap. Never on the audio thread: it takes the heap's locks.
uint64_t weft_heap_bytes(void);

/// Pause instruction for spin loops.
void weft_relax(void);
/// Sleeps until `weft_wake`, or for this time in nanoseconds (0: no limit); returns at once where the word is not
/// `seen`. A thread that has work does not call this; it is exempt from the checker.
void weft_sleep_while(const uint32_t *word, uint32_t seen, uint64_t nanoseconds);
/// Wakes every thread that sleeps on the word. It never waits, but takes some microseconds.
void weft_wake(const uint32_t *word);

/// The processors that this program may run on.
int weft_processors(void);

