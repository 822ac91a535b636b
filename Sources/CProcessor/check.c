#include <stdio.h>
#include <unistd.h>

#include "processor.h"
#include "realtime.h"

/// Ends a program that needs more than this processor has, before any Swift code runs.
__attribute__((constructor(101))) static void check_processor(void) {
  const char *needed = weft_built_for + sizeof WEFT_BUILT_FOR - 1;
  if (weft_processor_level() >= weft_level_of(needed)) return;
  dprintf(
      2, "weft: this build is for %s, which this processor lacks: run make build on this machine, or make build-both\n",
      needed);
  _exit(1);
}
