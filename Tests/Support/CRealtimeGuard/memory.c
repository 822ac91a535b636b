#include "realtime_guard.h"
#include <malloc.h>

uint64_t weft_guard_bytes_in_use(void) {
  struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}
