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
