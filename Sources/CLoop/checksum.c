#include "loop.h"

#include <pthread.h>

// Castagnoli's polynomial, reflected.
static const uint32_t polynomial = 0x82f63b78;
static uint32_t table[256];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void make_table(void) {
  for (uint32_t i = 0; i < 256; i++) {
    uint32_t rest = i;
    for (int bit = 0; bit < 8; bit++) rest = (rest >> 1) ^ (rest & 1 ? polynomial : 0);
    table[i] = rest;
  }
}

uint32_t weft_checksum(uint32_t before, const void *bytes, size_t count) {
  pthread_once(&once, make_table);
  uint32_t rest = ~before;
  for (const uint8_t *byte = bytes, *end = byte + count; byte < end; byte++)
    rest = (rest >> 8) ^ table[(rest ^ *byte) & 0xff];
  return ~rest;
}
