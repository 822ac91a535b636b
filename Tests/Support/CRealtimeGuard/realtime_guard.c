#include "realtime_guard.h"
#include <stdatomic.h>

static _Atomic uint64_t total;
static _Thread_local uint64_t mine;

uint64_t weft_guard_violations(void) { return atomic_load(&total); }
uint64_t weft_guard_thread_violations(void) { return mine; }

// The sanitizer's runtime calls this once per report, on the violating thread.
void __sanitizer_report_error_summary(const char *summary) {
  (void)summary;
  mine++;
  atomic_fetch_add(&total, 1);
}

// Continue after a report: the tests check the count.
const char *__rtsan_default_options(void) { return "halt_on_error=0:suppress_equal_stacks=0"; }
