/* For x86-64-v3: 16 products of int16 an instruction. */
#include "network.h"
#include <immintrin.h>
#include <string.h>

#define QUADS 0
#define TILE_PLACES 6

/* Twelve sums, two registers of weights, one of activations and one product are all that there are. */
#define BEGIN(i) __m256i low##i = _mm256_setzero_si256(), high##i = low##i;
#define ADD(i) \
  { \
    int32_t both; \
    memcpy(&both, x + i * stride, sizeof both); \
    const __m256i activations = _mm256_set1_epi32(both); \
    low##i = _mm256_add_epi32(low##i, _mm256_madd_epi16(activations, first)); \
    high##i = _mm256_add_epi32(high##i, _mm256_madd_epi16(activations, second)); \
    /* The compiler would load all activations first, and then sums would not fit the registers. */ \
    __asm__("" : "+x"(low##i), "+x"(high##i) : : "memory"); \
  }
#define END(i) \
  _mm256_storeu_si256((__m256i *)(void *)(sums + i * 16), low##i); \
  _mm256_storeu_si256((__m256i *)(void *)(sums + i * 16 + 8), high##i);

/* Functions of their own: inlined, values of the caller would take registers from the sums. */
#define TILE(places, EACH) \
  static __attribute__((noinline)) void tile_##places(const int16_t *x, int64_t stride, const int8_t *weights, \
                                                      int64_t pairs, int32_t *sums) { \
    EACH(BEGIN) \
    for (int64_t pair = 0; pair < pairs; pair++, x += 2, weights += 32) { \
      const __m128i *w = (const __m128i *)(const void *)weights; \
      const __m256i first = _mm256_cvtepi8_epi16(_mm_loadu_si128(w)); \
      const __m256i second = _mm256_cvtepi8_epi16(_mm_loadu_si128(w + 1)); \
      EACH(ADD) \
    } \
    EACH(END) \
  }
#define EACH_1(F) F(0)
#define EACH_2(F) EACH_1(F) F(1)
#define EACH_3(F) EACH_2(F) F(2)
#define EACH_4(F) EACH_3(F) F(3)
#define EACH_5(F) EACH_4(F) F(4)
#define EACH_6(F) EACH_5(F) F(5)
TILE(1, EACH_1)
TILE(2, EACH_2)
TILE(3, EACH_3)
TILE(4, EACH_4)
TILE(5, EACH_5)
TILE(6, EACH_6)

/* int32 sums [places][16] of `pairs` pairs; x has `stride` activations a place. */
static void tile_pairs(int places, const int16_t *x, int64_t stride, const int8_t *weights, int64_t pairs, int32_t *sums) {
  switch (places) {
    case 1: tile_1(x, stride, weights, pairs, sums); break;
    case 2: tile_2(x, stride, weights, pairs, sums); break;
    case 3: tile_3(x, stride, weights, pairs, sums); break;
    case 4: tile_4(x, stride, weights, pairs, sums); break;
    case 5: tile_5(x, stride, weights, pairs, sums); break;
    default: tile_6(x, stride, weights, pairs, sums); break;
  }
}

#define ENGINE aivm_network_engine_avx2
#define ENGINE_NAME "avx2"
#include "body.h"
