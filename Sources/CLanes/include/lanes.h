// Vector operations that Swift's SIMD types lack or do lane by lane; every one is a single
// instruction on AVX2 and inlines into the Swift caller.
#pragma once
#include <stdbool.h>
#include <stdint.h>

typedef float weft_f8 __attribute__((ext_vector_type(8)));
typedef int32_t weft_i8 __attribute__((ext_vector_type(8)));
// A vector in memory: Swift aligns vectors in its own structures to 16 bytes, arrays of floats to 4.
typedef float weft_f8_stored __attribute__((ext_vector_type(8), aligned(4)));
// Without AVX, vectors pass in memory; no function here is ever called: each is inlined.
#pragma clang diagnostic ignored "-Wpsabi"
#define WEFT_INLINE static inline __attribute__((always_inline))

WEFT_INLINE weft_f8 weft_f8_min(weft_f8 a, weft_f8 b) { return a < b ? a : b; }
WEFT_INLINE weft_f8 weft_f8_max(weft_f8 a, weft_f8 b) { return a > b ? a : b; }
// The minimum of all lanes.
WEFT_INLINE float weft_f8_least(weft_f8 a) { return __builtin_reduce_min(a); }
WEFT_INLINE weft_f8 weft_f8_floor(weft_f8 a) { return __builtin_elementwise_floor(a); }
WEFT_INLINE weft_f8 weft_f8_abs(weft_f8 a) { return __builtin_elementwise_abs(a); }
WEFT_INLINE weft_f8 weft_f8_sqrt(weft_f8 a) { return __builtin_elementwise_sqrt(a); }
WEFT_INLINE weft_f8 weft_f8_fma(weft_f8 a, weft_f8 b, weft_f8 c) { return __builtin_elementwise_fma(a, b, c); }
// c - a * b, rounded once.
WEFT_INLINE weft_f8 weft_f8_fnma(weft_f8 a, weft_f8 b, weft_f8 c) { return __builtin_elementwise_fma(-a, b, c); }
// The last three lanes of one vector, then the first five of another: that one, three frames later.
WEFT_INLINE weft_f8 weft_f8_three_later(weft_f8 before, weft_f8 now) {
  return __builtin_shufflevector(before, now, 5, 6, 7, 8, 9, 10, 11, 12);
}
// Each of the first four lanes twice.
WEFT_INLINE weft_f8 weft_f8_twice(weft_f8 a) { return __builtin_shufflevector(a, a, 0, 0, 1, 1, 2, 2, 3, 3); }
// The Walsh-Hadamard transform without its factor of 1 / sqrt 8: three rounds of sums and differences.
WEFT_INLINE weft_f8 weft_f8_hadamard(weft_f8 a) {
  const weft_f8 one = {1, -1, 1, -1, 1, -1, 1, -1}, two = {1, 1, -1, -1, 1, 1, -1, -1};
  const weft_f8 four = {1, 1, 1, 1, -1, -1, -1, -1};
  a = __builtin_elementwise_fma(a, one, __builtin_shufflevector(a, a, 1, 0, 3, 2, 5, 4, 7, 6));
  a = __builtin_elementwise_fma(a, two, __builtin_shufflevector(a, a, 2, 3, 0, 1, 6, 7, 4, 5));
  return __builtin_elementwise_fma(a, four, __builtin_shufflevector(a, a, 4, 5, 6, 7, 0, 1, 2, 3));
}
WEFT_INLINE weft_f8 weft_f8_at(const float *p) { return *(const weft_f8_stored *)p; }
#define WEFT_LOW(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 4, 12, 5, 13)
#define WEFT_HIGH(a, b) __builtin_shufflevector(a, b, 2, 10, 3, 11, 6, 14, 7, 15)
#define WEFT_FIRST(a, b) __builtin_shufflevector(a, b, 0, 1, 8, 9, 4, 5, 12, 13)
#define WEFT_SECOND(a, b) __builtin_shufflevector(a, b, 2, 3, 10, 11, 6, 7, 14, 15)
#define WEFT_NEAR(a, b) __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11)
#define WEFT_FAR(a, b) __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15)
// Between the stages: given all three at once, the compiler finds slower sequences.
#if defined(__AVX__)
#define WEFT_STAGE(a, b, c, d) __asm__("" : "+x"(a), "+x"(b), "+x"(c), "+x"(d))
#else
#define WEFT_STAGE(a, b, c, d)
#endif
// Transposes eight rows of eight floats: lane k of column j is element j of row k.
WEFT_INLINE void weft_f8_transpose(
    weft_f8 r0, weft_f8 r1, weft_f8 r2, weft_f8 r3, weft_f8 r4, weft_f8 r5, weft_f8 r6, weft_f8 r7, void *to) {
  weft_f8_stored *const columns = to;
  weft_f8 l01 = WEFT_LOW(r0, r1), h01 = WEFT_HIGH(r0, r1), l23 = WEFT_LOW(r2, r3), h23 = WEFT_HIGH(r2, r3);
  weft_f8 l45 = WEFT_LOW(r4, r5), h45 = WEFT_HIGH(r4, r5), l67 = WEFT_LOW(r6, r7), h67 = WEFT_HIGH(r6, r7);
  WEFT_STAGE(l01, h01, l23, h23);
  WEFT_STAGE(l45, h45, l67, h67);
  weft_f8 q0 = WEFT_FIRST(l01, l23), q1 = WEFT_SECOND(l01, l23), q2 = WEFT_FIRST(h01, h23);
  weft_f8 q3 = WEFT_SECOND(h01, h23), q4 = WEFT_FIRST(l45, l67), q5 = WEFT_SECOND(l45, l67);
  weft_f8 q6 = WEFT_FIRST(h45, h67), q7 = WEFT_SECOND(h45, h67);
  WEFT_STAGE(q0, q1, q2, q3);
  WEFT_STAGE(q4, q5, q6, q7);
  columns[0] = WEFT_NEAR(q0, q4), columns[1] = WEFT_NEAR(q1, q5), columns[2] = WEFT_NEAR(q2, q6);
  columns[3] = WEFT_NEAR(q3, q7), columns[4] = WEFT_FAR(q0, q4), columns[5] = WEFT_FAR(q1, q5);
  columns[6] = WEFT_FAR(q2, q6), columns[7] = WEFT_FAR(q3, q7);
}
// The same for rows `stride` floats apart.
WEFT_INLINE void weft_f8_columns(const float *rows, long stride, void *to) {
  weft_f8_transpose(
      weft_f8_at(rows), weft_f8_at(rows + stride), weft_f8_at(rows + 2 * stride), weft_f8_at(rows + 3 * stride),
      weft_f8_at(rows + 4 * stride), weft_f8_at(rows + 5 * stride), weft_f8_at(rows + 6 * stride),
      weft_f8_at(rows + 7 * stride), to);
}
// The sum of each of eight rows of eight floats: lane k is that of row k. Added in the same order as a single row:
// halves, then halves of those, then the last two.
#define WEFT_EVEN(a, b) __builtin_shufflevector(a, b, 0, 2, 8, 10, 4, 6, 12, 14)
#define WEFT_ODD(a, b) __builtin_shufflevector(a, b, 1, 3, 9, 11, 5, 7, 13, 15)
WEFT_INLINE weft_f8 weft_f8_sums(const void *rows) {
  const weft_f8_stored *const r = rows;
  const weft_f8 f01 = WEFT_NEAR(r[0], r[1]) + WEFT_FAR(r[0], r[1]), f23 = WEFT_NEAR(r[2], r[3]) + WEFT_FAR(r[2], r[3]);
  const weft_f8 f45 = WEFT_NEAR(r[4], r[5]) + WEFT_FAR(r[4], r[5]), f67 = WEFT_NEAR(r[6], r[7]) + WEFT_FAR(r[6], r[7]);
  const weft_f8 t0213 = WEFT_FIRST(f01, f23) + WEFT_SECOND(f01, f23);
  const weft_f8 t4657 = WEFT_FIRST(f45, f67) + WEFT_SECOND(f45, f67);
  const weft_f8 sums = WEFT_EVEN(t0213, t4657) + WEFT_ODD(t0213, t4657);
  return __builtin_shufflevector(sums, sums, 0, 4, 1, 5, 2, 6, 3, 7);
}
// Lane k of the vector number places[k].
WEFT_INLINE weft_f8 weft_f8_gather(const void *vectors, weft_i8 places) {
  const float *const p = vectors;
  const weft_i8 index = places * 8 + (weft_i8){0, 1, 2, 3, 4, 5, 6, 7};
#if defined(__AVX2__)
  typedef float floats __attribute__((vector_size(32)));
  typedef int ints __attribute__((vector_size(32)));
  return (weft_f8)__builtin_ia32_gatherd_ps256((floats){0}, p, (ints)index, (floats)(weft_i8)(-1), 4);
#else
  weft_f8 values;
  for (int i = 0; i < 8; i++) values[i] = p[index[i]];
  return values;
#endif
}
// Four adjacent numbers per lane, from p[places[k]] on: lane k of to[j] is number j of lane k. Eight loads and as many
// shuffles: half the cost of four gathers.
WEFT_INLINE void weft_f8_fours(const float *p, const void *places, void *columns) {
  typedef float four __attribute__((ext_vector_type(4), aligned(4)));
  const int32_t *const at = places;
#define WEFT_FOUR(k) (*(const four *)(p + at[k]))
#define WEFT_FOURS(k) __builtin_shufflevector(WEFT_FOUR(k), WEFT_FOUR(k + 4), 0, 1, 2, 3, 4, 5, 6, 7)
  weft_f8 a = WEFT_FOURS(0), b = WEFT_FOURS(1), c = WEFT_FOURS(2), d = WEFT_FOURS(3);
#undef WEFT_FOURS
#undef WEFT_FOUR
  WEFT_STAGE(a, b, c, d);
  weft_f8 ab = WEFT_LOW(a, b), cd = WEFT_LOW(c, d), ab2 = WEFT_HIGH(a, b), cd2 = WEFT_HIGH(c, d);
  WEFT_STAGE(ab, cd, ab2, cd2);
  weft_f8_stored *to = columns;
  to[0] = WEFT_FIRST(ab, cd), to[1] = WEFT_SECOND(ab, cd), to[2] = WEFT_FIRST(ab2, cd2), to[3] = WEFT_SECOND(ab2, cd2);
}
// Transposes eight mono signals into lanes, eight frames at a time (their buffers are whole multiples of eight). A row
// whose mask is 0 is constant.
void weft_weave(void *const *places, const long *masks, void *to, long frames);
// The reverse.
void weft_unweave(const void *from, void *const *places, long frames);
// Transposes words of four bytes from eight places into lanes; and back.
void weft_gather(void *const *places, void *to, long words);
void weft_scatter(const void *from, void *const *places, long words);
// One filter of second order over whole eights of frames. `filter` is 56 floats: eight zeros and the impulse response,
// the outputs of a band and of a low of 1, the contributions of the inputs to both, those of both to both. `states` are
// band and low, followed by two floats that may be overwritten.
void weft_filter_eights(const float *filter, const float *x, float *y, long eights, float *states);
// Eight frames of one low-pass whose coefficients (keep, turn, rise) move by a step per frame, two after every odd one.
void weft_lowpass_eight(const float *point, const float *step, const float *x, float *y, float *states);
// The same for 64 frames: lane k of the three points and steps belongs to the eight frames from frame 8 k on.
void weft_lowpass_quantum(const void *points, const void *steps, const float *x, float *y, float *states);
// One to sixteen filters in series. Each begins with eight floats: band, low, keep, turn, rise, direct, from band, from
// low; the first two are advanced. `x` is read at i & mask. `outputs`: where not null, the sound after each filter. At
// most 64 frames.
void weft_filter_chain(
    void *const *filters, long count, const float *x, long mask, float *y, float *const *outputs, long frames);
// Truncates; the caller must keep values within int32.
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
// Shifts each lane by its own count, 0 to 31.
WEFT_INLINE weft_i8 weft_i8_shl_each(weft_i8 a, weft_i8 n) { return (weft_i8)((weft_u8)a << (weft_u8)n); }
WEFT_INLINE weft_i8 weft_i8_shr_each(weft_i8 a, weft_i8 n) { return (weft_i8)((weft_u8)a >> (weft_u8)n); }
WEFT_INLINE weft_i8 weft_i8_less(weft_i8 a, weft_i8 b) { return a < b; }
// One bit per lane, from each lane's sign.
WEFT_INLINE int32_t weft_i8_signs(weft_i8 m) {
#if defined(__AVX__)
  return __builtin_ia32_movmskps256((float __attribute__((vector_size(32))))m);
#else
  int32_t bits = 0;
  for (int i = 0; i < 8; i++) bits |= (int32_t)((uint32_t)m[i] >> 31) << i;
  return bits;
#endif
}

// Returns whether every bit is zero.
WEFT_INLINE bool weft_i8_is_zero(weft_i8 m) {
#if defined(__AVX__)
  typedef long long quads __attribute__((vector_size(32)));
  return __builtin_ia32_ptestz256((quads)m, (quads)m);
#else
  int32_t bits = 0;
  for (int i = 0; i < 8; i++) bits |= m[i];
  return bits == 0;
#endif
}

WEFT_INLINE float weft_f1_fma(float a, float b, float c) { return __builtin_elementwise_fma(a, b, c); }
WEFT_INLINE float weft_f1_fnma(float a, float b, float c) { return __builtin_elementwise_fma(-a, b, c); }
WEFT_INLINE float weft_f1_floor(float a) { return __builtin_elementwise_floor(a); }
WEFT_INLINE float weft_f1_sqrt(float a) { return __builtin_elementwise_sqrt(a); }
WEFT_INLINE int32_t weft_f1_to_i1(float a) { return (int32_t)a; }
WEFT_INLINE int32_t weft_i1_shl_each(int32_t a, int32_t n) { return (int32_t)((uint32_t)a << (uint32_t)n); }
WEFT_INLINE int32_t weft_i1_shr_each(int32_t a, int32_t n) { return (int32_t)((uint32_t)a >> (uint32_t)n); }
WEFT_INLINE int32_t weft_i1_and(int32_t a, int32_t b) { return a & b; }
WEFT_INLINE int32_t weft_i1_or(int32_t a, int32_t b) { return a | b; }
WEFT_INLINE int32_t weft_i1_xor(int32_t a, int32_t b) { return a ^ b; }
