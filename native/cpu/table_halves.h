/*
 * Two threads apply the ops of one table, and every byte is as if one had. Each takes the ops whose probe paths begin
 * in its half of the table, in their order, a block of ops at a time.
 *
 * The halves depend on each other only where a probe path runs over a border: from the end of one half into the start
 * of the other, around the table's end too. So for each block each half has a fence: a slot near its start that is free
 * and that no op of the block can reach, even if all ops of the other half came over the border. Where an op begins is
 * known before, and an op fills one slot at most, so counting finds such a slot: see find_fence. In a block, then,
 *   - a slot behind the fence is reached only by ops whose path begins behind the same fence: one thread applies them,
 *     in order, and puts those whose path runs over the end of the half aside;
 *   - a slot before the fence is reached only by ops whose path begins there and by those that were put aside in the
 *     half before: they are applied in order when both threads have come so far.
 * Slots are never freed, so what an op found on its way to a border is still so when it goes on. Where there is no
 * fence, because the table is nearly full or too many ops begin near a border, one thread applies what is left.
 */
#ifndef AIVM_CPU_TABLE_HALVES_H
#define AIVM_CPU_TABLE_HALVES_H

#include <stdlib.h>
#include "pair.h"
#include "table_kind.h"

/*
 * Ops per block. A block's work is to outweigh two meetings of the threads, and its ops to stay in the cache from where
 * they are sorted to where they are applied. Tests make it small, so that short calls have many blocks.
 */
#ifndef AIVM_BLOCK_OPS
#define AIVM_BLOCK_OPS 1024
/*
 * Between two sizes that were measured, in tables twice as large as the ops: 8,192 ops take 30 ns each at best on one
 * thread and 39 on two, 65,536 take 62.5 and 46.6. Where between them the gain begins was not measured.
 */
#define AIVM_OPS_WORTH_A_THREAD 32768
/* Ops that are applied between two looks whether the second thread has started. */
#define AIVM_OPS_MEANWHILE 256
#endif

/* How far behind a border a fence may lie, in slots, and slots that are looked at together. */
#define FRONT_SLOTS (8 * AIVM_BLOCK_OPS / WORD_SLOTS * WORD_SLOTS)
#define WORD_SLOTS 64u
_Static_assert(AIVM_BLOCK_OPS <= UINT16_MAX && FRONT_SLOTS >= WORD_SLOTS, "ops of a block fit a counter of arrivals");

typedef struct {
  uint32_t op, slot; /* the slot where its path begins, or goes on */
} op_place;

typedef struct {
  uint32_t count;
  op_place places[AIVM_BLOCK_OPS];
} op_list;

/* What one thread writes. */
typedef struct {
  uint8_t apart[AIVM_APART];
  op_list sorted[2][2]; /* ops that this thread sorted, by half of the table: of this block and of the next, in turn */
  op_list taken;        /* all ops of the block that begin in this thread's half */
  op_list fronts;       /* those that begin before its fence */
  op_list aside;        /* those that ran over the end of the half */
  uint32_t fence, applied, next_op;
  uint32_t mapped_words; /* of free_slots that are known */
  uint64_t free_slots[FRONT_SLOTS / WORD_SLOTS];
  uint16_t arrivals[FRONT_SLOTS / WORD_SLOTS];
} table_side;

typedef struct {
  aivm_pair pair;
  table_call call;
  uint32_t first_op;
  atomic_uint is_over; /* one thread applies what is left */
  table_side sides[2];
} table_work;

static inline void add_place(op_list *list, uint32_t op, uint32_t slot) {
  list->places[list->count++] = (op_place){op, slot};
}

static inline void add_list(op_list *list, const op_list *from) {
  memcpy(list->places + list->count, from->places, from->count * sizeof *from->places);
  list->count += from->count;
}

KERNEL_PART int is_taken_by_other(const table_kind *kind, const uint8_t *slot, const uint8_t *op) {
  return !is_free(kind, slot) && !equal32(slot, op);
}

/* Sorts this side's part of a block by halves of the table. */
KERNEL_PART void sort_ops(const table_kind *kind, table_work *work, int side, uint32_t from, int turn) {
  const table_call *call = &work->call;
  const uint32_t left = call->op_count - from, size = left < AIVM_BLOCK_OPS ? left : AIVM_BLOCK_OPS;
  const uint32_t middle = from + size / 2, half = call->count / 2;
  const uint32_t first = side == 0 ? from : middle, end = side == 0 ? middle : from + size;
  op_list *sorted = work->sides[side].sorted[turn];
  sorted[0].count = sorted[1].count = 0;
  for (uint32_t i = first; i < end; i++) {
    if (end - i > PREFETCH_OPS_AHEAD) prefetch_op(kind, call, i + PREFETCH_OPS_AHEAD);
    const uint32_t slot = first_probe(op_at(kind, call, i), call->count - 1);
    add_place(&sorted[slot >= half], i, slot);
  }
}

/* Bit i: slot i of the word is free. A word is read from the table once, and from then on kept. */
KERNEL_PART uint64_t free_slots_of(const table_kind *kind, table_work *work, int side, uint32_t word) {
  table_side *mine = &work->sides[side];
  const uint32_t start = work->call.count / 2 * side;
  for (; mine->mapped_words <= word; mine->mapped_words++) {
    uint64_t bits = 0;
    for (uint32_t i = 0; i < WORD_SLOTS; i++) {
      const uint32_t slot = start + mine->mapped_words * WORD_SLOTS + i;
      bits |= (uint64_t)is_free(kind, slot_at(kind, &work->call, slot)) << i;
    }
    mine->free_slots[mine->mapped_words] = bits;
  }
  return mine->free_slots[word];
}

/* Keeps free_slots true when a slot is filled. */
static inline void note_filled(table_side *mine, uint32_t slot_of_half) {
  const uint32_t word = slot_of_half / WORD_SLOTS;
  if (word < mine->mapped_words) mine->free_slots[word] &= ~((uint64_t)1 << slot_of_half % WORD_SLOTS);
}

/* Of a word of slots: the first free one that no op that comes or begins in the word needs, or WORD_SLOTS. */
static inline uint32_t fence_in_word(const op_list *taken, uint32_t first_slot, uint64_t free_slots, uint32_t *coming) {
  uint16_t arrivals[WORD_SLOTS] = {0};
  for (uint32_t i = 0; i < taken->count; i++) {
    const uint32_t offset = taken->places[i].slot - first_slot;
    if (offset < WORD_SLOTS) arrivals[offset]++;
  }
  for (uint32_t i = 0; i < WORD_SLOTS; i++) {
    *coming += arrivals[i];
    if ((free_slots >> i & 1) == 0) continue;
    if (*coming == 0) return i;
    --*coming;
  }
  return WORD_SLOTS;
}

/*
 * Gathers the block's ops of this half and finds its fence; whether there is one. Walks from the border, counting ops
 * that may still need a slot: all of the other half at first, each op that begins on the way; each free slot takes one.
 * The first free slot that finds none is the fence. Ops that need no slot after all only make the walk longer.
 */
KERNEL_PART int find_fence(const table_kind *kind, table_work *work, int side, int turn) {
  const uint32_t half = work->call.count / 2, start = half * side;
  const uint32_t words = (half < FRONT_SLOTS ? half : FRONT_SLOTS) / WORD_SLOTS;
  table_side *mine = &work->sides[side];
  op_list *taken = &mine->taken;
  uint32_t coming = 0;
  taken->count = 0;
  for (int sorter = 0; sorter < 2; sorter++) {
    add_list(taken, &work->sides[sorter].sorted[turn][side]);
    coming += work->sides[sorter].sorted[turn][1 - side].count;
  }
  memset(mine->arrivals, 0, sizeof mine->arrivals);
  for (uint32_t i = 0; i < taken->count; i++) {
    const uint32_t word = (taken->places[i].slot - start) / WORD_SLOTS;
    if (word < words) mine->arrivals[word]++;
  }
  for (uint32_t word = 0; word < words; word++) {
    const uint64_t free_slots = free_slots_of(kind, work, side, word);
    const uint32_t room = (uint32_t)__builtin_popcountll(free_slots), first_slot = start + word * WORD_SLOTS;
    if (coming >= room) {
      coming += mine->arrivals[word] - room;
      continue;
    }
    const uint32_t found = fence_in_word(taken, first_slot, free_slots, &coming);
    mine->fence = first_slot + found;
    if (found < WORD_SLOTS) return 1;
  }
  return 0;
}

/* Applies what ends in the half behind its fence. */
KERNEL_PART void apply_behind_fence(const table_kind *kind, table_work *work, int side) {
  const table_call *call = &work->call;
  const uint32_t half = call->count / 2, start = half * side, end = start + half, next = half - start;
  table_side *mine = &work->sides[side];
  const op_list *taken = &mine->taken;
  mine->fronts.count = mine->aside.count = 0;
  for (uint32_t i = 0; i < taken->count; i++) {
    if (taken->count - i > PREFETCH_OPS) prefetch_slot(kind, call, taken->places[i + PREFETCH_OPS].slot);
    if (taken->count - i > PREFETCH_OPS_AHEAD) prefetch_op(kind, call, taken->places[i + PREFETCH_OPS_AHEAD].op);
    const uint32_t index = taken->places[i].op;
    const uint8_t *op = op_at(kind, call, index);
    uint32_t slot = taken->places[i].slot;
    if (!kind->is_valid(op)) continue;
    if (slot < mine->fence) {
      add_place(&mine->fronts, index, slot);
      continue;
    }
    while (slot < end && is_taken_by_other(kind, slot_at(kind, call, slot), op)) slot++;
    if (slot == end) {
      add_place(&mine->aside, index, next);
    } else if (kind->write(op, slot_at(kind, call, slot), call->now)) {
      note_filled(mine, slot - start);
      mine->applied++;
    }
  }
}

/* Applies what ends before the half's fence: of this half and of the one before. */
KERNEL_PART void apply_before_fence(const table_kind *kind, table_work *work, int side) {
  const table_call *call = &work->call;
  const uint32_t start = call->count / 2 * side;
  table_side *mine = &work->sides[side];
  const op_place *at = mine->fronts.places, *at_end = at + mine->fronts.count;
  const op_list *aside = &work->sides[1 - side].aside;
  const op_place *other = aside->places, *other_end = other + aside->count;
  for (const op_place *place = at; place < at_end; place++) prefetch_slot(kind, call, place->slot);
  while (at < at_end || other < other_end) {
    const int is_own = other == other_end || (at < at_end && at->op < other->op);
    const op_place *place = is_own ? at++ : other++;
    const uint8_t *op = op_at(kind, call, place->op);
    uint32_t slot = place->slot;
    while (is_taken_by_other(kind, slot_at(kind, call, slot), op)) slot++;
    /* The count was wrong, and another thread may be at work there. */
    if (slot >= mine->fence) __builtin_trap();
    if (!kind->write(op, slot_at(kind, call, slot), call->now)) continue;
    note_filled(mine, slot - start);
    mine->applied++;
  }
}

/* One of the two threads, from first_op until no block is left or one thread shall go on. */
KERNEL_PART void run_side(const table_kind *kind, void *argument, int side) {
  table_work *work = argument;
  table_side *mine = &work->sides[side];
  const uint32_t op_count = work->call.op_count;
  mine->applied = mine->mapped_words = 0;
  mine->next_op = work->first_op;
  sort_ops(kind, work, side, mine->next_op, 0);
  int is_late = aivm_pair_meet(&work->pair, side);
  for (int turn = 0; mine->next_op < op_count; turn = 1 - turn) {
    const uint32_t next = op_count - mine->next_op < AIVM_BLOCK_OPS ? op_count : mine->next_op + AIVM_BLOCK_OPS;
    if (!find_fence(kind, work, side, turn) || is_late) atomic_store_explicit(&work->is_over, 1, memory_order_relaxed);
    sort_ops(kind, work, side, next, 1 - turn);
    is_late = aivm_pair_meet(&work->pair, side);
    if (atomic_load_explicit(&work->is_over, memory_order_relaxed) != 0) return;
    apply_behind_fence(kind, work, side);
    is_late |= aivm_pair_meet(&work->pair, side);
    apply_before_fence(kind, work, side);
    mine->next_op = next;
  }
}

/* Applies all ops, on two threads where that pays. `side` is run_side of the kind. */
KERNEL_PART uint32_t apply_all(const table_kind *kind, const table_call *call, void (*side)(void *work, int side)) {
  const int is_power_of_two = call->count > 0 && (call->count & (call->count - 1)) == 0;
  uint32_t applied = 0, next = 0;
  table_work *work = NULL;
  if (call->op_count >= AIVM_OPS_WORTH_A_THREAD && is_power_of_two && call->count >= 2 * WORD_SLOTS) {
    work = malloc(sizeof *work);
  }
  if (work != NULL && aivm_pair_open(&work->pair, side, work)) {
    while (next < call->op_count && !aivm_pair_is_ready(&work->pair)) {
      const uint32_t to = call->op_count - next < AIVM_OPS_MEANWHILE ? call->op_count : next + AIVM_OPS_MEANWHILE;
      applied += apply_in_order(kind, call, next, to);
      next = to;
    }
    if (next < call->op_count) {
      work->call = *call;
      work->first_op = next;
      atomic_init(&work->is_over, 0);
      aivm_pair_run(&work->pair);
    }
    aivm_pair_close(&work->pair);
    if (next < call->op_count) {
      aivm_pair_count(work->sides[0].next_op - next);
      applied += work->sides[0].applied + work->sides[1].applied;
      next = work->sides[0].next_op;
    }
  }
  free(work);
  return applied + apply_in_order(kind, call, next, call->op_count);
}

#endif
