/* Four Keccak states in AVX2 registers. */
#include <immintrin.h>
#define LANES 4
typedef __m256i vec;
#define XOR(a, b) _mm256_xor_si256(a, b)
#define XOR5(a, b, c, d, e) XOR(XOR(XOR(a, b), XOR(c, d)), e)
#define CHI(a, b, c) XOR(a, _mm256_andnot_si256(b, c))
#define CONSTANT(c) _mm256_set1_epi64x((long long)(c))

static inline __attribute__((always_inline)) vec rotate(vec a, int n) {
  /* Whole bytes rotate in one shuffle. */
  const vec by8 = _mm256_setr_epi8(7, 0, 1, 2, 3, 4, 5, 6, 15, 8, 9, 10, 11, 12, 13, 14, 7, 0, 1, 2, 3, 4, 5, 6, 15, 8,
                                   9, 10, 11, 12, 13, 14);
  const vec by56 = _mm256_setr_epi8(1, 2, 3, 4, 5, 6, 7, 0, 9, 10, 11, 12, 13, 14, 15, 8, 1, 2, 3, 4, 5, 6, 7, 0, 9, 10,
                                    11, 12, 13, 14, 15, 8);
  if (n == 0) return a;
  if (n == 8) return _mm256_shuffle_epi8(a, by8);
  if (n == 56) return _mm256_shuffle_epi8(a, by56);
  return _mm256_or_si256(_mm256_slli_epi64(a, n), _mm256_srli_epi64(a, 64 - n));
}
#define ROL(a, n) rotate(a, n)
#include "keccak_round.h"

static inline __attribute__((always_inline)) void transpose(vec r[4]) {
  const vec t0 = _mm256_unpacklo_epi64(r[0], r[1]), t1 = _mm256_unpackhi_epi64(r[0], r[1]);
  const vec t2 = _mm256_unpacklo_epi64(r[2], r[3]), t3 = _mm256_unpackhi_epi64(r[2], r[3]);
  r[0] = _mm256_permute2x128_si256(t0, t2, 0x20);
  r[1] = _mm256_permute2x128_si256(t1, t3, 0x20);
  r[2] = _mm256_permute2x128_si256(t0, t2, 0x31);
  r[3] = _mm256_permute2x128_si256(t1, t3, 0x31);
}

/* See lanes_8.h. */
static void lanes_step(vec state[25], const uint64_t *const blocks[LANES], unsigned keep, uint64_t out[LANES][4]) {
  vec a[25];
  const vec mask = _mm256_setr_epi64x(-(long long)(keep & 1), -(long long)(keep >> 1 & 1),
                                      -(long long)(keep >> 2 & 1), -(long long)(keep >> 3 & 1));
  for (int i = 0; i < 25; i++) a[i] = _mm256_and_si256(state[i], mask);
  for (int i = 0; i < 16; i += 4) {
    vec r[4];
    for (int l = 0; l < 4; l++) r[l] = _mm256_loadu_si256((const vec *)(blocks[l] + i));
    transpose(r);
    for (int w = 0; w < 4; w++) a[i + w] = XOR(a[i + w], r[w]);
  }
  a[16] = XOR(a[16], _mm256_setr_epi64x((long long)blocks[0][16], (long long)blocks[1][16], (long long)blocks[2][16],
                                        (long long)blocks[3][16]));
  keccak_permute(a);
  memcpy(state, a, sizeof a);
  transpose(a);
  for (int l = 0; l < 4; l++) _mm256_storeu_si256((vec *)out[l], a[l]);
}

/* Weights as pairs of int16, one hidden unit per 32-bit element: pair j of all units is multiplied at once. */
typedef struct {
  vec pairs[AIVM_INPUT_DIM / 2][2];
  vec b1[2], w2[2];
  int32_t b2;
  int shift1, shift2;
} classifier;

static void classifier_init(classifier *c, const aivm_weights *weights) {
  for (int j = 0; j < AIVM_INPUT_DIM / 2; j++) {
    int16_t pairs[2 * AIVM_HIDDEN_DIM];
    for (int h = 0; h < AIVM_HIDDEN_DIM; h++) {
      pairs[2 * h] = weights->w1[h * AIVM_INPUT_DIM + 2 * j];
      pairs[2 * h + 1] = weights->w1[h * AIVM_INPUT_DIM + 2 * j + 1];
    }
    memcpy(c->pairs[j], pairs, sizeof pairs);
  }
  memcpy(c->b1, weights->b1, sizeof c->b1);
  for (int half = 0; half < 2; half++) {
    c->w2[half] = _mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)(weights->w2 + 8 * half)));
  }
  c->b2 = weights->b2;
  c->shift1 = clamp_shift(weights->shift1);
  c->shift2 = clamp_shift(weights->shift2);
}

static int8_t classify(const classifier *c, const int8_t x[AIVM_INPUT_DIM]) {
  int32_t wide[AIVM_INPUT_DIM / 2];
  for (int half = 0; half < 2; half++) {
    const __m128i bytes = _mm_loadu_si128((const __m128i *)(x + 16 * half));
    _mm256_storeu_si256((vec *)(wide + 8 * half), _mm256_cvtepi8_epi16(bytes));
  }
  vec acc[2] = {c->b1[0], c->b1[1]};
  for (int j = 0; j < AIVM_INPUT_DIM / 2; j++) {
    const vec pair = _mm256_set1_epi32(wide[j]);
    for (int half = 0; half < 2; half++) {
      acc[half] = _mm256_add_epi32(acc[half], _mm256_madd_epi16(pair, c->pairs[j][half]));
    }
  }
  vec sums = _mm256_setzero_si256();
  for (int half = 0; half < 2; half++) {
    vec hidden = _mm256_sra_epi32(acc[half], _mm_cvtsi32_si128(c->shift1));
    hidden = _mm256_min_epi32(_mm256_max_epi32(hidden, _mm256_set1_epi32(-128)), _mm256_set1_epi32(127));
    sums = _mm256_add_epi32(sums, _mm256_mullo_epi32(hidden, c->w2[half]));
  }
  __m128i s = _mm_add_epi32(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
  s = _mm_add_epi32(s, _mm_shuffle_epi32(s, 0x4e));
  s = _mm_add_epi32(s, _mm_shuffle_epi32(s, 0xb1));
  const uint32_t sum = (uint32_t)c->b2 + (uint32_t)_mm_cvtsi128_si32(s);
  return saturate((int32_t)sum >> c->shift2);
}
