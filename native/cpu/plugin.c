/* The exported functions, under the backend name AIVM_BACKEND, over the widest engine that this processor runs. */
#include "engine.h"
#include <stdlib.h>
#include <string.h>

#ifndef AIVM_BACKEND
#error "compile with -DAIVM_BACKEND=cuda, hip, metal, vulkan or webgpu"
#endif

#define EXPORTED_(backend, function) AIVM_SYMBOL(backend, function)
#define EXPORTED(function) EXPORTED_(AIVM_BACKEND, function)
#define DECLARE_(backend) AIVM_PLUGIN_DECLARE(backend)
#define DECLARE(backend) DECLARE_(backend)
DECLARE(AIVM_BACKEND);

/* Widest first. */
static const aivm_engine *const ENGINES[] = {
#if AIVM_CPU_X86_64
    &aivm_engine_avx512,
    &aivm_engine_avx2,
    &aivm_engine_scalar,
#endif
    &aivm_engine_portable,
};

static int is_supported(const aivm_engine *engine) {
#if AIVM_CPU_X86_64
  if (engine == &aivm_engine_portable) return 1;
  __builtin_cpu_init();
  const int v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
                 __builtin_cpu_supports("fma");
  const int wide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                   __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  return engine == &aivm_engine_avx512 ? v3 && wide : v3;
#else
  (void)engine;
  return 1;
#endif
}

/* AIVM_CPU_ENGINE names an engine to hold the choice to; one that this processor lacks is not taken. */
static const aivm_engine *choose_engine(void) {
  const char *wanted = getenv("AIVM_CPU_ENGINE");
  const size_t count = sizeof ENGINES / sizeof ENGINES[0];
  for (size_t i = 0; wanted != NULL && i < count; i++) {
    if (strcmp(wanted, ENGINES[i]->name) == 0 && is_supported(ENGINES[i])) return ENGINES[i];
  }
  for (size_t i = 0; i < count; i++) {
    if (is_supported(ENGINES[i])) return ENGINES[i];
  }
  return &aivm_engine_portable;
}

static const aivm_engine *chosen;

/* Before main, so that calls from several threads only read it. */
__attribute__((constructor)) static void initialize(void) { chosen = choose_engine(); }

/* The name of the engine in use: for logs, benchmarks and tests. */
AIVM_EXPORT const char *aivm_cpu_engine_name(void);
const char *aivm_cpu_engine_name(void) { return chosen->name; }

int EXPORTED(failure_is_clean)(void) { return 1; }

int EXPORTED(attestation_apply)(const aivm_round *desc, const aivm_attestation_op *ops, aivm_attestation *attestations,
                                uint32_t *applied, uint32_t attestation_count, void *stream) {
  (void)stream;
  if (!desc || !ops || (!attestations && attestation_count) || !applied) return AIVM_CPU_NULL_ARGUMENT;
  *applied = chosen->attestation_apply(desc, ops, attestations, attestation_count);
  return AIVM_CPU_OK;
}

int EXPORTED(provenance_apply)(const aivm_round *desc, const aivm_model_op *ops, aivm_model *models, uint32_t *applied,
                               uint32_t model_count, void *stream) {
  (void)stream;
  if (!desc || !ops || (!models && model_count) || !applied) return AIVM_CPU_NULL_ARGUMENT;
  *applied = chosen->provenance_apply(desc, ops, models, model_count);
  return AIVM_CPU_OK;
}

int EXPORTED(anchor_apply)(const aivm_round *desc, const aivm_anchor_op *ops, aivm_anchor *anchors, uint32_t *applied,
                           uint32_t anchor_count, void *stream) {
  (void)stream;
  if (!desc || !ops || (!anchors && anchor_count) || !applied) return AIVM_CPU_NULL_ARGUMENT;
  *applied = chosen->anchor_apply(desc, ops, anchors, anchor_count);
  return AIVM_CPU_OK;
}

int EXPORTED(epoch_transition)(const aivm_round *desc, aivm_attestation *attestations, const aivm_model *models,
                               const aivm_anchor *anchors, aivm_epoch *epoch, aivm_transition *result,
                               uint32_t attestation_count, uint32_t model_count, uint32_t anchor_count, void *stream) {
  (void)stream;
  if (!desc || !epoch || !result || (!attestations && attestation_count) || (!models && model_count) ||
      (!anchors && anchor_count))
    return AIVM_CPU_NULL_ARGUMENT;
  const uint32_t counts[3] = {attestation_count, model_count, anchor_count};
  chosen->epoch_transition(desc, attestations, models, anchors, epoch, result, counts);
  return AIVM_CPU_OK;
}

/* The arrays hold op_count inputs of 32 bytes and op_count outputs of 1: the ABI has no other bound to check against. */
static int offsets_fit(const aivm_weights *weights, const aivm_inference_op *ops, uint32_t op_count) {
  for (uint32_t i = 0; i < op_count; i++) {
    const aivm_inference_op *op = ops + i;
    if (op->input_len != AIVM_INPUT_DIM || op->output_capacity < 1) continue;
    const int fits = (uint64_t)op->input_offset + AIVM_INPUT_DIM <= (uint64_t)op_count * AIVM_INPUT_DIM &&
                     op->output_offset < op_count;
    if (!fits && memcmp(op->model_hash, weights->model_hash, 32) == 0) return 0;
  }
  return 1;
}

int EXPORTED(inference_step)(const aivm_weights *weights, const aivm_inference_op *ops, const int8_t *inputs,
                             int8_t *outputs, aivm_inference_result *results, uint32_t op_count, void *stream) {
  (void)stream;
  if (!weights || !ops) return AIVM_CPU_NULL_ARGUMENT;
  if (op_count == 0) return AIVM_CPU_OK;
  if (!inputs || !outputs || !results) return AIVM_CPU_NULL_ARGUMENT;
  if (!offsets_fit(weights, ops, op_count)) return AIVM_CPU_OFFSET_OUT_OF_RANGE;
  chosen->inference_step(weights, ops, inputs, outputs, results, op_count);
  return AIVM_CPU_OK;
}

int EXPORTED(proof_verify)(const aivm_proof_op *ops, aivm_proof_result *results, uint32_t op_count, void *stream) {
  (void)stream;
  if (!ops || (!results && op_count)) return AIVM_CPU_NULL_ARGUMENT;
  chosen->proof_verify(ops, results, op_count);
  return AIVM_CPU_OK;
}
