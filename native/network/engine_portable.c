/* For any processor. */
#include "network.h"
#include <string.h>

#define QUADS 0
#define TILE_PLACES 4

/* int32 sums [places][16] of `pairs` pairs; x has `stride` activations a place. */
static void tile_pairs(int places, const int16_t *x, int64_t stride, const int8_t *weights, int64_t pairs, int32_t *sums) {
  memset(sums, 0, (size_t)places * 16 * sizeof *sums);
  for (int place = 0; place < places; place++, x += stride, sums += 16)
    for (int64_t pair = 0; pair < pairs; pair++) {
      const int8_t *w = weights + pair * 32;
      const int32_t first = x[2 * pair], second = x[2 * pair + 1];
      for (int c = 0; c < 16; c++) sums[c] += first * w[2 * c] + second * w[2 * c + 1];
    }
}

#define ENGINE aivm_network_engine_portable
#define ENGINE_NAME "portable"
#include "body.h"
