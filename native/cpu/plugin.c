/* The exported functions, under the backend name AIVM_BACKEND, over the engine that suits this processor. */
#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE /* madvise */
#endif
#include "engine.h"
#include "huge_pages.h"

#ifndef AIVM_BACKEND
#error "compile with -DAIVM_BACKEND=cuda, hip, metal, vulkan or webgpu"
#endif

#define EXPORTED_(backend, function) AIVM_SYMBOL(backend, function)
#define EXPORTED(function) EXPORTED_(AIVM_BACKEND, function)
#define DECLARE_(backend) AIVM_PLUGIN_DECLARE(backend)
#define DECLARE(backend) DECLARE_(backend)
DECLARE(AIVM_BACKEND);

static const aivm_engine *chosen;

/* Before main, so that calls from several threads only read it. */
__attribute__((constructor)) static void initialize(void) { chosen = aivm_choose_engine(); }

/* The name of the engine in use: for logs, benchmarks and tests. */
AIVM_EXPORT const char *aivm_cpu_engine_name(void);
const char *aivm_cpu_engine_name(void) { return chosen->name; }

int EXPORTED(failure_is_clean)(void) { return 1; }

int EXPORTED(prepare_arena)(void *bytes, uint64_t size) {
  ask_for_huge_pages(bytes, size);
  return AIVM_CPU_OK;
}

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

int EXPORTED(inference_step)(const aivm_weights *weights, const aivm_inference_op *ops, const int8_t *inputs,
                             int8_t *outputs, aivm_inference_result *results, uint32_t op_count, void *stream) {
  (void)stream;
  if (!weights || !ops) return AIVM_CPU_NULL_ARGUMENT;
  if (op_count == 0) return AIVM_CPU_OK;
  if (!inputs || !outputs || !results) return AIVM_CPU_NULL_ARGUMENT;
  if (!aivm_offsets_fit(weights, ops, op_count)) return AIVM_CPU_OFFSET_OUT_OF_RANGE;
  chosen->inference_step(weights, ops, inputs, outputs, results, op_count);
  return AIVM_CPU_OK;
}

int EXPORTED(proof_verify)(const aivm_proof_op *ops, aivm_proof_result *results, uint32_t op_count, void *stream) {
  (void)stream;
  if (!ops || (!results && op_count)) return AIVM_CPU_NULL_ARGUMENT;
  chosen->proof_verify(ops, results, op_count);
  return AIVM_CPU_OK;
}
