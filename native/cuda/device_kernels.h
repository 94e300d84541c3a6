/* What runs on the GPU: one thread hashes one leaf, one inference or one proof. No thread sees another's work. */
#ifndef AIVM_DEVICE_KERNELS_H
#define AIVM_DEVICE_KERNELS_H

#include "aivm_plugin.h"
#include "bytes.h"
#include "gpu_runtime.h"

#define KECCAK_FUNCTION static __device__ __forceinline__
#define KECCAK_TABLE static __constant__ const
#define vec uint64_t
#define XOR(a, b) ((a) ^ (b))
#define XOR5(a, b, c, d, e) ((a) ^ (b) ^ (c) ^ (d) ^ (e))
#define CHI(a, b, c) ((a) ^ (~(b) & (c)))
#define CONSTANT(c) (c)
#define ROL(a, n) ((n) == 0 ? (a) : ((a) << (n)) | ((a) >> (64 - (n)) % 64))
#include "keccak_round.h"
#undef vec

constexpr int THREADS = 128;
constexpr uint64_t FIRST_PAD = PAD_FIRST; /* 64 bits wide, to be shifted */

/* A leaf on its way to the GPU: the words that leaves.h packs, and one that fills up 160 bytes. */
struct leaf_record {
  uint64_t words[20];
};
struct leaf_digest {
  uint64_t words[4];
};

/* Leaf digests of up to three tables; blockIdx.y is the table, whose records begin at table * capacity. */
struct leaf_batch {
  uint32_t counts[3];
  uint32_t capacity;
};

static __global__ void __launch_bounds__(THREADS) hash_leaves(const leaf_record *__restrict__ records,
                                                              leaf_digest *__restrict__ digests, leaf_batch batch) {
  const uint32_t index = blockIdx.x * THREADS + threadIdx.x, table = blockIdx.y;
  if (index >= batch.counts[table]) return;
  const uint32_t at = table * batch.capacity + index;
  const uint64_t *words = records[at].words;
  uint64_t a[25] = {};
#pragma unroll
  for (int i = 0; i < BLOCK_WORDS; i++) a[i] = words[i];
  keccak_permute(a);
  if (table < 2) { /* an anchor's leaf fits one block */
    a[0] ^= words[BLOCK_WORDS];
    a[1] ^= words[BLOCK_WORDS + 1];
    a[16] ^= PAD_LAST;
    keccak_permute(a);
  }
  for (int i = 0; i < 4; i++) digests[at].words[i] = a[i];
}

/* An inference result, and the output byte that the host puts in its place. Aligned for stores of words. */
struct alignas(8) inference_answer {
  aivm_inference_result result;
  uint32_t output; /* as a byte; 0x100 and more: the op wrote none */
  uint32_t output_offset;
};
constexpr uint32_t NO_OUTPUT = 0x100;

static __device__ __forceinline__ int32_t shift_and_saturate(uint32_t sum, int8_t shift) {
  const int32_t scaled = static_cast<int32_t>(sum) >> (static_cast<uint8_t>(shift) > 31 ? 31 : shift);
  return scaled < -128 ? -128 : scaled > 127 ? 127 : scaled;
}

/* The sums are unsigned: they wrap. */
static __device__ int32_t classify(const aivm_weights *__restrict__ weights, const int8_t x[AIVM_INPUT_DIM]) {
  uint32_t sum = static_cast<uint32_t>(weights->b2);
  for (int h = 0; h < AIVM_HIDDEN_DIM; h++) {
    uint32_t acc = static_cast<uint32_t>(weights->b1[h]);
#pragma unroll
    for (int i = 0; i < AIVM_INPUT_DIM; i++) {
      acc += static_cast<uint32_t>(weights->w1[h * AIVM_INPUT_DIM + i] * x[i]);
    }
    sum += static_cast<uint32_t>(weights->w2[h] * shift_and_saturate(acc, weights->shift1));
  }
  return shift_and_saturate(sum, weights->shift2);
}

static __device__ __forceinline__ uint64_t word_at(const uint8_t *bytes, int index) {
  return reinterpret_cast<const uint64_t *>(bytes)[index];
}

/* Every digest of a result lies at a multiple of 8. */
static __device__ __forceinline__ void store_digest(uint8_t *to, const uint64_t a[25]) {
  for (int i = 0; i < 4; i++) reinterpret_cast<uint64_t *>(to)[i] = a[i];
}

static __device__ uint32_t inference_status(const aivm_weights *__restrict__ weights, const aivm_inference_op &op) {
  uint64_t differs = 0;
  for (int i = 0; i < 4; i++) differs |= word_at(op.model_hash, i) ^ word_at(weights->model_hash, i);
  if (differs != 0) return AIVM_INFERENCE_WRONG_MODEL;
  if (op.input_len != AIVM_INPUT_DIM) return AIVM_INFERENCE_WRONG_INPUT_LENGTH;
  return op.output_capacity < 1 ? AIVM_INFERENCE_NO_OUTPUT_CAPACITY : AIVM_INFERENCE_OK;
}

/* salt, x (64 bytes); salt, y (33 bytes); and, if asked for, both with model, policy and time (136 bytes). */
static __device__ void commit(const aivm_inference_op &op, const int8_t x[AIVM_INPUT_DIM], uint8_t y,
                              aivm_inference_result &result) {
  uint64_t a[25] = {};
  for (int i = 0; i < 4; i++) a[i] = word_at(op.salt, i);
  for (int i = 0; i < 4; i++) {
    uint64_t word = 0;
    for (int b = 7; b >= 0; b--) word = word << 8 | static_cast<uint8_t>(x[8 * i + b]);
    a[4 + i] = word;
  }
  a[8] = PAD_FIRST;
  a[16] = PAD_LAST;
  keccak_permute(a);
  store_digest(result.input_commitment, a);

  uint64_t c[25] = {};
  for (int i = 0; i < 4; i++) c[i] = word_at(op.salt, i);
  c[4] = y | FIRST_PAD << 8;
  c[16] = PAD_LAST;
  keccak_permute(c);
  store_digest(result.output_commitment, c);
  if (op.mode == 0) return;

  uint64_t s[25] = {};
  for (int i = 0; i < 4; i++) {
    s[i] = word_at(op.model_hash, i);
    s[4 + i] = a[i];
    s[8 + i] = c[i];
    s[12 + i] = word_at(op.policy_hash, i);
  }
  s[16] = op.timestamp_ns;
  keccak_permute(s);
  s[0] ^= PAD_FIRST;
  s[16] ^= PAD_LAST;
  keccak_permute(s);
  store_digest(result.attestation_root, s);
}

static __global__ void __launch_bounds__(THREADS)
    run_inferences(const aivm_weights *__restrict__ weights, const int8_t *__restrict__ inputs,
                   const aivm_inference_op *__restrict__ ops, inference_answer *__restrict__ answers, uint32_t count) {
  const uint32_t index = blockIdx.x * THREADS + threadIdx.x;
  if (index >= count) return;
  const aivm_inference_op &op = ops[index];
  inference_answer answer = {};
  answer.output = NO_OUTPUT;
  answer.result.status = inference_status(weights, op);
  if (answer.result.status == AIVM_INFERENCE_OK) {
    int8_t x[AIVM_INPUT_DIM];
    for (int i = 0; i < AIVM_INPUT_DIM; i++) x[i] = inputs[static_cast<size_t>(op.input_offset) + i];
    answer.output = static_cast<uint8_t>(classify(weights, x));
    answer.output_offset = op.output_offset;
    answer.result.output_len = 1;
    commit(op, x, static_cast<uint8_t>(answer.output), answer.result);
  }
  answers[index] = answer;
}

static __device__ bool all_zero(const uint8_t *bytes, int words) {
  uint64_t seen = 0;
  for (int i = 0; i < words; i++) seen |= word_at(bytes, i);
  return seen == 0;
}

static __global__ void __launch_bounds__(THREADS) verify_proofs(const aivm_proof_op *__restrict__ ops,
                                                                aivm_proof_result *__restrict__ results,
                                                                uint32_t count) {
  const uint32_t index = blockIdx.x * THREADS + threadIdx.x;
  if (index >= count) return;
  const aivm_proof_op &op = ops[index];
  const uint64_t *words = reinterpret_cast<const uint64_t *>(&op);
  uint32_t status = 0;
  if (all_zero(op.measurement, 4)) status |= AIVM_PROOF_MEASUREMENT_MISSING;
  if (all_zero(op.attesting_key, 6)) status |= AIVM_PROOF_KEY_ZERO;
  if (op.expiry_ns != 0 && op.expiry_ns <= op.timestamp_ns) status |= AIVM_PROOF_EXPIRED;
  if (all_zero(op.signature, 12)) status |= AIVM_PROOF_SIGNATURE_MISSING;
  alignas(8) aivm_proof_result result = {};
  result.status = status == 0 ? AIVM_PROOF_OK : status;
  result.kind = op.kind;
  /* The first 208 bytes and the nonce: 136, then 72 and 4. */
  uint64_t a[25] = {};
#pragma unroll
  for (int i = 0; i < BLOCK_WORDS; i++) a[i] = words[i];
  keccak_permute(a);
#pragma unroll
  for (int i = 0; i < 9; i++) a[i] ^= words[BLOCK_WORDS + i];
  a[9] ^= op.nonce | FIRST_PAD << 32;
  a[16] ^= PAD_LAST;
  keccak_permute(a);
  store_digest(result.binding_hash, a);
  results[index] = result;
}

#endif
