/*
 * The plugin for NVIDIA and AMD GPUs. Inference, proofs and leaf hashing run on the GPU, chunk by chunk. The table
 * kernels run on the host: their ops depend on each other's order, the tables lie in host memory, and to move one to
 * the GPU and back takes longer than its ops do. So do the folds: a chain of dependent permutations, about 0.3 us each
 * on one core of a CPU, takes several us each on a GPU.
 */
#include <cstdlib>

#include "aivm_plugin.h"
#include "device.h"
#include "device_kernels.h"
#include "engine.h"
#include "huge_pages.h"
#include "leaves.h"

#ifndef AIVM_BACKEND
#error "compile with -DAIVM_BACKEND=cuda or hip"
#endif

#define EXPORTED_(backend, function) AIVM_SYMBOL(backend, function)
#define EXPORTED(function) EXPORTED_(AIVM_BACKEND, function)

namespace {

/* Failures beside the runtime's own codes, which are positive. */
enum { NULL_ARGUMENT = -1, OFFSET_OUT_OF_RANGE = -2 };

/* Tests make these small, so that short calls have many chunks. */
#ifndef AIVM_CHUNK_OPS
#define AIVM_CHUNK_OPS 16384
#define AIVM_CHUNK_LEAVES 2048
#define AIVM_SLOTS_WORTH_A_GPU 1024
#endif

/* Ops per chunk: enough to fill the GPU, small enough that the first chunk is soon on its way. */
constexpr uint32_t CHUNK_OPS = AIVM_CHUNK_OPS;
/* Leaves per chunk and table; the host folds as many in about a millisecond. */
constexpr uint32_t CHUNK_LEAVES = AIVM_CHUNK_LEAVES;
static_assert(CHUNK_OPS * sizeof(aivm_proof_op) <= SLOT_SIZE, "a chunk of proofs fits a slot");
static_assert(CHUNK_OPS * sizeof(inference_answer) <= SLOT_SIZE, "a chunk of answers fits a slot");
static_assert(3 * CHUNK_LEAVES * sizeof(leaf_record) <= SLOT_SIZE, "a chunk of leaves fits a slot");
static_assert(sizeof(leaf_record) >= LEAF_WORDS * sizeof(uint64_t), "a packed leaf fits its record");

/* With eight lanes the host hashes all leaves in lanes that the folds leave free; below, the GPU takes them. */
constexpr int LANES_THAT_CARRY_LEAVES = 8;
/* Fewer slots than this are done on the host before a GPU has answered. */
constexpr uint64_t SLOTS_WORTH_A_GPU = AIVM_SLOTS_WORTH_A_GPU;

const aivm_engine *host_engine() {
  static const aivm_engine *const engine = aivm_choose_engine();
  return engine;
}

uint32_t blocks_for(uint32_t count) { return (count + THREADS - 1) / THREADS; }

/* The three tables on their way through the GPU. */
struct EpochWalk {
  aivm_attestation *attestations;
  const aivm_model *models;
  const aivm_anchor *anchors;
  uint32_t sizes[3];
  uint64_t now;
  uint32_t cursors[3] = {0, 0, 0}, leaves[3] = {0, 0, 0};
  aivm_epoch_outcome found = aivm_epoch_outcome();

  /* Packs up to CHUNK_LEAVES of each table. */
  ChunkSize fill(Slot &slot) {
    leaf_record *records = reinterpret_cast<leaf_record *>(slot.host_in);
    size_t end = 0;
    for (int table = 0; table < 3; table++) {
      uint32_t packed = 0;
      for (; packed < CHUNK_LEAVES && cursors[table] < sizes[table]; cursors[table]++) {
        if (pack(table, cursors[table], records[table * CHUNK_LEAVES + packed].words)) packed++;
      }
      slot.counts[table] = packed;
      leaves[table] += packed;
      if (packed > 0) end = table * CHUNK_LEAVES + packed;
    }
    return {end * sizeof(leaf_record), end * sizeof(leaf_digest)};
  }

  bool pack(int table, uint32_t index, uint64_t *words) {
    if (table == 0) {
      aivm_attestation *slot = attestations + index;
      if (slot->occupied == 0) return false;
      pack_attestation(words, slot, settle_attestation(slot, now, &found.active, &found.expired), index);
    } else if (table == 1) {
      if (models[index].occupied == 0) return false;
      pack_model(words, models + index, index);
    } else {
      if (anchors[index].occupied == 0) return false;
      pack_anchor(words, anchors + index, index);
    }
    return true;
  }

  void fold(const Slot &slot) {
    const leaf_digest *digests = reinterpret_cast<const leaf_digest *>(slot.host_out);
    const uint64_t(*const tables[3])[4] = {&digests[0].words, &digests[CHUNK_LEAVES].words,
                                           &digests[2 * CHUNK_LEAVES].words};
    host_engine()->fold(found.roots, tables, slot.counts);
  }
};

gpu_status run_epoch(Device &device, EpochWalk &walk) {
  return device.run([&](Slot &slot) { return walk.fill(slot); },
                    [](Slot &slot) {
                      const leaf_batch batch = {{slot.counts[0], slot.counts[1], slot.counts[2]}, CHUNK_LEAVES};
                      uint32_t longest = 0;
                      for (uint32_t count : slot.counts) longest = count > longest ? count : longest;
                      GPU_LAUNCH(hash_leaves, dim3(blocks_for(longest), 3), THREADS, slot.stream,
                                 reinterpret_cast<const leaf_record *>(slot.device_in),
                                 reinterpret_cast<leaf_digest *>(slot.device_out), batch);
                    },
                    [&](Slot &slot) { walk.fold(slot); });
}

/* The next chunk of an array of ops: where it begins, how many there are. */
ChunkSize fill_ops(Slot &slot, const void *ops, size_t op_size, size_t result_size, uint32_t op_count, uint32_t *next) {
  const uint32_t left = op_count - *next;
  slot.first = *next;
  slot.counts[0] = left < CHUNK_OPS ? left : CHUNK_OPS;
  std::memcpy(slot.host_in, static_cast<const uint8_t *>(ops) + slot.first * op_size, slot.counts[0] * op_size);
  *next += slot.counts[0];
  return {slot.counts[0] * op_size, slot.counts[0] * result_size};
}

/* Without the kernel, the same bytes go the same way, and answers are what the device's memory holds. */
enum class With { kernel, nothing };

gpu_status run_inference(Device &device, const aivm_weights *weights, const aivm_inference_op *ops,
                         const int8_t *inputs, int8_t *outputs, aivm_inference_result *results, uint32_t op_count,
                         With with) {
  /* An input may lie anywhere, so all of them are on the device before the first chunk runs. */
  uint8_t *shared = nullptr;
  const size_t inputs_size = static_cast<size_t>(op_count) * AIVM_INPUT_DIM;
  TRY(device.shared(sizeof *weights + inputs_size, &shared));
  TRY(device.upload(shared, weights, sizeof *weights));
  TRY(device.upload(shared + sizeof *weights, inputs, inputs_size));
  uint32_t next = 0;
  return device.run(
      [&](Slot &slot) { return fill_ops(slot, ops, sizeof *ops, sizeof(inference_answer), op_count, &next); },
      [&](Slot &slot) {
        if (with == With::nothing) return;
        GPU_LAUNCH(run_inferences, dim3(blocks_for(slot.counts[0])), THREADS, slot.stream,
                   reinterpret_cast<const aivm_weights *>(shared),
                   reinterpret_cast<const int8_t *>(shared + sizeof *weights),
                   reinterpret_cast<const aivm_inference_op *>(slot.device_in),
                   reinterpret_cast<inference_answer *>(slot.device_out), slot.counts[0]);
      },
      [&](Slot &slot) {
        /* In the order of the ops: where outputs overlap, the last one stays. */
        const inference_answer *answers = reinterpret_cast<const inference_answer *>(slot.host_out);
        for (uint32_t i = 0; i < slot.counts[0]; i++) {
          results[slot.first + i] = answers[i].result;
          const int8_t output = static_cast<int8_t>(answers[i].output);
          if (with == With::nothing)
            outputs[slot.first + i] = output;
          else if (answers[i].output < NO_OUTPUT)
            outputs[answers[i].output_offset] = output;
        }
      });
}

/* Whether op i has output i. Reads as much of each op as aivm_offsets_fit does. */
bool has_outputs_in_order(const aivm_inference_op *ops, uint32_t op_count) {
  for (uint32_t i = 0; i < op_count; i++) {
    if (ops[i].output_offset != i) return false;
  }
  return true;
}

gpu_status run_proofs(Device &device, const aivm_proof_op *ops, aivm_proof_result *results, uint32_t op_count) {
  uint32_t next = 0;
  return device.run(
      [&](Slot &slot) { return fill_ops(slot, ops, sizeof *ops, sizeof *results, op_count, &next); },
      [](Slot &slot) {
        GPU_LAUNCH(verify_proofs, dim3(blocks_for(slot.counts[0])), THREADS, slot.stream,
                   reinterpret_cast<const aivm_proof_op *>(slot.device_in),
                   reinterpret_cast<aivm_proof_result *>(slot.device_out), slot.counts[0]);
      },
      [&](Slot &slot) {
        std::memcpy(results + slot.first, slot.host_out, slot.counts[0] * sizeof *results);
      });
}

}  // namespace

extern "C" {

AIVM_EXPORT int EXPORTED(prepare_arena)(void *bytes, uint64_t size) {
  ask_for_huge_pages(bytes, size);
  return 0;
}

AIVM_EXPORT int EXPORTED(attestation_apply)(const aivm_round *desc, const aivm_attestation_op *ops,
                                            aivm_attestation *attestations, uint32_t *applied,
                                            uint32_t attestation_count, void *) {
  if (!desc || !ops || !attestations || !applied) return NULL_ARGUMENT;
  *applied = host_engine()->attestation_apply(desc, ops, attestations, attestation_count);
  return 0;
}

AIVM_EXPORT int EXPORTED(provenance_apply)(const aivm_round *desc, const aivm_model_op *ops, aivm_model *models,
                                           uint32_t *applied, uint32_t model_count, void *) {
  if (!desc || !ops || !models || !applied) return NULL_ARGUMENT;
  *applied = host_engine()->provenance_apply(desc, ops, models, model_count);
  return 0;
}

AIVM_EXPORT int EXPORTED(anchor_apply)(const aivm_round *desc, const aivm_anchor_op *ops, aivm_anchor *anchors,
                                       uint32_t *applied, uint32_t anchor_count, void *) {
  if (!desc || !ops || !anchors || !applied) return NULL_ARGUMENT;
  *applied = host_engine()->anchor_apply(desc, ops, anchors, anchor_count);
  return 0;
}

AIVM_EXPORT int EXPORTED(epoch_transition)(const aivm_round *desc, aivm_attestation *attestations,
                                           const aivm_model *models, const aivm_anchor *anchors, aivm_epoch *epoch,
                                           aivm_transition *result, uint32_t attestation_count, uint32_t model_count,
                                           uint32_t anchor_count, void *) {
  if (!desc || !attestations || !models || !anchors || !epoch || !result) return NULL_ARGUMENT;
  const uint32_t counts[3] = {attestation_count, model_count, anchor_count};
  const uint64_t slots = static_cast<uint64_t>(attestation_count) + model_count + anchor_count;
  if (host_engine()->lanes >= LANES_THAT_CARRY_LEAVES || slots < SLOTS_WORTH_A_GPU) {
    host_engine()->epoch_transition(desc, attestations, models, anchors, epoch, result, counts);
    return 0;
  }
  return with_device([&](Device &device) {
    EpochWalk walk = {attestations, models, anchors, {counts[0], counts[1], counts[2]}, desc->timestamp_ns};
    TRY(run_epoch(device, walk));
    walk.found.model_count = walk.leaves[1];
    walk.found.anchor_count = walk.leaves[2];
    host_engine()->finish_epoch(desc, &walk.found, epoch, result);
    return GPU_OK;
  });
}

AIVM_EXPORT int EXPORTED(inference_step)(const aivm_weights *weights, const aivm_inference_op *ops,
                                         const int8_t *inputs, int8_t *outputs, aivm_inference_result *results,
                                         uint32_t op_count, void *) {
  if (!weights || !ops || !inputs || !outputs || !results) return NULL_ARGUMENT;
  if (op_count == 0) return 0;
  if (!aivm_offsets_fit(weights, ops, op_count)) return OFFSET_OUT_OF_RANGE;
  return with_device(
      [&](Device &device) {
        return run_inference(device, weights, ops, inputs, outputs, results, op_count, With::kernel);
      });
}

/*
 * For benchmarks: what inference_step takes when nothing is computed. `outputs` has op_count bytes, and op i must have
 * output i, for no kernel says which ops have one. Results and outputs are rubbish afterwards.
 */
AIVM_EXPORT int aivm_gpu_stage_inferences(const aivm_weights *weights, const aivm_inference_op *ops,
                                          const int8_t *inputs, int8_t *outputs, aivm_inference_result *results,
                                          uint32_t op_count) {
  if (!weights || !ops || !inputs || !outputs || !results) return NULL_ARGUMENT;
  if (op_count == 0) return 0;
  if (!has_outputs_in_order(ops, op_count)) return OFFSET_OUT_OF_RANGE;
  return with_device([&](Device &device) {
    return run_inference(device, weights, ops, inputs, outputs, results, op_count, With::nothing);
  });
}

/* For benchmarks: the CPU engine that folds. */
AIVM_EXPORT const char *aivm_gpu_host_engine_name(void) { return host_engine()->name; }

/* For benchmarks: `count` permutations that each need the one before, on the engine that folds; the last one. */
AIVM_EXPORT int aivm_gpu_fold_chain(uint8_t last[32], uint32_t count) {
  static const uint64_t zeros[CHUNK_LEAVES][4] = {{0}};
  if (!last) return NULL_ARGUMENT;
  uint64_t accumulators[3][4] = {{0}};
  const uint64_t(*const digests[3])[4] = {zeros, zeros, zeros};
  while (count > 0) {
    const uint32_t counts[3] = {count < CHUNK_LEAVES ? count : CHUNK_LEAVES, 0, 0};
    host_engine()->fold(accumulators, digests, counts);
    count -= counts[0];
  }
  std::memcpy(last, accumulators[0], sizeof accumulators[0]);
  return 0;
}

AIVM_EXPORT int EXPORTED(proof_verify)(const aivm_proof_op *ops, aivm_proof_result *results, uint32_t op_count,
                                       void *) {
  if (!ops || !results) return NULL_ARGUMENT;
  if (op_count == 0) return 0;
  return with_device([&](Device &device) { return run_proofs(device, ops, results, op_count); });
}

}  // extern "C"
