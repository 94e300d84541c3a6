/* The leaves of the three tables as words to hash: one block for an anchor, two for the others. */
#ifndef AIVM_CPU_LEAVES_H
#define AIVM_CPU_LEAVES_H

#include "aivm_plugin.h"
#include "bytes.h"

/* Words of a leaf that differ between leaves. What follows them is 0, but for PAD_LAST at the end of a second block. */
#define LEAF_WORDS 19

/* Marks an attestation whose time has come and counts it; whether it is over. */
static inline uint32_t settle_attestation(aivm_attestation *slot, uint64_t now, uint32_t *active, uint32_t *expired) {
  uint32_t status = load32(&slot->status);
  if (has_passed(load64(&slot->expiry_ns), now)) {
    status |= AIVM_ATTESTATION_EXPIRED;
    memcpy(&slot->status, &status, sizeof status);
  }
  const uint32_t is_over = (status & AIVM_ATTESTATION_EXPIRED) != 0;
  if (is_over) ++*expired;
  else if (status & AIVM_ATTESTATION_VERIFIED) ++*active;
  return is_over;
}

/* 144 bytes: the slot up to its status, whether it is over, the slot index. */
static inline void pack_attestation(uint64_t words[LEAF_WORDS], const aivm_attestation *slot, uint32_t is_over,
                                    uint32_t index) {
  memcpy(words, slot, 136);
  words[17] = is_over | (uint64_t)index << 32;
  words[18] = PAD_FIRST;
}

/* 140 bytes: the slot without the padding after its owner, the slot index. */
static inline void pack_model(uint64_t words[LEAF_WORDS], const aivm_model *slot, uint32_t index) {
  const uint64_t version = load64(&slot->version), parameters = load64(&slot->parameter_count);
  memcpy(words, slot, 112);
  words[14] = load32(slot->owner_addr + 16) | version << 32;
  words[15] = version >> 32 | parameters << 32;
  words[16] = parameters >> 32 | (uint64_t)load32(&slot->modality) << 32;
  words[17] = index | (uint64_t)PAD_FIRST << 32;
  words[18] = 0;
}

/* 116 bytes: the slot up to its timestamp, the slot index. */
static inline void pack_anchor(uint64_t words[LEAF_WORDS], const aivm_anchor *slot, uint32_t index) {
  memcpy(words, slot, 112);
  words[14] = index | (uint64_t)PAD_FIRST << 32;
  words[15] = 0;
  words[16] = PAD_LAST;
}

#endif
