// Baseline code: it runs before any code that needs a newer processor.
#include "weft.h"

#include "processor.h"

#ifndef WEFT_LEVEL
#define WEFT_LEVEL ""
#endif

int32_t weft_processor_fits(void) { return weft_processor_level() >= weft_level_of(WEFT_LEVEL); }
