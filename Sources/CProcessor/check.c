#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "processor.h"
#include "realtime.h"

/// The slower build that `make build-both` lays out, seen from the program of a checkout: .build/TRIPLE/release/weft.
#define SLOWER "/../../install/tree/lib/weft/x86-64-v2/weft"

/// Runs that build; returns where there is none.
static void run_slower(char **words) {
  char path[PATH_MAX];
  ssize_t length = readlink("/proc/self/exe", path, sizeof path - sizeof SLOWER);
  if (length <= 0) return;
  path[length] = 0;
  char *slash = strrchr(path, '/');
  if (!slash || strcmp(slash, "/weft") != 0) return;
  strcpy(slash, SLOWER);
  if (access(path, X_OK) == 0) execv(path, words);
}

/// Ends a program that needs more than this processor has, before any Swift code runs.
__attribute__((constructor(101))) static void check_processor(int count, char **words) {
  (void)count;
  const char *needed = weft_built_for + sizeof WEFT_BUILT_FOR - 1;
  if (weft_processor_level() >= weft_level_of(needed)) return;
  if (weft_processor_level() == 2) run_slower(words);
  dprintf(
      2, "weft: this build is for %s, which this processor lacks: run make build on this machine, or make build-both\n",
      needed);
  _exit(1);
}
