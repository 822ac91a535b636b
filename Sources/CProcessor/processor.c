#include "processor.h"

#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>

static int has(unsigned bits, unsigned wanted) { return (bits & wanted) == wanted; }

/// True if the system saves the upper halves of the vector registers.
static int saves_avx(unsigned ecx) {
  unsigned low, high;
  if (!has(ecx, bit_OSXSAVE)) return 0;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return has(low, 6);
}

// The features of each level: System V ABI for AMD64, section 3.1.1.
int weft_processor_level(void) {
  unsigned eax, ebx, ecx, edx, more_ebx, more_ecx, extended_ecx = 0, unused;
  if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx)) return 1;
  __get_cpuid(0x80000001, &eax, &ebx, &extended_ecx, &unused);
  const unsigned lahf = 1u << 0;
  if (!has(ecx, bit_SSE3 | bit_SSSE3 | bit_SSE4_1 | bit_SSE4_2 | bit_POPCNT | bit_CMPXCHG16B)) return 1;
  if (!has(extended_ecx, lahf)) return 1;
  if (!__get_cpuid_count(7, 0, &eax, &more_ebx, &more_ecx, &unused)) return 2;
  if (!has(ecx, bit_AVX | bit_FMA | bit_F16C | bit_MOVBE) || !saves_avx(ecx)) return 2;
  if (!has(more_ebx, bit_AVX2 | bit_BMI | bit_BMI2) || !has(extended_ecx, bit_LZCNT)) return 2;
  return 3;
}
#else
int weft_processor_level(void) { return 0; }
#endif

int weft_level_of(const char *name) {
  if (strcmp(name, "x86-64-v3") == 0) return 3;
  if (strcmp(name, "x86-64-v2") == 0) return 2;
  return strcmp(name, "x86-64") == 0 ? 1 : 0;
}
