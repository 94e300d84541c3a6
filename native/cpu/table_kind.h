/* What the attestation and the model kernel share: where an op's slot is, and ops of a table one after the other. */
#ifndef AIVM_CPU_TABLE_KIND_H
#define AIVM_CPU_TABLE_KIND_H

#include <stddef.h>
#include "bytes.h"

/*
 * Ops ahead of the current one whose first slot is fetched. A core waits for about twelve cache lines at once and a
 * slot has three, so looking further ahead gains nothing: it evicts what is still needed.
 */
#define PREFETCH_OPS 6

/* Ops ahead of the current one that are fetched themselves: the processor's own prefetching of ops comes too late. */
#define PREFETCH_OPS_AHEAD 12
#define NO_SLOT UINT32_MAX

/*
 * Always inline: a kind is a constant where it is used, so that its sizes and functions become part of the loop. And
 * gcc takes a function that only prefetches for one without effects and drops calls of it.
 */
#define KERNEL_PART __attribute__((always_inline)) static inline

/* Slots and ops begin with a digest. Their sizes are multiples of 16 bytes, and so are their addresses. */
typedef struct {
  size_t slot_size, op_size, occupied_offset;
  int (*is_valid)(const uint8_t *op);
  /* Into the slot of the op's digest, or a free one. Whether the op has applied; otherwise it wrote nothing. */
  int (*write)(const uint8_t *op, uint8_t *slot, uint64_t now);
} table_kind;

typedef struct {
  const uint8_t *ops;
  uint32_t op_count;
  uint8_t *table;
  uint32_t count; /* of slots */
  uint64_t now;
} table_call;

KERNEL_PART const uint8_t *op_at(const table_kind *kind, const table_call *call, uint32_t index) {
  return call->ops + index * kind->op_size;
}

KERNEL_PART uint8_t *slot_at(const table_kind *kind, const table_call *call, uint32_t index) {
  return call->table + index * kind->slot_size;
}

KERNEL_PART int is_free(const table_kind *kind, const uint8_t *slot) {
  return load32(slot + kind->occupied_offset) == 0;
}

/* The low 32 bits of ((FNV basis ^ key) * FNV prime): the key's upper half cannot reach them. */
KERNEL_PART uint32_t first_probe(const void *digest, uint32_t mask) {
  return ((load32(digest) ^ 0x84222325u) * 0x1b3u) & mask;
}

KERNEL_PART void prefetch_slot(const table_kind *kind, const table_call *call, uint32_t index) {
  const uint8_t *slot = slot_at(kind, call, index);
  for (size_t line = 0; line < kind->slot_size; line += 64) __builtin_prefetch(slot + line, 1);
}

KERNEL_PART void prefetch_op(const table_kind *kind, const table_call *call, uint32_t index) {
  const uint8_t *op = op_at(kind, call, index);
  for (size_t line = 0; line < kind->op_size; line += 64) __builtin_prefetch(op + line);
}

/* The slot of the digest, else the free slot that ends its probe path, else NO_SLOT. */
KERNEL_PART uint32_t find_slot(const table_kind *kind, const table_call *call, const uint8_t *digest) {
  const uint32_t mask = call->count - 1;
  uint32_t slot = first_probe(digest, mask);
  for (uint32_t probe = 0; probe < call->count; probe++) {
    const uint8_t *at = slot_at(kind, call, slot);
    if (is_free(kind, at) || equal32(at, digest)) return slot;
    slot = (slot + 1) & mask;
  }
  return NO_SLOT;
}

/* Applies the ops from `from` to `to`; how many did apply. */
KERNEL_PART uint32_t apply_in_order(const table_kind *kind, const table_call *call, uint32_t from, uint32_t to) {
  uint32_t applied = 0;
  for (uint32_t i = from; i < to; i++) {
    const uint8_t *op = op_at(kind, call, i);
    if (call->count > 0 && call->op_count - i > PREFETCH_OPS) {
      prefetch_slot(kind, call, first_probe(op + PREFETCH_OPS * kind->op_size, call->count - 1));
      if (call->op_count - i > PREFETCH_OPS_AHEAD) prefetch_op(kind, call, i + PREFETCH_OPS_AHEAD);
    }
    if (!kind->is_valid(op)) continue;
    const uint32_t slot = find_slot(kind, call, op);
    if (slot != NO_SLOT) applied += kind->write(op, slot_at(kind, call, slot), call->now);
  }
  return applied;
}

#endif
