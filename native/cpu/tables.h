/* The three table kernels. The ops of one table depend on each other's order, so they run one after the other. */

/*
 * Ops ahead of the current one whose first slot is fetched. A core waits for about twelve cache lines at once and a slot
 * has three, so looking further ahead gains nothing: it evicts what is still needed.
 */
#define PREFETCH_OPS 6

/* Ops ahead of the current one that are fetched themselves: the processor's own prefetching of ops comes too late. */
#define PREFETCH_OPS_AHEAD 12
#define NO_SLOT UINT32_MAX

/* The low 32 bits of ((FNV basis ^ key) * FNV prime): the key's upper half cannot reach them. */
static inline uint32_t first_probe(const void *digest, uint32_t mask) {
  return ((load32(digest) ^ 0x84222325u) * 0x1b3u) & mask;
}

/*
 * Fetches what the ops after op i need: the slot of a near one, and a far one itself. Every op begins with the digest of
 * its slot. Slots and ops begin at multiples of 16 bytes, so the last line that is touched here is the last one of each.
 * Always inline: gcc takes a function that only prefetches for one without effects and drops calls of it.
 */
__attribute__((always_inline)) static inline void prefetch_ahead(const uint8_t *table, uint32_t count, size_t slot_size,
                                                                 const uint8_t *ops, size_t op_size, uint32_t i,
                                                                 uint32_t op_count) {
  if (count == 0 || op_count - i <= PREFETCH_OPS) return;
  const uint8_t *op = ops + i * op_size;
  const uint8_t *slot = table + first_probe(op + PREFETCH_OPS * op_size, count - 1) * slot_size;
  for (size_t line = 0; line < slot_size; line += 64) __builtin_prefetch(slot + line, 1);
  if (op_count - i <= PREFETCH_OPS_AHEAD) return;
  for (size_t line = 0; line < op_size; line += 64) __builtin_prefetch(op + PREFETCH_OPS_AHEAD * op_size + line);
}

/* The slot of the digest, else the free slot that ends its probe path, else NO_SLOT. */
static inline uint32_t find_slot(const uint8_t *table, uint32_t count, size_t slot_size, size_t occupied_offset,
                                 const uint8_t *digest) {
  const uint32_t mask = count - 1;
  uint32_t slot = first_probe(digest, mask);
  for (uint32_t probe = 0; probe < count; probe++) {
    const uint8_t *at = table + slot * slot_size;
    if (load32(at + occupied_offset) == 0 || equal32(at, digest)) return slot;
    slot = (slot + 1) & mask;
  }
  return NO_SLOT;
}

static uint32_t attestation_apply(const aivm_round *desc, const aivm_attestation_op *ops, aivm_attestation *table,
                                  uint32_t count) {
  const uint32_t op_count = load32(&desc->attestation_op_count);
  const uint64_t now = load64(&desc->timestamp_ns);
  uint8_t *slots = (uint8_t *)table;
  uint32_t applied = 0;
  for (uint32_t i = 0; i < op_count; i++) {
    prefetch_ahead(slots, count, sizeof *table, (const uint8_t *)ops, sizeof *ops, i, op_count);
    const aivm_attestation_op *op = ops + i;
    if (is_zero(op->attesting_key, 6) || is_zero(op->tee_quote_digest, 4)) continue;
    const uint32_t index =
        find_slot(slots, count, sizeof *table, offsetof(aivm_attestation, occupied), op->tee_quote_digest);
    if (index == NO_SLOT) continue;
    aivm_attestation *slot = table + index;
    const uint64_t expiry = load64(&op->expiry_ns);
    const uint32_t status = AIVM_ATTESTATION_VERIFIED | (has_passed(expiry, now) ? AIVM_ATTESTATION_EXPIRED : 0);
    /* Up to evidence_len both structs lie alike, and a slot that is taken has the op's digest. Its padding stays. */
    const uint64_t tail = load64(&slot->occupied);
    const uint64_t taken = (uint32_t)tail == 0 ? 1 : tail;
    memcpy(slot, op, offsetof(aivm_attestation, status));
    memcpy(&slot->status, &status, sizeof status);
    memcpy(&slot->occupied, &taken, sizeof taken);
    applied++;
  }
  return applied;
}

static void register_model(const aivm_model_op *op, aivm_model *slot) {
  const uint64_t version = 1;
  if (load32(&slot->occupied) == 0) {
    const uint32_t occupied = 1;
    memset(slot, 0, sizeof *slot);
    memcpy(slot->model_root, op->model_root, 32);
    memcpy(&slot->occupied, &occupied, sizeof occupied);
  }
  memcpy(slot->weight_hash, op->weight_hash, 32);
  memcpy(slot->license_root, op->license_root, 32);
  memcpy(slot->owner_addr, op->owner_addr, 20);
  memcpy(&slot->version, &version, sizeof version);
  memcpy(&slot->parameter_count, &op->parameter_count, 8);
  memcpy(&slot->modality, &op->modality, 4);
}

static void update_weights(const aivm_model_op *op, aivm_model *slot) {
  const uint64_t version = load64(&slot->version);
  const uint64_t next = version == UINT64_MAX ? version : version + 1;
  memcpy(slot->weight_hash, op->weight_hash, 32);
  memcpy(&slot->version, &next, sizeof next);
  if (load64(&op->parameter_count) != 0) memcpy(&slot->parameter_count, &op->parameter_count, 8);
}

static uint32_t provenance_apply(const aivm_round *desc, const aivm_model_op *ops, aivm_model *table, uint32_t count) {
  const uint32_t op_count = load32(&desc->model_op_count);
  uint8_t *slots = (uint8_t *)table;
  uint32_t applied = 0;
  for (uint32_t i = 0; i < op_count; i++) {
    prefetch_ahead(slots, count, sizeof *table, (const uint8_t *)ops, sizeof *ops, i, op_count);
    const aivm_model_op *op = ops + i;
    const uint32_t kind = load32(&op->kind);
    if (kind > AIVM_MODEL_TRANSFER || is_zero(op->model_root, 4) || is_zero(op->weight_hash, 4)) continue;
    const uint32_t index = find_slot(slots, count, sizeof *table, offsetof(aivm_model, occupied), op->model_root);
    if (index == NO_SLOT) continue;
    aivm_model *slot = table + index;
    if (kind != AIVM_MODEL_REGISTER && load32(&slot->occupied) == 0) continue;
    if (kind == AIVM_MODEL_REGISTER) register_model(op, slot);
    if (kind == AIVM_MODEL_UPDATE_WEIGHTS) update_weights(op, slot);
    if (kind == AIVM_MODEL_UPDATE_LICENSE) memcpy(slot->license_root, op->license_root, 32);
    if (kind == AIVM_MODEL_TRANSFER) memcpy(slot->owner_addr, op->owner_addr, 20);
    applied++;
  }
  return applied;
}

static uint32_t anchor_apply(const aivm_round *desc, const aivm_anchor_op *ops, aivm_anchor *table, uint32_t count) {
  const uint32_t op_count = load32(&desc->anchor_op_count), occupied = 1;
  uint32_t cursor = 0, applied = 0;
  while (cursor < count && load32(&table[cursor].occupied) != 0) cursor++;
  for (uint32_t i = 0; i < op_count && cursor < count; i++) {
    const aivm_anchor_op *op = ops + i;
    if (is_zero(op->commit_root, 4)) continue;
    aivm_anchor *slot = table + cursor;
    if (cursor > 0) {
      if (!equal32(op->parent_root, slot[-1].commit_root)) continue;
      if (load64(&op->height) <= load64(&slot[-1].height)) continue;
    }
    memcpy(slot, op, offsetof(aivm_anchor, occupied)); /* padding stays */
    memcpy(&slot->occupied, &occupied, sizeof occupied);
    cursor++;
    applied++;
  }
  return applied;
}
