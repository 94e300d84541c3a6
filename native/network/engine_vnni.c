/* For AVX-512 with VNNI: 64 products of int8, or 32 of int16, an instruction. */
#include "network.h"
#if defined(AIVM_EMULATED_AVX512)
#include "emulated_avx512.h"
#else
#include <immintrin.h>
#endif
#include <string.h>

#define QUADS 1
#define TILE_PLACES 12

/* Four activations of a place, or two of 16 bits, in every lane. */
static inline __m512i in_every_lane(const void *activations) {
  int32_t four;
  memcpy(&four, activations, sizeof four);
  return _mm512_set1_epi32(four);
}

static inline __attribute__((always_inline)) void quads_of(const int places, const uint8_t *x, int64_t stride,
                                                           const int8_t *weights, int64_t quads, int32_t *sums) {
  __m512i sum[TILE_PLACES];
  for (int i = 0; i < places; i++) sum[i] = _mm512_setzero_si512();
  for (int64_t quad = 0; quad < quads; quad++) {
    const __m512i w = _mm512_loadu_si512(weights + quad * 64);
#pragma GCC unroll 12
    for (int i = 0; i < places; i++) sum[i] = _mm512_dpbusd_epi32(sum[i], in_every_lane(x + i * stride + 4 * quad), w);
  }
  for (int i = 0; i < places; i++) _mm512_storeu_si512(sums + i * 16, sum[i]);
}

static inline __attribute__((always_inline)) void pairs_of(const int places, const int16_t *x, int64_t stride,
                                                           const int8_t *weights, int64_t pairs, int32_t *sums) {
  __m512i sum[TILE_PLACES];
  for (int i = 0; i < places; i++) sum[i] = _mm512_setzero_si512();
  for (int64_t pair = 0; pair < pairs; pair++) {
    const __m512i w = _mm512_cvtepi8_epi16(_mm256_loadu_si256((const __m256i *)(const void *)(weights + pair * 32)));
#pragma GCC unroll 12
    for (int i = 0; i < places; i++) sum[i] = _mm512_dpwssd_epi32(sum[i], in_every_lane(x + i * stride + 2 * pair), w);
  }
  for (int i = 0; i < places; i++) _mm512_storeu_si512(sums + i * 16, sum[i]);
}

/* Calls `tile` with a constant number of places, so that sums stay in registers. */
#define FOR_PLACES(tile) \
  switch (places) { \
    case 12: tile(12, x, stride, weights, count, sums); break; \
    case 8: tile(8, x, stride, weights, count, sums); break; \
    case 4: tile(4, x, stride, weights, count, sums); break; \
    case 1: tile(1, x, stride, weights, count, sums); break; \
    default: \
      for (int i = 0; i < places; i++) tile(1, x + i * stride, stride, weights, count, sums + i * 16); \
  }

/* int32 sums [places][16] of `count` pairs, or quads of activations to which 128 was added; `stride` a place. */
static void tile_pairs(int places, const int16_t *x, int64_t stride, const int8_t *weights, int64_t count, int32_t *sums) {
  FOR_PLACES(pairs_of)
}

static void tile_quads(int places, const uint8_t *x, int64_t stride, const int8_t *weights, int64_t count, int32_t *sums) {
  FOR_PLACES(quads_of)
}

#define ENGINE aivm_network_engine_vnni
#define ENGINE_NAME "vnni"
#include "body.h"
