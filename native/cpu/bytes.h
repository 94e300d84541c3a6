/* Fields are read and written by copies: no pointer is assumed to be aligned beyond a byte. */
#ifndef AIVM_CPU_BYTES_H
#define AIVM_CPU_BYTES_H

#include <stdint.h>
#include <string.h>

#define BLOCK_WORDS 17 /* Keccak-256 absorbs 136 bytes per permutation */
#define PAD_FIRST 0x01u
#define PAD_LAST 0x8000000000000000u /* the last byte of a block, in its last word */

static inline uint64_t load64(const void *from) {
  uint64_t word;
  memcpy(&word, from, sizeof word);
  return word;
}

static inline uint32_t load32(const void *from) {
  uint32_t word;
  memcpy(&word, from, sizeof word);
  return word;
}

static inline int is_zero(const void *bytes, int words) {
  uint64_t seen = 0;
  for (int i = 0; i < words; i++) seen |= load64((const uint8_t *)bytes + 8 * i);
  return seen == 0;
}

static inline int equal32(const void *left, const void *right) {
  uint64_t differs = 0;
  for (int i = 0; i < 32; i += 8) differs |= load64((const uint8_t *)left + i) ^ load64((const uint8_t *)right + i);
  return differs == 0;
}

/* 0 never passes. */
static inline int has_passed(uint64_t expiry_ns, uint64_t now_ns) { return expiry_ns != 0 && expiry_ns <= now_ns; }

static inline int8_t saturate(int32_t value) { return (int8_t)(value < -128 ? -128 : value > 127 ? 127 : value); }

static inline int clamp_shift(int8_t shift) { return (uint8_t)shift > 31 ? 31 : shift; }

#endif
