/*
 * Operators of integer networks for one call: what the exported functions check, and what engines compute.
 * Every engine gives the bytes of the reference (packages/core/src/network/operators), whatever the values are.
 * Compiled with -fwrapv: sums and products of int64 wrap, as the protocol's arithmetic does.
 */
#ifndef AIVM_NETWORK_H
#define AIVM_NETWORK_H
#include <stddef.h>
#include <stdint.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "tensors are little-endian"
#endif
#if defined(__x86_64__)
#define AIVM_NETWORK_X86_64 1
#else
#define AIVM_NETWORK_X86_64 0
#endif
#define AIVM_NETWORK_EXPORT __attribute__((visibility("default")))

/* Changes with the meaning of any word of a call. */
#define AIVM_NETWORK_VERSION 1

/* What a function returns. Nothing was written where it is not OK. */
enum {
  AIVM_NETWORK_OK = 0,
  /* An operator that this library leaves to others. */
  AIVM_NETWORK_UNKNOWN = 1,
  /* A word, shape, type or length that does not fit the others. */
  AIVM_NETWORK_BAD_CALL = 2,
  AIVM_NETWORK_NO_MEMORY = 3,
};

/* The numbers of operators on the wire. */
enum {
  OP_DENSE = 1, OP_DENSE_PART = 2, OP_DENSE_SHIFT = 4, OP_CONV2D = 5, OP_MAXPOOL = 6, OP_SUMPOOL = 7,
  OP_ADD = 8, OP_MUL = 9, OP_LUT8 = 10, OP_LUT16 = 11, OP_EMBED = 12, OP_ROWMAX = 13, OP_ROWSUM = 14,
  OP_ARGKEY = 15, OP_ARGTOKEN = 16, OP_NORMSUM = 17, OP_NORMSCALE = 18, OP_NORMOUT = 19, OP_ROPE = 20,
  OP_SCORES = 21, OP_EXP = 22, OP_RECIP = 23, OP_ATTNOUT = 24, OP_MATMUL = 25, OP_MEAN_T = 26,
  OP_TRANSPOSE = 29, OP_PAD = 32, OP_UPSAMPLE = 33,
};

/* Element types in the order of their numbers on the wire. */
enum { TYPE_I8, TYPE_I16, TYPE_I32, TYPE_I64, TYPE_U16, TYPE_U32, TYPE_U64, TYPE_COUNT };

#define INPUTS_MAX 4
#define RANK_MAX 4
#define ATTRIBUTES_MAX 16

/* A tensor whose bytes are known to be there: count · size of the type, aligned to that size. */
typedef struct {
  int type;
  int rank;
  int64_t dims[RANK_MAX];
  int64_t count;
  void *data;
} aivm_tensor;

typedef struct {
  int kind;
  int input_count;
  aivm_tensor in[INPUTS_MAX];
  aivm_tensor out;
  int64_t attributes[ATTRIBUTES_MAX];
  const uint8_t *blob;
  int64_t blob_size;
  const uint32_t *tokens;
  int64_t token_count;
  const uint8_t *packed;
  int64_t packed_size;
} aivm_call;

/* Rows of weights as they stand in a blob, and where their packed form goes. */
typedef struct {
  const uint8_t *blob;
  int64_t blob_size;
  /* Bytes from one row to the next; all weights of a row; the first that counts, and how many. */
  int64_t stride, width, from, n;
  /* Rows, in `groups` sets of m / groups that read different activations. */
  int64_t m, groups;
  int64_t zx;
  /* Whether activations are int8; whether a row is the taps of one channel; whether rows have bias, mult and shift. */
  int is_narrow, is_depthwise, has_tail;
  uint8_t *packed;
  int64_t packed_size;
} aivm_pack;

typedef struct {
  const char *name;
  int (*run)(const aivm_call *call);
  int (*pack)(const aivm_pack *pack);
} aivm_network_engine;

extern const aivm_network_engine aivm_network_engine_portable;
#if AIVM_NETWORK_X86_64
extern const aivm_network_engine aivm_network_engine_avx2;
extern const aivm_network_engine aivm_network_engine_vnni;
#endif

extern const uint16_t aivm_exp_table[256];

#endif
