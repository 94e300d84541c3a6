/* One build of the six kernels for one instruction set. plugin.c picks the widest that the processor runs. */
#ifndef AIVM_CPU_ENGINE_H
#define AIVM_CPU_ENGINE_H

#include "aivm_plugin.h"

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the structs are little-endian and are read in place: this machine is not little-endian"
#endif

/* Failures of this plugin. Nothing has been written when one is returned. */
enum { AIVM_CPU_OK = 0, AIVM_CPU_NULL_ARGUMENT = 1, AIVM_CPU_OFFSET_OUT_OF_RANGE = 2 };

#ifdef __cplusplus
extern "C" {
#endif

/* What the walk over the three tables found: attestations, models, anchors. */
typedef struct {
  uint64_t roots[3][4];
  uint32_t active, expired, model_count, anchor_count;
} aivm_epoch_outcome;

typedef struct {
  const char *name;
  int lanes; /* Keccak states that it permutes at once */
  uint32_t (*attestation_apply)(const aivm_round *, const aivm_attestation_op *, aivm_attestation *, uint32_t);
  uint32_t (*provenance_apply)(const aivm_round *, const aivm_model_op *, aivm_model *, uint32_t);
  uint32_t (*anchor_apply)(const aivm_round *, const aivm_anchor_op *, aivm_anchor *, uint32_t);
  void (*epoch_transition)(const aivm_round *, aivm_attestation *, const aivm_model *, const aivm_anchor *,
                           aivm_epoch *, aivm_transition *, const uint32_t counts[3]);
  /*
   * The two ends of epoch_transition, for engines that hash leaves elsewhere: goes on with three folds over leaf
   * digests (accumulators start at 0), and writes what came of it.
   */
  void (*fold)(uint64_t accumulators[3][4], const uint64_t (*const digests[3])[4], const uint32_t counts[3]);
  void (*finish_epoch)(const aivm_round *, const aivm_epoch_outcome *, aivm_epoch *, aivm_transition *);
  /* Offsets have been checked. */
  void (*inference_step)(const aivm_weights *, const aivm_inference_op *, const int8_t *, int8_t *,
                         aivm_inference_result *, uint32_t);
  void (*proof_verify)(const aivm_proof_op *, aivm_proof_result *, uint32_t);
} aivm_engine;

/* AIVM_CPU_PORTABLE_ONLY builds without intrinsics on x86-64 too. */
#if defined(__x86_64__) && !defined(AIVM_CPU_PORTABLE_ONLY)
#define AIVM_CPU_X86_64 1
#endif

extern const aivm_engine aivm_engine_portable;
#if AIVM_CPU_X86_64
extern const aivm_engine aivm_engine_scalar;
extern const aivm_engine aivm_engine_avx2;
extern const aivm_engine aivm_engine_avx512;
#endif

/* The widest engine that this processor runs. AIVM_CPU_ENGINE names one to take instead; one it lacks is not taken. */
const aivm_engine *aivm_choose_engine(void);

/*
 * Whether every op that will run has its input and output inside op_count inputs of 32 bytes and op_count outputs of 1:
 * the ABI has no other bound to check against.
 */
int aivm_offsets_fit(const aivm_weights *weights, const aivm_inference_op *ops, uint32_t op_count);

#ifdef __cplusplus
}
#endif

#endif
