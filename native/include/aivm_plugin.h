/*
 * The interface between AIVM and a kernel plugin: one shared object per backend name, six functions each.
 *
 * All pointers are host memory, 8-byte aligned, packed arrays of the structs below, little-endian. A function returns
 * 0, or any other code for a failure. The answer must match the reference engine in every byte, padding included:
 * bytes that no field names are left as they are in a slot that is in use, and a slot that is filled anew is cleared
 * first. See docs/plugins.md.
 */
#ifndef AIVM_PLUGIN_H
#define AIVM_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define AIVM_STATIC_ASSERT(condition, text) static_assert(condition, text)
extern "C" {
#else
#define AIVM_STATIC_ASSERT(condition, text) _Static_assert(condition, text)
#endif

#define AIVM_SIZE(type, size) AIVM_STATIC_ASSERT(sizeof(type) == (size), #type " has another size")
#define AIVM_AT(type, field, offset) \
  AIVM_STATIC_ASSERT(offsetof(type, field) == (offset), #type "." #field " is elsewhere")

/* One slot of the attestation table. */
typedef struct {
  uint8_t tee_quote_digest[32];
  uint8_t measurement[32];
  uint8_t attesting_key[48];
  uint64_t expiry_ns; /* 0 never expires */
  uint32_t kind;
  uint32_t evidence_offset;
  uint32_t evidence_len;
  uint32_t status; /* AIVM_ATTESTATION_* bits */
  uint32_t occupied;
  uint32_t padding;
} aivm_attestation;
AIVM_SIZE(aivm_attestation, 144);
AIVM_AT(aivm_attestation, expiry_ns, 112);
AIVM_AT(aivm_attestation, status, 132);
AIVM_AT(aivm_attestation, occupied, 136);

#define AIVM_ATTESTATION_VERIFIED 0x2u
#define AIVM_ATTESTATION_EXPIRED 0x4u

typedef struct {
  uint8_t tee_quote_digest[32];
  uint8_t measurement[32];
  uint8_t attesting_key[48];
  uint64_t expiry_ns;
  uint32_t kind;
  uint32_t evidence_offset;
  uint32_t evidence_len;
  uint32_t epoch;
  uint8_t padding[8];
} aivm_attestation_op;
AIVM_SIZE(aivm_attestation_op, 144);
AIVM_AT(aivm_attestation_op, expiry_ns, 112);
AIVM_AT(aivm_attestation_op, epoch, 132);

/* One slot of the model table. */
typedef struct {
  uint8_t model_root[32];
  uint8_t weight_hash[32];
  uint8_t license_root[32];
  uint8_t owner_addr[20];
  uint8_t padding_0[4];
  uint64_t version;
  uint64_t parameter_count;
  uint32_t modality;
  uint32_t occupied;
  uint8_t padding_1[16];
} aivm_model;
AIVM_SIZE(aivm_model, 160);
AIVM_AT(aivm_model, owner_addr, 96);
AIVM_AT(aivm_model, version, 120);
AIVM_AT(aivm_model, parameter_count, 128);
AIVM_AT(aivm_model, occupied, 140);

typedef struct {
  uint8_t model_root[32];
  uint8_t weight_hash[32];
  uint8_t license_root[32];
  uint8_t owner_addr[20];
  uint8_t padding_0[4];
  uint64_t parameter_count;
  uint32_t modality;
  uint32_t kind; /* AIVM_MODEL_* */
  uint32_t epoch;
  uint8_t padding_1[20];
} aivm_model_op;
AIVM_SIZE(aivm_model_op, 160);
AIVM_AT(aivm_model_op, parameter_count, 120);
AIVM_AT(aivm_model_op, kind, 132);

#define AIVM_MODEL_REGISTER 0u
#define AIVM_MODEL_UPDATE_WEIGHTS 1u
#define AIVM_MODEL_UPDATE_LICENSE 2u
#define AIVM_MODEL_TRANSFER 3u

/* One link of the audit chain. */
typedef struct {
  uint8_t commit_root[32];
  uint8_t parent_root[32];
  uint8_t validator_set_root_at_commit[32];
  uint64_t height;
  uint64_t timestamp_ns;
  uint32_t occupied;
  uint8_t padding[12];
} aivm_anchor;
AIVM_SIZE(aivm_anchor, 128);
AIVM_AT(aivm_anchor, height, 96);
AIVM_AT(aivm_anchor, occupied, 112);

typedef struct {
  uint8_t commit_root[32];
  uint8_t parent_root[32];
  uint8_t validator_set_root_at_commit[32];
  uint64_t height;
  uint64_t timestamp_ns;
  uint32_t epoch;
  uint8_t padding[12];
} aivm_anchor_op;
AIVM_SIZE(aivm_anchor_op, 128);
AIVM_AT(aivm_anchor_op, height, 96);

/* What one round runs under. The caller has capped the three op counts to the arrays that it passes. */
typedef struct {
  uint64_t chain_id;
  uint64_t round;
  uint64_t timestamp_ns;
  uint64_t epoch;
  uint32_t mode;
  uint32_t attestation_op_count;
  uint32_t model_op_count;
  uint32_t anchor_op_count;
  uint32_t closing_flag;
  uint8_t padding[12];
  uint8_t parent_aivm_root[32];
} aivm_round;
AIVM_SIZE(aivm_round, 96);
AIVM_AT(aivm_round, timestamp_ns, 16);
AIVM_AT(aivm_round, attestation_op_count, 36);
AIVM_AT(aivm_round, closing_flag, 48);
AIVM_AT(aivm_round, parent_aivm_root, 64);

typedef struct {
  uint64_t current_epoch;
  uint64_t next_epoch_height;
  uint64_t total_active_attestations;
  uint32_t active_model_count;
  uint32_t expired_attestation_count;
  uint8_t attestation_root[32];
  uint8_t model_registry_root[32];
  uint8_t audit_root[32];
  uint8_t aivm_state_root[32];
} aivm_epoch;
AIVM_SIZE(aivm_epoch, 160);
AIVM_AT(aivm_epoch, active_model_count, 24);
AIVM_AT(aivm_epoch, aivm_state_root, 128);

typedef struct {
  uint32_t status; /* 1: the transition ran */
  uint32_t attestation_apply_count;
  uint32_t model_apply_count;
  uint32_t anchor_apply_count;
  uint32_t active_attestations;
  uint32_t expired_attestations;
  uint32_t model_count;
  uint32_t anchor_count;
  uint64_t epoch;
  uint64_t total_models;
  uint64_t total_anchors;
  uint8_t padding[8];
  uint8_t attestation_root[32];
  uint8_t model_registry_root[32];
  uint8_t audit_root[32];
  uint8_t aivm_state_root[32];
} aivm_transition;
AIVM_SIZE(aivm_transition, 192);
AIVM_AT(aivm_transition, epoch, 32);
AIVM_AT(aivm_transition, attestation_root, 64);

#define AIVM_INPUT_DIM 32
#define AIVM_HIDDEN_DIM 16

/* The 32 -> 16 -> 1 int8 classifier, w1 row-major by hidden unit. */
typedef struct {
  int8_t w1[AIVM_HIDDEN_DIM * AIVM_INPUT_DIM];
  int32_t b1[AIVM_HIDDEN_DIM];
  int8_t w2[AIVM_HIDDEN_DIM];
  int32_t b2;
  int8_t shift1; /* below 0 or above 31 shifts as 31 does */
  int8_t shift2;
  uint8_t padding_0[2];
  uint8_t model_hash[32];
  uint8_t model_config_hash[32];
  uint8_t padding_1[8];
} aivm_weights;
AIVM_SIZE(aivm_weights, 672);
AIVM_AT(aivm_weights, b1, 512);
AIVM_AT(aivm_weights, b2, 592);
AIVM_AT(aivm_weights, model_hash, 600);

typedef struct {
  uint8_t model_hash[32];
  uint8_t policy_hash[32];
  uint8_t salt[32];
  uint32_t mode;
  uint32_t input_offset;
  uint32_t input_len;
  uint32_t output_offset;
  uint32_t output_capacity;
  uint32_t padding_0;
  uint64_t round_id;
  uint64_t timestamp_ns;
  uint8_t padding_1[8];
} aivm_inference_op;
AIVM_SIZE(aivm_inference_op, 144);
AIVM_AT(aivm_inference_op, mode, 96);
AIVM_AT(aivm_inference_op, round_id, 120);
AIVM_AT(aivm_inference_op, timestamp_ns, 128);

typedef struct {
  uint32_t status; /* AIVM_INFERENCE_* */
  uint32_t output_len;
  uint8_t input_commitment[32];
  uint8_t output_commitment[32];
  uint8_t attestation_root[32];
  uint8_t padding[8];
} aivm_inference_result;
AIVM_SIZE(aivm_inference_result, 112);
AIVM_AT(aivm_inference_result, attestation_root, 72);

#define AIVM_INFERENCE_OK 0u
#define AIVM_INFERENCE_WRONG_MODEL 1u
#define AIVM_INFERENCE_WRONG_INPUT_LENGTH 2u
#define AIVM_INFERENCE_NO_OUTPUT_CAPACITY 3u

typedef struct {
  uint8_t measurement[32];
  uint8_t attesting_key[48];
  uint8_t signature[96];
  uint8_t message_hash[32];
  uint64_t expiry_ns;
  uint64_t timestamp_ns;
  uint32_t kind;
  uint32_t nonce;
  uint8_t padding[8];
} aivm_proof_op;
AIVM_SIZE(aivm_proof_op, 240);
AIVM_AT(aivm_proof_op, signature, 80);
AIVM_AT(aivm_proof_op, expiry_ns, 208);
AIVM_AT(aivm_proof_op, nonce, 228);

typedef struct {
  uint32_t status; /* AIVM_PROOF_* bits */
  uint32_t kind;
  uint8_t binding_hash[32];
  uint8_t padding[8];
} aivm_proof_result;
AIVM_SIZE(aivm_proof_result, 48);
AIVM_AT(aivm_proof_result, binding_hash, 8);

#define AIVM_PROOF_OK 0x01u
#define AIVM_PROOF_SIGNATURE_MISSING 0x02u
#define AIVM_PROOF_MEASUREMENT_MISSING 0x04u
#define AIVM_PROOF_EXPIRED 0x08u
#define AIVM_PROOF_KEY_ZERO 0x10u

#if defined(_WIN32)
#define AIVM_EXPORT __declspec(dllexport)
#else
#define AIVM_EXPORT __attribute__((visibility("default")))
#endif

/* lux_<backend>_aivm_<function> */
#define AIVM_JOIN(backend, function) lux_##backend##_aivm_##function
#define AIVM_SYMBOL(backend, function) AIVM_JOIN(backend, function)

/*
 * Declares the functions of one backend: cuda, hip, metal, vulkan or webgpu. No pointer but `stream`, which always
 * is, is NULL: an empty array is passed as memory that is not used.
 *
 * failure_is_clean is optional: a plugin that exports it and returns 1 from it promises that a call that fails has
 * changed none of the caller's memory. The bridge then passes the caller's tables themselves and not copies of them.
 *
 * prepare_arena is optional: it is called once for zeroed memory in which a large table will lie, before anything is
 * written there. It changes no byte of it; what it returns does not matter.
 */
#define AIVM_PLUGIN_DECLARE(backend)                                                                              \
  AIVM_EXPORT int AIVM_SYMBOL(backend, attestation_apply)(const aivm_round *desc, const aivm_attestation_op *ops, \
                                                          aivm_attestation *attestations, uint32_t *applied,      \
                                                          uint32_t attestation_count, void *stream);              \
  AIVM_EXPORT int AIVM_SYMBOL(backend, provenance_apply)(const aivm_round *desc, const aivm_model_op *ops,        \
                                                         aivm_model *models, uint32_t *applied,                   \
                                                         uint32_t model_count, void *stream);                     \
  AIVM_EXPORT int AIVM_SYMBOL(backend, anchor_apply)(const aivm_round *desc, const aivm_anchor_op *ops,           \
                                                     aivm_anchor *anchors, uint32_t *applied,                     \
                                                     uint32_t anchor_count, void *stream);                        \
  AIVM_EXPORT int AIVM_SYMBOL(backend, epoch_transition)(                                                         \
      const aivm_round *desc, aivm_attestation *attestations, const aivm_model *models,                           \
      const aivm_anchor *anchors, aivm_epoch *epoch, aivm_transition *result, uint32_t attestation_count,         \
      uint32_t model_count, uint32_t anchor_count, void *stream);                                                 \
  AIVM_EXPORT int AIVM_SYMBOL(backend, inference_step)(const aivm_weights *weights, const aivm_inference_op *ops, \
                                                       const int8_t *inputs, int8_t *outputs,                     \
                                                       aivm_inference_result *results, uint32_t op_count,         \
                                                       void *stream);                                             \
  AIVM_EXPORT int AIVM_SYMBOL(backend, proof_verify)(const aivm_proof_op *ops, aivm_proof_result *results,        \
                                                     uint32_t op_count, void *stream);                            \
  AIVM_EXPORT int AIVM_SYMBOL(backend, failure_is_clean)(void);                                                   \
  AIVM_EXPORT int AIVM_SYMBOL(backend, prepare_arena)(void *bytes, uint64_t size)

#ifdef __cplusplus
}
#endif

#endif
