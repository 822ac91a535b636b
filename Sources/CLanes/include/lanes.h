// Vector operations that Swift's SIMD types lack or do lane by lane; every one is a single
// instruction on AVX2 and inlines into the Swift caller.
#pragma once
#include <stdint.h>

typedef float weft_f8 __attribute__((ext_vector_type(8)));
typedef int32_t weft_i8 __attribute__((ext_vector_type(8)));
#define WEFT_INLINE static inline __attribute__((always_inline))

WEFT_INLINE weft_f8 weft_f8_min(weft_f8 a, weft_f8 b) { return a < b ? a : b; }
WEFT_INLINE weft_f8 weft_f8_max(weft_f8 a, weft_f8 b) { return a > b ? a : b; }
WEFT_INLINE weft_f8 weft_f8_floor(weft_f8 a) { return __builtin_elementwise_floor(a); }
WEFT_INLINE weft_f8 weft_f8_abs(weft_f8 a) { return __builtin_elementwise_abs(a); }
WEFT_INLINE weft_f8 weft_f8_sqrt(weft_f8 a) { return __builtin_elementwise_sqrt(a); }
WEFT_INLINE weft_f8 weft_f8_fma(weft_f8 a, weft_f8 b, weft_f8 c) { return __builtin_elementwise_fma(a, b, c); }
// c - a * b, rounded once.
WEFT_INLINE weft_f8 weft_f8_fnma(weft_f8 a, weft_f8 b, weft_f8 c) { return __builtin_elementwise_fma(-a, b, c); }
// The Walsh-Hadamard transform without its factor of 1 / sqrt 8: three rounds of sums and differences.
WEFT_INLINE weft_f8 weft_f8_hadamard(weft_f8 a) {
  const weft_f8 one = {1, -1, 1, -1, 1, -1, 1, -1}, two = {1, 1, -1, -1, 1, 1, -1, -1};
  const weft_f8 four = {1, 1, 1, 1, -1, -1, -1, -1};
  a = __builtin_elementwise_fma(a, one, __builtin_shufflevector(a, a, 1, 0, 3, 2, 5, 4, 7, 6));
  a = __builtin_elementwise_fma(a, two, __builtin_shufflevector(a, a, 2, 3, 0, 1, 6, 7, 4, 5));
  return __builtin_elementwise_fma(a, four, __builtin_shufflevector(a, a, 4, 5, 6, 7, 0, 1, 2, 3));
}
// Truncates; values outside int32 are the caller's mistake.
WEFT_INLINE weft_i8 weft_f8_to_i8(weft_f8 a) { return __builtin_convertvector(a, weft_i8); }
WEFT_INLINE weft_f8 weft_i8_to_f8(weft_i8 a) { return __builtin_convertvector(a, weft_f8); }
WEFT_INLINE weft_f8 weft_i8_as_f8(weft_i8 a) { return (weft_f8)a; }
WEFT_INLINE weft_i8 weft_f8_as_i8(weft_f8 a) { return (weft_i8)a; }
// b where the lane of m is all ones, a where it is zero.
WEFT_INLINE weft_f8 weft_f8_select(weft_i8 m, weft_f8 b, weft_f8 a) { return m ? b : a; }
WEFT_INLINE weft_i8 weft_i8_select(weft_i8 m, weft_i8 b, weft_i8 a) { return m ? b : a; }
WEFT_INLINE weft_i8 weft_f8_less(weft_f8 a, weft_f8 b) { return a < b; }
// Wrapping: computed unsigned, where overflow is defined.
typedef uint32_t weft_u8 __attribute__((ext_vector_type(8)));
WEFT_INLINE weft_i8 weft_i8_add(weft_i8 a, weft_i8 b) { return (weft_i8)((weft_u8)a + (weft_u8)b); }
WEFT_INLINE weft_i8 weft_i8_sub(weft_i8 a, weft_i8 b) { return (weft_i8)((weft_u8)a - (weft_u8)b); }
WEFT_INLINE weft_i8 weft_i8_mul(weft_i8 a, weft_i8 b) { return (weft_i8)((weft_u8)a * (weft_u8)b); }
WEFT_INLINE weft_i8 weft_i8_and(weft_i8 a, weft_i8 b) { return a & b; }
WEFT_INLINE weft_i8 weft_i8_or(weft_i8 a, weft_i8 b) { return a | b; }
WEFT_INLINE weft_i8 weft_i8_xor(weft_i8 a, weft_i8 b) { return a ^ b; }
WEFT_INLINE weft_i8 weft_i8_shl(weft_i8 a, int32_t n) { return (weft_i8)((weft_u8)a << (uint32_t)n); }
WEFT_INLINE weft_i8 weft_i8_shr(weft_i8 a, int32_t n) { return (weft_i8)((weft_u8)a >> (uint32_t)n); }
WEFT_INLINE weft_i8 weft_i8_less(weft_i8 a, weft_i8 b) { return a < b; }
// One bit a lane, from each lane's sign.
WEFT_INLINE int32_t weft_i8_signs(weft_i8 m) {
#if defined(__AVX__)
  return __builtin_ia32_movmskps256((float __attribute__((vector_size(32))))m);
#else
  int32_t bits = 0;
  for (int i = 0; i < 8; i++) bits |= (int32_t)((uint32_t)m[i] >> 31) << i;
  return bits;
#endif
}

WEFT_INLINE float weft_f1_fma(float a, float b, float c) { return __builtin_elementwise_fma(a, b, c); }
WEFT_INLINE float weft_f1_fnma(float a, float b, float c) { return __builtin_elementwise_fma(-a, b, c); }
WEFT_INLINE float weft_f1_floor(float a) { return __builtin_elementwise_floor(a); }
WEFT_INLINE float weft_f1_sqrt(float a) { return __builtin_elementwise_sqrt(a); }
WEFT_INLINE int32_t weft_f1_to_i1(float a) { return (int32_t)a; }
WEFT_INLINE int32_t weft_i1_and(int32_t a, int32_t b) { return a & b; }
WEFT_INLINE int32_t weft_i1_or(int32_t a, int32_t b) { return a | b; }
WEFT_INLINE int32_t weft_i1_xor(int32_t a, int32_t b) { return a ^ b; }
