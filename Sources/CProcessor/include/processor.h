// Instruction-set level of this processor. Baseline code: it runs before any code that needs more.
#pragma once

/// The x86-64 level that this processor and the system support: 1 to 3; 0 on other architectures.
///
/// 2 adds SSE4.2 and POPCNT (2009), 3 AVX2, FMA and BMI2 (2013 to 2015).
int weft_processor_level(void);
/// The level in a name such as "x86-64-v3"; 1 for "x86-64", 0 for any other.
int weft_level_of(const char *name);
