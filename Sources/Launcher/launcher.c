// `weft` as it is installed: runs the build of the program that suits this processor. Baseline code, linked statically:
// it runs on every processor of its architecture.

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "processor.h"

#define FOLDER "/../lib/weft/"

/// Builds in the order of preference, by the names of their folders.
static const char *const builds[] = {"x86-64-v3", "x86-64-v2", "x86-64", "native"};

/// Appends the names of the builds that are installed.
static void list(const char *place, char *names, size_t size) {
  char path[PATH_MAX];
  for (size_t i = 0; i < sizeof builds / sizeof *builds; ++i) {
    if (snprintf(path, sizeof path, "%s" FOLDER "%s/weft", place, builds[i]) >= (int)sizeof path) continue;
    if (access(path, F_OK) != 0) continue;
    if (*names) strncat(names, ", ", size - strlen(names) - 1);
    strncat(names, builds[i], size - strlen(names) - 1);
  }
}

int main(int count, char **words) {
  (void)count;
  char place[PATH_MAX], path[PATH_MAX];
  ssize_t length = readlink("/proc/self/exe", place, sizeof place - 1);
  if (length <= 0) {
    fprintf(stderr, "weft: /proc/self/exe cannot be read: %s; is /proc mounted?\n", strerror(errno));
    return 1;
  }
  place[length] = 0;
  *strrchr(place, '/') = 0;

  // A slower build on a faster processor, to compare or to look for a fault.
  const char *wanted = getenv("WEFT_LEVEL");
  const int level = weft_processor_level();
  int error = 0;
  for (size_t i = 0; i < sizeof builds / sizeof *builds; ++i) {
    if (weft_level_of(builds[i]) > level) continue;
    if (wanted && *wanted && strcmp(wanted, builds[i]) != 0) continue;
    if (snprintf(path, sizeof path, "%s" FOLDER "%s/weft", place, builds[i]) >= (int)sizeof path) continue;
    if (access(path, F_OK) != 0) continue;
    execv(path, words);
    error = errno;
    break;
  }

  char names[64] = "";
  list(place, names, sizeof names);
  if (error) {
    fprintf(stderr, "weft: %s cannot be run: %s\n", path, strerror(error));
  } else if (!*names) {
    fprintf(stderr, "weft: no program in %s" FOLDER ": install weft again\n", place);
  } else if (wanted && *wanted) {
    fprintf(stderr, "weft: WEFT_LEVEL=%s suits neither this processor nor the installed builds: %s\n", wanted, names);
  } else if (level == 1) {
    fprintf(
        stderr, "weft: this processor is too old: weft needs x86-64-v2 (SSE4.2, as in processors since 2009); "
                "installed builds: %s\n", names);
  } else {
    fprintf(
        stderr, "weft: no installed build suits this processor (x86-64-v%d); installed: %s. In the sources: "
                "make build-both && sudo make install\n", level, names);
  }
  return 1;
}
