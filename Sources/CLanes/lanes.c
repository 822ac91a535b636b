#include "lanes.h"

static weft_f8 row(const float *row, long mask, long i) {
  if (mask) return weft_f8_at(row + i);
  const float x = row[0];
  return (weft_f8){x, x, x, x, x, x, x, x};
}

static void transpose(
    weft_f8 a, weft_f8 b, weft_f8 c, weft_f8 d, weft_f8 e, weft_f8 f, weft_f8 g, weft_f8 h, weft_f8_stored *to) {
  weft_f8 columns[8];
  weft_f8_transpose(a, b, c, d, e, f, g, h, columns);
  for (int k = 0; k < 8; k++) to[k] = columns[k];
}

void weft_weave(void *const *places, const long *masks, void *to, long frames) {
  const float *const *rows = (const float *const *)places;
  for (long i = 0; i < frames; i += 8)
    transpose(
        row(rows[0], masks[0], i), row(rows[1], masks[1], i), row(rows[2], masks[2], i), row(rows[3], masks[3], i),
        row(rows[4], masks[4], i), row(rows[5], masks[5], i), row(rows[6], masks[6], i), row(rows[7], masks[7], i),
        (weft_f8_stored *)to + i);
}

void weft_gather(void *const *places, void *to, long words) {
  const long masks[8] = {-1, -1, -1, -1, -1, -1, -1, -1}, whole = words & ~7;
  weft_weave(places, masks, to, whole);
  const float *const *rows = (const float *const *)places;
  for (long i = whole; i < words; i++)
    ((weft_f8_stored *)to)[i] = (weft_f8){rows[0][i], rows[1][i], rows[2][i], rows[3][i],
                                    rows[4][i], rows[5][i], rows[6][i], rows[7][i]};
}

void weft_unweave(const void *from, void *const *places, long frames) {
  const weft_f8_stored *lanes = from;
  for (long i = 0; i < frames; i += 8) {
    weft_f8_stored columns[8];
    const weft_f8_stored *at = lanes + i;
    transpose(at[0], at[1], at[2], at[3], at[4], at[5], at[6], at[7], columns);
    for (int k = 0; k < 8; k++) *(weft_f8_stored *)((float *)places[k] + i) = columns[k];
  }
}

void weft_scatter(const void *from, void *const *places, long words) {
  const long whole = words & ~7;
  weft_unweave(from, places, whole);
  const float *rest = (const float *)from + 8 * whole;
  for (long i = whole; i < words; i++, rest += 8)
    for (int k = 0; k < 8; k++) ((float *)places[k])[i] = rest[k];
}

typedef float weft_f4 __attribute__((ext_vector_type(4)));
typedef float weft_f4_stored __attribute__((ext_vector_type(4), aligned(4)));

static inline weft_f8 all(float x) { return (weft_f8){x, x, x, x, x, x, x, x}; }

// The sums of two vectors, in the first two places.
static inline weft_f4 two_sums(weft_f8 a, weft_f8 b) {
#if defined(__AVX__)
  typedef float floats __attribute__((vector_size(32)));
  const weft_f8 pairs = (weft_f8)__builtin_ia32_haddps256((floats)a, (floats)b);
  const weft_f4 fours = pairs.lo + pairs.hi;
#else
  const weft_f8 pairs = __builtin_shufflevector(a, b, 0, 2, 8, 10, 4, 6, 12, 14)
      + __builtin_shufflevector(a, b, 1, 3, 9, 11, 5, 7, 13, 15);
  const weft_f4 fours = pairs.lo + pairs.hi;
#endif
  return fours.xzxz + fours.ywyw;
}

void weft_filter_eights(const float *filter, const float *x, float *y, long eights, float *states) {
  const weft_f8 c0 = weft_f8_at(filter + 8), c1 = weft_f8_at(filter + 7), c2 = weft_f8_at(filter + 6);
  const weft_f8 c3 = weft_f8_at(filter + 5), c4 = weft_f8_at(filter + 4), c5 = weft_f8_at(filter + 3);
  const weft_f8 c6 = weft_f8_at(filter + 2), c7 = weft_f8_at(filter + 1);
  const weft_f8 from_band = weft_f8_at(filter + 16), from_low = weft_f8_at(filter + 24);
  const weft_f8 to_band = weft_f8_at(filter + 32), to_low = weft_f8_at(filter + 40);
  const weft_f4 band_to = *(const weft_f4_stored *)(filter + 48), low_to = *(const weft_f4_stored *)(filter + 52);
  weft_f4 state = *(const weft_f4_stored *)states;
  for (; eights > 0; eights--, x += 8, y += 8) {
    // What depends on the inputs alone comes first: the states are waited for.
    weft_f8 even = c0 * all(x[0]), odd = c1 * all(x[1]);
    even = weft_f8_fma(c2, all(x[2]), even), odd = weft_f8_fma(c3, all(x[3]), odd);
    even = weft_f8_fma(c4, all(x[4]), even), odd = weft_f8_fma(c5, all(x[5]), odd);
    even = weft_f8_fma(c6, all(x[6]), even), odd = weft_f8_fma(c7, all(x[7]), odd);
    const weft_f8 inputs = weft_f8_at(x), band = all(state.x), low = all(state.y);
    const weft_f4 sums = two_sums(inputs * to_band, inputs * to_low);
    *(weft_f8_stored *)y = weft_f8_fma(from_low, low, odd) + weft_f8_fma(from_band, band, even);
    state = __builtin_elementwise_fma(band_to, band.lo, __builtin_elementwise_fma(low_to, low.lo, sums));
  }
  *(weft_f4_stored *)states = state;
}

// ---- Low-passes whose coefficients move

// Three responses of a low-pass over eight frames: to the inputs alone, to a band of 1, to a low of 1; of each the low
// state after every frame, and the band after the last. The terms and their order are the same for one group of frames
// and for eight in lanes. As in the kernel for eight voices, the coefficients move after every odd frame.
#define WEFT_LOWPASS(NAME, TYPE, FMA, FNMA)                                                                     \
  static inline __attribute__((always_inline)) void NAME(                                                       \
      TYPE keep, TYPE turn, TYPE rise, TYPE keep_step, TYPE turn_step, TYPE rise_step, const TYPE *x,           \
      TYPE *of_inputs, TYPE *of_band, TYPE *of_low, TYPE *bands) {                                              \
    TYPE b0 = {0}, l0 = {0}, b1 = {0}, l1 = {0}, b2 = {0}, l2 = {0};                                            \
    b1 = b1 + 1, l2 = l2 + 1;                                                                                   \
    _Pragma("clang loop unroll(full)") for (int k = 0; k < 8; k++) {                                            \
      const TYPE turned = turn * x[k], risen = rise * x[k];                                                     \
      const TYPE n0 = FMA(keep, b0, FNMA(turn, l0, turned)), m0 = FMA(turn, b0, risen);                         \
      l0 = m0 + FNMA(rise, l0, l0), b0 = n0;                                                                    \
      const TYPE t1 = turn * l1, t2 = turn * l2;                                                                \
      const TYPE n1 = FMA(keep, b1, -t1), n2 = FMA(keep, b2, -t2);                                              \
      l1 = FMA(turn, b1, FNMA(rise, l1, l1)), l2 = FMA(turn, b2, FNMA(rise, l2, l2));                           \
      b1 = n1, b2 = n2;                                                                                         \
      of_inputs[k] = l0, of_band[k] = l1, of_low[k] = l2;                                                       \
      if (k & 1) keep += keep_step + keep_step, turn += turn_step + turn_step, rise += rise_step + rise_step;   \
    }                                                                                                           \
    bands[0] = b0, bands[1] = b1, bands[2] = b2;                                                                \
  }
WEFT_LOWPASS(lowpass_one, float, weft_f1_fma, weft_f1_fnma)
WEFT_LOWPASS(lowpass_eight, weft_f8, weft_f8_fma, weft_f8_fnma)

void weft_lowpass_eight(const float *point, const float *step, const float *x, float *y, float *states) {
  float of_inputs[8], of_band[8], of_low[8], bands[3];
  const float band = states[0], low = states[1];
  float last = low;
  lowpass_one(point[0], point[1], point[2], step[0], step[1], step[2], x, of_inputs, of_band, of_low, bands);
  for (int k = 0; k < 8; k++) {
    const float next = weft_f1_fma(of_band[k], band, weft_f1_fma(of_low[k], low, of_inputs[k]));
    y[k] = (last + next) * 0.5f;
    last = next;
  }
  states[0] = weft_f1_fma(bands[1], band, weft_f1_fma(bands[2], low, bands[0]));
  states[1] = last;
}

void weft_lowpass_quantum(const void *points, const void *steps, const float *x, float *y, float *states) {
  const weft_f8_stored *const p = points, *const s = steps;
  weft_f8 inputs[8], of_inputs[8], of_band[8], of_low[8], bands[3];
  weft_f8_columns(x, 8, inputs);
  lowpass_eight(p[0], p[1], p[2], s[0], s[1], s[2], inputs, of_inputs, of_band, of_low, bands);
  float band = states[0], low = states[1], before_band[8], before_low[8];
  for (int group = 0; group < 8; group++) {
    before_band[group] = band, before_low[group] = low;
    const float next = weft_f1_fma(
        ((const float *)&of_band[7])[group], band,
        weft_f1_fma(((const float *)&of_low[7])[group], low, ((const float *)&of_inputs[7])[group]));
    band = weft_f1_fma(
        ((const float *)&bands[1])[group], band,
        weft_f1_fma(((const float *)&bands[2])[group], low, ((const float *)&bands[0])[group]));
    low = next;
  }
  states[0] = band, states[1] = low;
  const weft_f8 from_band = weft_f8_at(before_band), from_low = weft_f8_at(before_low);
  weft_f8 last = from_low, sound[8];
  for (int k = 0; k < 8; k++) {
    const weft_f8 next = weft_f8_fma(of_band[k], from_band, weft_f8_fma(of_low[k], from_low, of_inputs[k]));
    sound[k] = (last + next) * 0.5f;
    last = next;
  }
  weft_f8_columns((const float *)sound, 8, y);
}

// ---- Filters in series

typedef struct { weft_f8 band, low, keep, turn, rise, direct, from_band, from_low; } filter_lanes;

static inline filter_lanes filters_in_lanes(void *const *filters, long count) {
  static const float identity[8] = {0, 0, 0, 0, 0, 1, 0, 0};
  weft_f8 rows[8];
  for (long k = 0; k < 8; k++) rows[k] = weft_f8_at(k < count ? (const float *)filters[k] : identity);
  filter_lanes lanes;
  transpose(rows[0], rows[1], rows[2], rows[3], rows[4], rows[5], rows[6], rows[7], (weft_f8_stored *)&lanes);
  return lanes;
}

static inline weft_f8 filtered(const filter_lanes *f, weft_f8 x, weft_f8 *band, weft_f8 *low) {
  const weft_f8 y = weft_f8_fma(f->direct, x, weft_f8_fma(f->from_band, *band, f->from_low * *low));
  const weft_f8 next = weft_f8_fma(f->keep, *band, weft_f8_fnma(f->turn, *low, f->turn * x));
  *low = weft_f8_fma(f->turn, *band, f->rise * x) + weft_f8_fnma(f->rise, *low, *low);
  *band = next;
  return y;
}

// Each lane gets the value of the lane before it; the first one that of the last.
static inline weft_f8 rotated(weft_f8 a) { return __builtin_shufflevector(a, a, 7, 0, 1, 2, 3, 4, 5, 6); }
static inline weft_f8 with_first(weft_f8 a, weft_f8 first) {
  return __builtin_shufflevector(a, first, 8, 1, 2, 3, 4, 5, 6, 7);
}
// All ones in the lanes, `from` being the first, that render frame t - lane of so many.
static inline weft_i8 active(long t, long from, long frames) {
  const int32_t now = (int32_t)(t - from), end = (int32_t)frames;
  const weft_i8 frame = (weft_i8){now, now - 1, now - 2, now - 3, now - 4, now - 5, now - 6, now - 7};
  return (frame >= 0) & (frame < (weft_i8){end, end, end, end, end, end, end, end});
}

#define QUANTUM 64
// Lane k renders frame t - k at step t: what lane k - 1 made in the step before is its input.
static inline __attribute__((always_inline)) void run_chain(
    void *const *filters, long count, const long vectors, const float *x, long mask, float *y, float *const *outputs,
    long frames, const bool keeps) {
  const long lag = 8 * vectors, steps = frames + lag;
  const filter_lanes first = filters_in_lanes(filters, count);
  const filter_lanes second = vectors == 2 ? filters_in_lanes(filters + 8, count - 8) : first;
  weft_f8 band = first.band, low = first.low, band2 = second.band, low2 = second.low;
  weft_f8 y1 = {0}, y2 = {0};
  weft_f8_stored kept[keeps ? 2 * (QUANTUM + 16) : 1];
  long t = 0;
  while (t < steps) {
    if (t >= lag && t < frames) {
      // All lanes have a frame.
      for (; t < frames; t++) {
        const weft_f8 r1 = rotated(y1), r2 = vectors == 2 ? rotated(y2) : r1;
        y[t - lag] = r2[0];
        y1 = filtered(&first, with_first(r1, all(x[t & mask])), &band, &low);
        if (vectors == 2) y2 = filtered(&second, with_first(r2, r1), &band2, &low2);
        if (keeps) kept[2 * t] = y1, kept[2 * t + 1] = y2;
      }
      continue;
    }
    const weft_f8 r1 = rotated(y1), r2 = vectors == 2 ? rotated(y2) : r1;
    if (t >= lag) y[t - lag] = r2[0];
    weft_f8 b = band, l = low;
    y1 = filtered(&first, with_first(r1, all(t < frames ? x[t & mask] : 0)), &b, &l);
    const weft_i8 mine = active(t, 0, frames);
    band = weft_f8_select(mine, b, band), low = weft_f8_select(mine, l, low);
    if (vectors == 2) {
      b = band2, l = low2;
      y2 = filtered(&second, with_first(r2, r1), &b, &l);
      const weft_i8 others = active(t, 8, frames);
      band2 = weft_f8_select(others, b, band2), low2 = weft_f8_select(others, l, low2);
    }
    if (keeps) kept[2 * t] = y1, kept[2 * t + 1] = y2;
    t++;
  }
  for (long k = 0; k < count; k++) {
    float *const states = filters[k];
    states[0] = k < 8 ? band[k] : band2[k - 8], states[1] = k < 8 ? low[k] : low2[k - 8];
  }
  if (!keeps) return;
  for (long k = 0; k < count; k++) {
    const float *from = (const float *)(kept + 2 * k + k / 8) + k % 8;
    for (long i = 0; i < frames; i++) outputs[k][i] = from[16 * i];
  }
}

void weft_filter_chain(
    void *const *filters, long count, const float *x, long mask, float *y, float *const *outputs, long frames) {
  if (count <= 8 && !outputs) run_chain(filters, count, 1, x, mask, y, outputs, frames, false);
  else if (count <= 8) run_chain(filters, count, 1, x, mask, y, outputs, frames, true);
  else if (!outputs) run_chain(filters, count, 2, x, mask, y, outputs, frames, false);
  else run_chain(filters, count, 2, x, mask, y, outputs, frames, true);
}
