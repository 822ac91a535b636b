// What the audio thread needs of the processor and of the real-time checker.
#pragma once
#include <stdbool.h>
#include <stdint.h>

/// Turns flushing of denormals (FTZ and DAZ) on for this thread; returns the state before.
uint32_t weft_flush_denormals(void);
/// Puts back what `weft_flush_denormals` returned.
void weft_restore_float_state(uint32_t state);

/// Marks what follows on this thread as real-time; no effect unless RealtimeSanitizer is linked.
void weft_realtime_enter(void);
void weft_realtime_exit(void);
/// True when RealtimeSanitizer is linked into this process.
bool weft_realtime_checked(void);

/// True when this processor has what the program was compiled for.
bool weft_processor_fits(void);
/// The instruction-set level that the program was compiled for, such as "x86-64-v3".
const char *weft_processor_needed(void);

/// Calls a Swift closure of four pointers by its two words. Swift would retain what the closure has captured around
/// each call; here the owner of the closure keeps it.
static inline void weft_call(
    const void *code, const void *captured, void *state, const void *inputs, const void *outputs, const void *context) {
  typedef __attribute__((swiftcall)) void (*Closure)(
      void *, const void *, const void *, const void *, __attribute__((swift_context)) const void *);
  ((Closure)code)(state, inputs, outputs, context, captured);
}

/// Monotonic clock, nanoseconds.
uint64_t weft_nanoseconds(void);

/// What the program holds of the heap. Never on the audio thread: it takes the heap's locks.
uint64_t weft_heap_bytes(void);

/// Between two looks at a word that another thread is about to change.
void weft_relax(void);
/// Sleeps until `weft_wake`, or for so many nanoseconds (0: as long as it takes); returns at once where the word is not
/// `seen`. A thread that has work does not call this; the checker is told so.
void weft_sleep_while(const uint32_t *word, uint32_t seen, uint64_t nanoseconds);
/// Wakes every thread that sleeps on the word. It never waits, but takes some microseconds.
void weft_wake(const uint32_t *word);

/// The processors that this program may run on.
int weft_processors(void);

