/* The three table kernels. The ops of one table depend on each other's order. */
#include "table_kind.h"
#include "table_halves.h"

/* The status that every op writes depends on the time of the round. */
KERNEL_PART int attestation_is_valid(const uint8_t *bytes) {
  const aivm_attestation_op *op = (const aivm_attestation_op *)bytes;
  return !is_zero(op->attesting_key, 6) && !is_zero(op->tee_quote_digest, 4);
}

KERNEL_PART int write_attestation(const uint8_t *from, uint8_t *to, uint64_t now) {
  const aivm_attestation_op *op = (const aivm_attestation_op *)from;
  aivm_attestation *slot = (aivm_attestation *)to;
  const uint32_t status =
      AIVM_ATTESTATION_VERIFIED | (has_passed(load64(&op->expiry_ns), now) ? AIVM_ATTESTATION_EXPIRED : 0);
  /* Up to evidence_len both structs lie alike, and a slot that is taken has the op's digest. Its padding stays. */
  const uint64_t tail = load64(&slot->occupied);
  const uint64_t taken = (uint32_t)tail == 0 ? 1 : tail;
  memcpy(slot, op, offsetof(aivm_attestation, status));
  memcpy(&slot->status, &status, sizeof status);
  memcpy(&slot->occupied, &taken, sizeof taken);
  return 1;
}

static const table_kind ATTESTATIONS = {
    .slot_size = sizeof(aivm_attestation),
    .op_size = sizeof(aivm_attestation_op),
    .occupied_offset = offsetof(aivm_attestation, occupied),
    .is_valid = attestation_is_valid,
    .write = write_attestation,
};

static void attestation_side(void *work, int side) { run_side(&ATTESTATIONS, work, side); }

static uint32_t attestation_apply(const aivm_round *desc, const aivm_attestation_op *ops, aivm_attestation *table,
                                  uint32_t count) {
  const table_call call = {(const uint8_t *)ops, load32(&desc->attestation_op_count), (uint8_t *)table, count,
                           load64(&desc->timestamp_ns)};
  return apply_all(&ATTESTATIONS, &call, attestation_side);
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

KERNEL_PART int model_is_valid(const uint8_t *bytes) {
  const aivm_model_op *op = (const aivm_model_op *)bytes;
  return load32(&op->kind) <= AIVM_MODEL_TRANSFER && !is_zero(op->model_root, 4) && !is_zero(op->weight_hash, 4);
}

KERNEL_PART int write_model(const uint8_t *from, uint8_t *to, uint64_t now) {
  const aivm_model_op *op = (const aivm_model_op *)from;
  aivm_model *slot = (aivm_model *)to;
  const uint32_t kind = load32(&op->kind);
  (void)now;
  if (kind != AIVM_MODEL_REGISTER && load32(&slot->occupied) == 0) return 0;
  if (kind == AIVM_MODEL_REGISTER) register_model(op, slot);
  if (kind == AIVM_MODEL_UPDATE_WEIGHTS) update_weights(op, slot);
  if (kind == AIVM_MODEL_UPDATE_LICENSE) memcpy(slot->license_root, op->license_root, 32);
  if (kind == AIVM_MODEL_TRANSFER) memcpy(slot->owner_addr, op->owner_addr, 20);
  return 1;
}

static const table_kind MODELS = {
    .slot_size = sizeof(aivm_model),
    .op_size = sizeof(aivm_model_op),
    .occupied_offset = offsetof(aivm_model, occupied),
    .is_valid = model_is_valid,
    .write = write_model,
};

static void model_side(void *work, int side) { run_side(&MODELS, work, side); }

static uint32_t provenance_apply(const aivm_round *desc, const aivm_model_op *ops, aivm_model *table, uint32_t count) {
  const table_call call = {(const uint8_t *)ops, load32(&desc->model_op_count), (uint8_t *)table, count, 0};
  return apply_all(&MODELS, &call, model_side);
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
