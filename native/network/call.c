/* The exported functions: every word of a call is checked here, before an engine sees it. */
#include "network.h"
#include <stdlib.h>
#include <string.h>

/* Words of a call: kind, bytes of four inputs, output, blob, tokens and packed rows, inputs, their shapes, attributes. */
enum { WORD_KIND = 0, WORD_SIZES = 1, WORD_INPUTS = 9, WORD_SHAPES = 10, WORD_ATTRIBUTES = 40, WORD_COUNT = 56 };
enum { SHAPE_WORDS = 2 + RANK_MAX };
/* As in headers. */
#define COUNT_MAX ((int64_t)1 << 40)
#define EXACT ((int64_t)1 << 53)

static const int SIZES[TYPE_COUNT] = {1, 2, 4, 8, 2, 4, 8};

static const aivm_network_engine *const ENGINES[] = {
#if AIVM_NETWORK_X86_64
    &aivm_network_engine_vnni,
    &aivm_network_engine_avx2,
#endif
    &aivm_network_engine_portable,
};

static int is_supported(const aivm_network_engine *engine) {
#if AIVM_NETWORK_X86_64
  if (engine == &aivm_network_engine_portable) return 1;
  __builtin_cpu_init();
  const int v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
                 __builtin_cpu_supports("fma");
  const int wide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                   __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
                   __builtin_cpu_supports("avx512vnni");
  return engine == &aivm_network_engine_vnni ? v3 && wide : v3;
#else
  (void)engine;
  return 1;
#endif
}

static const aivm_network_engine *chosen;

/* Before main, so that calls only read it. AIVM_NETWORK_CPU names another one: portable, avx2 or vnni. */
__attribute__((constructor)) static void choose(void) {
  const char *wanted = getenv("AIVM_NETWORK_CPU");
  const size_t count = sizeof ENGINES / sizeof ENGINES[0];
  for (size_t i = 0; wanted != NULL && chosen == NULL && i < count; i++)
    if (strcmp(wanted, ENGINES[i]->name) == 0 && is_supported(ENGINES[i])) chosen = ENGINES[i];
  for (size_t i = 0; chosen == NULL && i < count; i++)
    if (is_supported(ENGINES[i])) chosen = ENGINES[i];
}

AIVM_NETWORK_EXPORT int aivm_network_version(void);
int aivm_network_version(void) { return AIVM_NETWORK_VERSION; }

/* The engine in use: for logs, benchmarks and tests. */
AIVM_NETWORK_EXPORT const char *aivm_network_engine_name(void);
const char *aivm_network_engine_name(void) { return chosen->name; }

/* An integer within ±2^53; 0 and *bad = 1 for anything else. */
static int64_t integer(double word, int *bad) {
  if (!(word >= -(double)EXACT && word <= (double)EXACT) || (double)(int64_t)word != word) {
    *bad = 1;
    return 0;
  }
  return (int64_t)word;
}

static int64_t within(double word, int64_t low, int64_t high, int *bad) {
  const int64_t value = integer(word, bad);
  if (value < low || value > high) *bad = 1;
  return value;
}

/* The tensor at `words`, whose bytes must be there. */
static void read_tensor(const double *words, const void *data, int64_t size, aivm_tensor *tensor, int *bad) {
  tensor->type = (int)within(words[0], 0, TYPE_COUNT - 1, bad);
  tensor->rank = (int)within(words[1], 1, RANK_MAX, bad);
  if (*bad) return;
  tensor->count = 1;
  for (int axis = 0; axis < tensor->rank; axis++) {
    const int64_t length = within(words[2 + axis], 1, INT32_MAX, bad);
    if (*bad || tensor->count > COUNT_MAX / length) {
      *bad = 1;
      return;
    }
    tensor->dims[axis] = length;
    tensor->count *= length;
  }
  const int bytes = SIZES[tensor->type];
  if (data == NULL || (uintptr_t)data % (uintptr_t)bytes != 0 || tensor->count * bytes > size) *bad = 1;
  tensor->data = (void *)(uintptr_t)data;
}

/*
 * Computes one operator. `words` are doubles that hold integers, WORD_COUNT of them; a pointer that the operator does
 * not read may be NULL. Where the call is refused nothing was written.
 */
AIVM_NETWORK_EXPORT int aivm_network_run(const double *words, uint32_t word_count, const void *in0, const void *in1,
                                         const void *in2, const void *in3, void *out, const void *blob,
                                         const void *tokens, const void *packed);
int aivm_network_run(const double *words, uint32_t word_count, const void *in0, const void *in1, const void *in2,
                     const void *in3, void *out, const void *blob, const void *tokens, const void *packed) {
  if (words == NULL || word_count != WORD_COUNT) return AIVM_NETWORK_BAD_CALL;
  const void *inputs[INPUTS_MAX] = {in0, in1, in2, in3};
  aivm_call call;
  memset(&call, 0, sizeof call);
  int bad = 0;
  int64_t sizes[8];
  for (int i = 0; i < 8; i++) sizes[i] = within(words[WORD_SIZES + i], 0, EXACT, &bad);
  call.kind = (int)within(words[WORD_KIND], 0, 255, &bad);
  call.input_count = (int)within(words[WORD_INPUTS], 0, INPUTS_MAX, &bad);
  if (bad) return AIVM_NETWORK_BAD_CALL;
  for (int i = 0; i < call.input_count; i++)
    read_tensor(words + WORD_SHAPES + i * SHAPE_WORDS, inputs[i], sizes[i], &call.in[i], &bad);
  read_tensor(words + WORD_SHAPES + INPUTS_MAX * SHAPE_WORDS, out, sizes[4], &call.out, &bad);
  for (int i = 0; i < ATTRIBUTES_MAX; i++) call.attributes[i] = integer(words[WORD_ATTRIBUTES + i], &bad);
  if (bad || (uintptr_t)tokens % sizeof(uint32_t) != 0) return AIVM_NETWORK_BAD_CALL;
  call.blob = blob;
  call.blob_size = blob == NULL ? 0 : sizes[5];
  call.tokens = tokens;
  call.token_count = tokens == NULL ? 0 : sizes[6] / (int64_t)sizeof(uint32_t);
  call.packed = packed;
  call.packed_size = packed == NULL ? 0 : sizes[7];
  return chosen->run(&call);
}

/* Words of aivm_network_pack, in this order. */
enum { PACK_BLOB_SIZE, PACK_PACKED_SIZE, PACK_STRIDE, PACK_WIDTH, PACK_FROM, PACK_N, PACK_M, PACK_GROUPS, PACK_ZX,
       PACK_IS_NARROW, PACK_IS_DEPTHWISE, PACK_HAS_TAIL, PACK_WORDS };

/* Copies rows of weights to the form that aivm_network_run multiplies. */
AIVM_NETWORK_EXPORT int aivm_network_pack(const double *words, uint32_t word_count, const void *blob, void *packed);
int aivm_network_pack(const double *words, uint32_t word_count, const void *blob, void *packed) {
  if (words == NULL || word_count != PACK_WORDS || blob == NULL || packed == NULL) return AIVM_NETWORK_BAD_CALL;
  int bad = 0;
  aivm_pack pack = {
      .blob = blob,
      .blob_size = within(words[PACK_BLOB_SIZE], 0, EXACT, &bad),
      .packed = packed,
      .packed_size = within(words[PACK_PACKED_SIZE], 0, EXACT, &bad),
      .stride = within(words[PACK_STRIDE], 1, INT32_MAX, &bad),
      .width = within(words[PACK_WIDTH], 1, INT32_MAX, &bad),
      .from = within(words[PACK_FROM], 0, INT32_MAX, &bad),
      .n = within(words[PACK_N], 1, INT32_MAX, &bad),
      .m = within(words[PACK_M], 1, INT32_MAX, &bad),
      .groups = within(words[PACK_GROUPS], 1, INT32_MAX, &bad),
      .zx = within(words[PACK_ZX], INT16_MIN, INT16_MAX, &bad),
      .is_narrow = (int)within(words[PACK_IS_NARROW], 0, 1, &bad),
      .is_depthwise = (int)within(words[PACK_IS_DEPTHWISE], 0, 1, &bad),
      .has_tail = (int)within(words[PACK_HAS_TAIL], 0, 1, &bad),
  };
  if (bad || pack.from + pack.n > pack.width || pack.m % pack.groups != 0) return AIVM_NETWORK_BAD_CALL;
  /* The last row ends with its weights and, where it has one, its tail of nine bytes. */
  const int64_t row = pack.width + (pack.has_tail ? 9 : 0);
  if (pack.stride < row || pack.blob_size < row || (pack.blob_size - row) / pack.stride < pack.m - 1)
    return AIVM_NETWORK_BAD_CALL;
  return chosen->pack(&pack);
}
