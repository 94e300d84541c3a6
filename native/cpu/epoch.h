/*
 * The epoch kernel. Each table's fold is a chain of dependent permutations, but the three chains and all leaves are
 * independent of each other. Every step permutes all lanes at once: a fold takes a lane whenever its next leaf digest
 * is ready, leaves fill the lanes that are left. With eight lanes and three tables of the same length, one step
 * advances all three folds and hashes the five leaf blocks that the next step needs.
 */

#define READY_MAX 16 /* leaf digests a table may be ahead of its fold */

typedef struct leaf_table {
  const uint8_t *slots;
  size_t slot_size, occupied_offset;
  uint32_t count, cursor; /* cursor: the next occupied slot, or count */
  uint32_t started, ready, folded;
  int blocks_per_leaf;
  uint64_t digests[READY_MAX][4];
  uint64_t fold_block[BLOCK_WORDS]; /* accumulator, digest, padding */
} leaf_table;

typedef struct {
  leaf_table *table;
  uint32_t leaf; /* ordinal among the table's leaves */
  int blocks_left;
  uint64_t words[2 * BLOCK_WORDS];
} leaf_lane;

typedef struct {
  leaf_table tables[3]; /* attestations, models, anchors */
  leaf_lane lanes[LANES];
  uint64_t now;
  uint32_t active, expired;
} epoch_run;

static void skip_free(leaf_table *table) {
  while (table->cursor < table->count &&
         load32(table->slots + table->cursor * table->slot_size + table->occupied_offset) == 0)
    table->cursor++;
}

static void table_init(leaf_table *table, const void *slots, size_t slot_size, size_t occupied_offset,
                       uint32_t count, int blocks_per_leaf) {
  memset(table, 0, sizeof *table);
  table->slots = slots;
  table->slot_size = slot_size;
  table->occupied_offset = occupied_offset;
  table->count = count;
  table->blocks_per_leaf = blocks_per_leaf;
  table->fold_block[8] = PAD_FIRST;
  table->fold_block[16] = PAD_LAST;
  skip_free(table);
}

static void start_leaf(epoch_run *run, leaf_lane *lane, leaf_table *table) {
  const uint32_t index = table->cursor++;
  const uint8_t *slot = table->slots + index * table->slot_size;
  if (table == &run->tables[0]) {
    aivm_attestation *attestation = (aivm_attestation *)(uintptr_t)slot;
    const uint32_t is_over = settle_attestation(attestation, run->now, &run->active, &run->expired);
    pack_attestation(lane->words, attestation, is_over, index);
  } else if (table == &run->tables[1]) {
    pack_model(lane->words, (const aivm_model *)slot, index);
  } else {
    pack_anchor(lane->words, (const aivm_anchor *)slot, index);
  }
  skip_free(table);
  lane->table = table;
  lane->leaf = table->started++;
  lane->blocks_left = table->blocks_per_leaf;
}

/* The table whose leaves are least ahead of its fold and has another leaf; NULL when none has, or room for none. */
static leaf_table *next_table(epoch_run *run) {
  leaf_table *best = NULL;
  uint32_t best_lead = READY_MAX;
  for (int t = 0; t < 3; t++) {
    leaf_table *table = &run->tables[t];
    const uint32_t lead = table->started - table->folded;
    if (table->cursor < table->count && lead < best_lead) {
      best = table;
      best_lead = lead;
    }
  }
  return best;
}

/* Runs all leaves and folds; the roots are then in the tables' fold blocks. */
static void fold_tables(epoch_run *run) {
  static const uint64_t idle_block[BLOCK_WORDS];
  vec state[25];
  memset(state, 0, sizeof state);
  for (int l = 0; l < LANES; l++) {
    memset(&run->lanes[l], 0, sizeof run->lanes[l]);
    run->lanes[l].words[2 * BLOCK_WORDS - 1] = PAD_LAST;
  }
  for (;;) {
    const uint64_t *blocks[LANES];
    uint64_t out[LANES][4];
    leaf_table *folds[LANES];
    unsigned keep = 0, busy = 0;
    int t = 0;
    for (int l = 0; l < LANES; l++) {
      leaf_lane *lane = &run->lanes[l];
      folds[l] = NULL;
      blocks[l] = idle_block;
      if (lane->blocks_left > 0) {
        blocks[l] = lane->words + BLOCK_WORDS;
        keep |= 1u << l;
        busy = 1;
        continue;
      }
      while (t < 3 && run->tables[t].ready == run->tables[t].folded) t++;
      if (t < 3) {
        leaf_table *table = folds[l] = &run->tables[t++];
        memcpy(table->fold_block + 4, table->digests[table->folded % READY_MAX], 32);
        blocks[l] = table->fold_block;
        busy = 1;
        continue;
      }
      leaf_table *table = next_table(run);
      if (table == NULL) continue;
      start_leaf(run, lane, table);
      blocks[l] = lane->words;
      busy = 1;
    }
    if (!busy) return;
    lanes_step(state, blocks, keep, out);
    for (int l = 0; l < LANES; l++) {
      leaf_lane *lane = &run->lanes[l];
      if (folds[l] != NULL) {
        memcpy(folds[l]->fold_block, out[l], 32);
        folds[l]->folded++;
      } else if (lane->blocks_left > 0 && --lane->blocks_left == 0) {
        /* A table's leaves have one length and start in order, so they also end in order. */
        memcpy(lane->table->digests[lane->leaf % READY_MAX], out[l], 32);
        lane->table->ready = lane->leaf + 1;
      }
    }
  }
}

/* Three folds over digests that are there already, side by side as far as the lanes reach. */
static void fold(uint64_t accumulators[3][4], const uint64_t (*const digests[3])[4], const uint32_t counts[3]) {
  static const uint64_t idle_block[BLOCK_WORDS];
  uint64_t chains[3][BLOCK_WORDS] = {{0}}, out[LANES][4];
  uint32_t folded[3] = {0, 0, 0};
  vec state[25];
  memset(state, 0, sizeof state);
  for (int t = 0; t < 3; t++) {
    memcpy(chains[t], accumulators[t], 32);
    chains[t][8] = PAD_FIRST;
    chains[t][16] = PAD_LAST;
  }
  while (folded[0] < counts[0] || folded[1] < counts[1] || folded[2] < counts[2]) {
    const uint64_t *blocks[LANES];
    int tables[LANES], busy = 0;
    for (int t = 0; t < 3 && busy < LANES; t++) {
      if (folded[t] == counts[t]) continue;
      memcpy(chains[t] + 4, digests[t][folded[t]++], 32);
      tables[busy] = t;
      blocks[busy++] = chains[t];
    }
    for (int l = busy; l < LANES; l++) blocks[l] = idle_block;
    lanes_step(state, blocks, 0, out);
    for (int l = 0; l < busy; l++) memcpy(chains[tables[l]], out[l], 32);
  }
  for (int t = 0; t < 3; t++) memcpy(accumulators[t], chains[t], 32);
}

static void hash_state_root(const aivm_round *desc, aivm_epoch *epoch, const uint32_t counts[3]) {
  uint64_t block[2][BLOCK_WORDS] = {{0}}, out[LANES][4];
  vec state[25];
  memset(state, 0, sizeof state);
  uint8_t *bytes = (uint8_t *)block; /* 148 bytes in two blocks that lie together */
  memcpy(bytes, desc->parent_aivm_root, 32);
  memcpy(bytes + 32, epoch->attestation_root, 96);
  memcpy(bytes + 128, &epoch->current_epoch, 8);
  memcpy(bytes + 136, counts, 12);
  bytes[148] = PAD_FIRST;
  block[1][16] = PAD_LAST;
  for (int b = 0; b < 2; b++) {
    const uint64_t *blocks[LANES];
    for (int l = 0; l < LANES; l++) blocks[l] = block[b];
    lanes_step(state, blocks, b == 0 ? 0 : ~0u, out);
  }
  memcpy(epoch->aivm_state_root, out[0], 32);
}

static void finish_epoch(const aivm_round *desc, const aivm_epoch_outcome *found, aivm_epoch *epoch,
                         aivm_transition *result) {
  const uint32_t counts[3] = {found->active, found->model_count, found->anchor_count}, done = 1;
  const uint64_t active = found->active, model_count = found->model_count, anchor_count = found->anchor_count;
  memcpy(epoch->attestation_root, found->roots, sizeof found->roots); /* three roots that lie together */
  memcpy(&epoch->total_active_attestations, &active, 8);
  memcpy(&epoch->active_model_count, &counts[1], 4);
  memcpy(&epoch->expired_attestation_count, &found->expired, 4);
  if (load32(&desc->closing_flag) != 0) {
    const uint64_t next = load64(&desc->epoch) + 1;
    memcpy(&epoch->current_epoch, &next, 8);
  }
  hash_state_root(desc, epoch, counts);

  memcpy(&result->status, &done, 4);
  memcpy(&result->active_attestations, &counts[0], 4);
  memcpy(&result->expired_attestations, &found->expired, 4);
  memcpy(&result->model_count, &counts[1], 4);
  memcpy(&result->anchor_count, &counts[2], 4);
  memcpy(&result->epoch, &epoch->current_epoch, 8);
  memcpy(&result->total_models, &model_count, 8);
  memcpy(&result->total_anchors, &anchor_count, 8);
  memcpy(result->attestation_root, epoch->attestation_root, 4 * 32); /* four roots that lie together */
}

static void epoch_transition(const aivm_round *desc, aivm_attestation *attestations, const aivm_model *models,
                             const aivm_anchor *anchors, aivm_epoch *epoch, aivm_transition *result,
                             const uint32_t counts[3]) {
  epoch_run run;
  run.now = load64(&desc->timestamp_ns);
  run.active = run.expired = 0;
  table_init(&run.tables[0], attestations, sizeof *attestations, offsetof(aivm_attestation, occupied), counts[0], 2);
  table_init(&run.tables[1], models, sizeof *models, offsetof(aivm_model, occupied), counts[1], 2);
  table_init(&run.tables[2], anchors, sizeof *anchors, offsetof(aivm_anchor, occupied), counts[2], 1);
  fold_tables(&run);
  aivm_epoch_outcome found = {.active = run.active,
                              .expired = run.expired,
                              .model_count = run.tables[1].folded,
                              .anchor_count = run.tables[2].folded};
  for (int t = 0; t < 3; t++) memcpy(found.roots[t], run.tables[t].fold_block, 32);
  finish_epoch(desc, &found, epoch, result);
}
