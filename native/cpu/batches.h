/* The two kernels whose ops are independent: as many ops as there are lanes go through the same steps together. */

typedef struct {
  uint64_t input[BLOCK_WORDS];     /* salt, x: 64 bytes */
  uint64_t output[BLOCK_WORDS];    /* salt, y: 33 bytes */
  uint64_t statement[BLOCK_WORDS]; /* model, both commitments, policy, time: 136 bytes, so a block of padding follows */
} inference_lane;

static void finish_inferences(inference_lane lanes[LANES], aivm_inference_result *const results[LANES],
                              const uint32_t modes[LANES], int count) {
  static const uint64_t padding_block[BLOCK_WORDS] = {[0] = PAD_FIRST, [16] = PAD_LAST};
  const uint64_t *blocks[LANES];
  uint64_t out[LANES][4];
  vec state[25];
  uint32_t any_mode = 0;
  memset(state, 0, sizeof state);
  for (int l = 0; l < LANES; l++) blocks[l] = lanes[l].input;
  lanes_step(state, blocks, 0, out);
  for (int l = 0; l < count; l++) {
    memcpy(lanes[l].statement + 4, out[l], 32);
    memcpy(results[l]->input_commitment, out[l], 32);
  }
  for (int l = 0; l < LANES; l++) blocks[l] = lanes[l].output;
  lanes_step(state, blocks, 0, out);
  for (int l = 0; l < count; l++) {
    memcpy(lanes[l].statement + 8, out[l], 32);
    memcpy(results[l]->output_commitment, out[l], 32);
    any_mode |= modes[l];
  }
  if (any_mode == 0) return;
  for (int l = 0; l < LANES; l++) blocks[l] = lanes[l].statement;
  lanes_step(state, blocks, 0, out);
  for (int l = 0; l < LANES; l++) blocks[l] = padding_block;
  lanes_step(state, blocks, ~0u, out);
  for (int l = 0; l < count; l++) {
    if (modes[l] != 0) memcpy(results[l]->attestation_root, out[l], 32);
  }
}

static uint32_t inference_status(const aivm_weights *weights, const aivm_inference_op *op) {
  if (!equal32(op->model_hash, weights->model_hash)) return AIVM_INFERENCE_WRONG_MODEL;
  if (load32(&op->input_len) != AIVM_INPUT_DIM) return AIVM_INFERENCE_WRONG_INPUT_LENGTH;
  if (load32(&op->output_capacity) < 1) return AIVM_INFERENCE_NO_OUTPUT_CAPACITY;
  return AIVM_INFERENCE_OK;
}

static void inference_step(const aivm_weights *weights, const aivm_inference_op *ops, const int8_t *inputs,
                           int8_t *outputs, aivm_inference_result *results, uint32_t op_count) {
  classifier model;
  inference_lane lanes[LANES];
  aivm_inference_result *pending[LANES];
  uint32_t modes[LANES];
  int count = 0;
  classifier_init(&model, weights);
  memset(lanes, 0, sizeof lanes);
  for (int l = 0; l < LANES; l++) {
    lanes[l].input[8] = PAD_FIRST;
    lanes[l].input[16] = lanes[l].output[16] = PAD_LAST;
    memcpy(lanes[l].statement, weights->model_hash, 32);
  }
  for (uint32_t i = 0; i < op_count; i++) {
    const aivm_inference_op *op = ops + i;
    const uint32_t head[2] = {inference_status(weights, op), 1};
    memset(results + i, 0, sizeof *results);
    memcpy(&results[i].status, head, head[0] == AIVM_INFERENCE_OK ? 8 : 4);
    if (head[0] != AIVM_INFERENCE_OK) continue;
    const int8_t *x = inputs + load32(&op->input_offset);
    const int8_t y = classify(&model, x);
    outputs[load32(&op->output_offset)] = y;
    inference_lane *lane = &lanes[count];
    memcpy(lane->input, op->salt, 32);
    memcpy(lane->input + 4, x, 32);
    memcpy(lane->output, op->salt, 32);
    lane->output[4] = (uint8_t)y | (uint64_t)PAD_FIRST << 8;
    memcpy(lane->statement + 12, op->policy_hash, 32);
    memcpy(lane->statement + 16, &op->timestamp_ns, 8);
    modes[count] = load32(&op->mode);
    pending[count++] = results + i;
    if (count < LANES) continue;
    finish_inferences(lanes, pending, modes, count);
    count = 0;
  }
  if (count > 0) finish_inferences(lanes, pending, modes, count);
}

static uint32_t proof_status(const aivm_proof_op *op) {
  uint32_t status = 0;
  if (is_zero(op->measurement, 4)) status |= AIVM_PROOF_MEASUREMENT_MISSING;
  if (is_zero(op->attesting_key, 6)) status |= AIVM_PROOF_KEY_ZERO;
  if (has_passed(load64(&op->expiry_ns), load64(&op->timestamp_ns))) status |= AIVM_PROOF_EXPIRED;
  if (is_zero(op->signature, 12)) status |= AIVM_PROOF_SIGNATURE_MISSING;
  return status == 0 ? AIVM_PROOF_OK : status;
}

static void proof_verify(const aivm_proof_op *ops, aivm_proof_result *results, uint32_t op_count) {
  /* The first 208 bytes of an op and its nonce are hashed: 136 bytes, then 72 and 4. */
  uint64_t first[LANES][BLOCK_WORDS], second[LANES][BLOCK_WORDS], out[LANES][4];
  const uint64_t *firsts[LANES], *seconds[LANES];
  vec state[25];
  memset(state, 0, sizeof state);
  memset(first, 0, sizeof first);
  memset(second, 0, sizeof second);
  for (int l = 0; l < LANES; l++) {
    second[l][16] = PAD_LAST;
    firsts[l] = first[l];
    seconds[l] = second[l];
  }
  for (uint32_t i = 0; i < op_count; i += LANES) {
    const uint32_t count = op_count - i < LANES ? op_count - i : LANES;
    for (uint32_t l = 0; l < count; l++) {
      const aivm_proof_op *op = ops + i + l;
      memcpy(first[l], op, 136);
      memcpy(second[l], (const uint8_t *)op + 136, 72);
      second[l][9] = load32(&op->nonce) | (uint64_t)PAD_FIRST << 32;
    }
    lanes_step(state, firsts, 0, out);
    lanes_step(state, seconds, ~0u, out);
    for (uint32_t l = 0; l < count; l++) {
      aivm_proof_result *result = results + i + l;
      const uint32_t head[2] = {proof_status(ops + i + l), load32(&ops[i + l].kind)};
      memcpy(&result->status, head, 8);
      memcpy(result->binding_hash, out[l], 32);
      memset(result->padding, 0, sizeof result->padding);
    }
  }
}
