/* One Keccak state in 64-bit registers. */
#define LANES 1
typedef uint64_t vec;
#define XOR(a, b) ((a) ^ (b))
#define XOR5(a, b, c, d, e) ((a) ^ (b) ^ (c) ^ (d) ^ (e))
#define CHI(a, b, c) ((a) ^ (~(b) & (c)))
#define CONSTANT(c) (c)
#define ROL(a, n) ((n) == 0 ? (a) : ((a) << (n)) | ((a) >> (64 - (n)) % 64))
#include "keccak_round.h"

/* See lanes_8.h. */
static void lanes_step(vec state[25], const uint64_t *const blocks[LANES], unsigned keep, uint64_t out[LANES][4]) {
  vec a[25];
  const uint64_t mask = keep ? ~(uint64_t)0 : 0;
  for (int i = 0; i < 25; i++) a[i] = state[i] & mask;
  for (int i = 0; i < 17; i++) a[i] ^= blocks[0][i];
  keccak_permute(a);
  memcpy(state, a, sizeof a);
  memcpy(out[0], a, 32);
}

typedef struct {
  int8_t w1[AIVM_HIDDEN_DIM][AIVM_INPUT_DIM];
  int32_t b1[AIVM_HIDDEN_DIM];
  int8_t w2[AIVM_HIDDEN_DIM];
  int32_t b2;
  int shift1, shift2;
} classifier;

static void classifier_init(classifier *c, const aivm_weights *weights) {
  memcpy(c->w1, weights->w1, sizeof c->w1);
  memcpy(c->b1, weights->b1, sizeof c->b1);
  memcpy(c->w2, weights->w2, sizeof c->w2);
  c->b2 = weights->b2;
  c->shift1 = clamp_shift(weights->shift1);
  c->shift2 = clamp_shift(weights->shift2);
}

static int8_t classify(const classifier *c, const int8_t x[AIVM_INPUT_DIM]) {
  uint32_t sum = (uint32_t)c->b2; /* unsigned: the sums wrap */
  for (int h = 0; h < AIVM_HIDDEN_DIM; h++) {
    uint32_t acc = (uint32_t)c->b1[h];
    for (int i = 0; i < AIVM_INPUT_DIM; i++) acc += (uint32_t)(c->w1[h][i] * x[i]);
    sum += (uint32_t)(c->w2[h] * saturate((int32_t)acc >> c->shift1));
  }
  return saturate((int32_t)sum >> c->shift2);
}
