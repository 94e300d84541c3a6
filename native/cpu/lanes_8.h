/* Eight Keccak states in AVX-512 registers: rotates and three-input logic are single instructions. */
#include <immintrin.h>
#define LANES 8
typedef __m512i vec;
#define XOR(a, b) _mm512_xor_si512(a, b)
#define XOR5(a, b, c, d, e) _mm512_ternarylogic_epi64(_mm512_ternarylogic_epi64(a, b, c, 0x96), d, e, 0x96)
#define CHI(a, b, c) _mm512_ternarylogic_epi64(a, b, c, 0xd2)
#define CONSTANT(c) _mm512_set1_epi64((long long)(c))
#define ROL(a, n) ((n) == 0 ? (a) : _mm512_rol_epi64(a, n))
#include "keccak_round.h"

static inline __attribute__((always_inline)) void transpose(vec r[8]) {
  vec lo[4], hi[4];
  for (int i = 0; i < 4; i++) {
    lo[i] = _mm512_unpacklo_epi64(r[2 * i], r[2 * i + 1]);
    hi[i] = _mm512_unpackhi_epi64(r[2 * i], r[2 * i + 1]);
  }
  for (int odd = 0; odd < 2; odd++) {
    const vec *t = odd ? hi : lo;
    const vec a = _mm512_shuffle_i64x2(t[0], t[1], 0x88), b = _mm512_shuffle_i64x2(t[2], t[3], 0x88);
    const vec c = _mm512_shuffle_i64x2(t[0], t[1], 0xdd), d = _mm512_shuffle_i64x2(t[2], t[3], 0xdd);
    r[odd + 0] = _mm512_shuffle_i64x2(a, b, 0x88);
    r[odd + 2] = _mm512_shuffle_i64x2(c, d, 0x88);
    r[odd + 4] = _mm512_shuffle_i64x2(a, b, 0xdd);
    r[odd + 6] = _mm512_shuffle_i64x2(c, d, 0xdd);
  }
}

/*
 * Absorbs one block of 17 words per lane and permutes all lanes. Lane l goes on from its state where bit l of `keep` is
 * set and starts from zeros elsewhere. `out[l]` is the digest of lane l, should this block have been its last.
 */
static void lanes_step(vec state[25], const uint64_t *const blocks[LANES], unsigned keep, uint64_t out[LANES][4]) {
  vec a[25];
  for (int i = 0; i < 25; i++) a[i] = _mm512_maskz_mov_epi64((__mmask8)keep, state[i]);
  for (int i = 0; i < 16; i += 8) {
    vec r[8];
    for (int l = 0; l < 8; l++) r[l] = _mm512_loadu_si512(blocks[l] + i);
    transpose(r);
    for (int w = 0; w < 8; w++) a[i + w] = XOR(a[i + w], r[w]);
  }
  a[16] = XOR(a[16], _mm512_set_epi64((long long)blocks[7][16], (long long)blocks[6][16], (long long)blocks[5][16],
                                      (long long)blocks[4][16], (long long)blocks[3][16], (long long)blocks[2][16],
                                      (long long)blocks[1][16], (long long)blocks[0][16]));
  keccak_permute(a);
  memcpy(state, a, sizeof a);
  const vec lo01 = _mm512_unpacklo_epi64(a[0], a[1]), hi01 = _mm512_unpackhi_epi64(a[0], a[1]);
  const vec lo23 = _mm512_unpacklo_epi64(a[2], a[3]), hi23 = _mm512_unpackhi_epi64(a[2], a[3]);
  const vec low = _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11), high = _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15);
  const vec lanes02 = _mm512_permutex2var_epi64(lo01, low, lo23), lanes13 = _mm512_permutex2var_epi64(hi01, low, hi23);
  const vec lanes46 = _mm512_permutex2var_epi64(lo01, high, lo23);
  const vec lanes57 = _mm512_permutex2var_epi64(hi01, high, hi23);
  _mm256_storeu_si256((__m256i *)out[0], _mm512_castsi512_si256(lanes02));
  _mm256_storeu_si256((__m256i *)out[1], _mm512_castsi512_si256(lanes13));
  _mm256_storeu_si256((__m256i *)out[2], _mm512_extracti64x4_epi64(lanes02, 1));
  _mm256_storeu_si256((__m256i *)out[3], _mm512_extracti64x4_epi64(lanes13, 1));
  _mm256_storeu_si256((__m256i *)out[4], _mm512_castsi512_si256(lanes46));
  _mm256_storeu_si256((__m256i *)out[5], _mm512_castsi512_si256(lanes57));
  _mm256_storeu_si256((__m256i *)out[6], _mm512_extracti64x4_epi64(lanes46, 1));
  _mm256_storeu_si256((__m256i *)out[7], _mm512_extracti64x4_epi64(lanes57, 1));
}

/* Weights as pairs of int16, one hidden unit per 32-bit element: pair j of all units is multiplied at once. */
typedef struct {
  vec pairs[AIVM_INPUT_DIM / 2];
  vec b1;
  __m256i w2;
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
    memcpy(&c->pairs[j], pairs, sizeof pairs);
  }
  memcpy(&c->b1, weights->b1, sizeof c->b1);
  c->w2 = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)weights->w2));
  c->b2 = weights->b2;
  c->shift1 = clamp_shift(weights->shift1);
  c->shift2 = clamp_shift(weights->shift2);
}

static int8_t classify(const classifier *c, const int8_t x[AIVM_INPUT_DIM]) {
  int32_t wide[AIVM_INPUT_DIM / 2];
  _mm512_storeu_si512(wide, _mm512_cvtepi8_epi16(_mm256_loadu_si256((const __m256i *)x)));
  vec acc[2] = {c->b1, _mm512_setzero_si512()};
  for (int j = 0; j < AIVM_INPUT_DIM / 2; j++) {
    acc[j & 1] = _mm512_add_epi32(acc[j & 1], _mm512_madd_epi16(_mm512_set1_epi32(wide[j]), c->pairs[j]));
  }
  const vec scaled = _mm512_sra_epi32(_mm512_add_epi32(acc[0], acc[1]), _mm_cvtsi32_si128(c->shift1));
  const __m256i hidden = _mm256_cvtepi8_epi16(_mm512_cvtsepi32_epi8(scaled));
  const __m256i sums = _mm256_madd_epi16(hidden, c->w2);
  __m128i s = _mm_add_epi32(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
  s = _mm_add_epi32(s, _mm_shuffle_epi32(s, 0x4e));
  s = _mm_add_epi32(s, _mm_shuffle_epi32(s, 0xb1));
  const uint32_t sum = (uint32_t)c->b2 + (uint32_t)_mm_cvtsi128_si32(s);
  return saturate((int32_t)sum >> c->shift2);
}
