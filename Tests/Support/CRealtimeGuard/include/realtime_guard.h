// Counts reports of RealtimeSanitizer, so that a test can check their number.
#pragma once
#include <stdint.h>

/// Violations reported so far on any thread.
uint64_t weft_guard_violations(void);
/// Violations reported so far on the calling thread.
uint64_t weft_guard_thread_violations(void);

