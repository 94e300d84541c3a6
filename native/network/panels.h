/*
 * Rows of weights in panels of 16 output channels, and their product with places of activations. An engine gives
 * TILE_PLACES, tile_pairs and, where it has QUADS, tile_quads: sums of up to TILE_PLACES places and the channels of one
 * panel, int32 [places][16].
 */
#include "arithmetic.h"
#include <stdlib.h>
#include <string.h>

#define CHANNELS 16
/* Sums of this many products of an int16 and an int8 fit an int32: 254 pairs of at most 2^23. */
#define WIDE_PART 508
/* Of int8 all sums of a row fit. */
#define ROW_WIDTH_MAX 32768
/* Places whose activations are laid out together: a multiple of every TILE_PLACES. */
#define PLACES 48

/* How the weights of a panel stand behind its head: [n/2][16][2], [n/4][16][4], or of one channel each [n][16]. */
enum { LAYOUT_PAIRS, LAYOUT_QUADS, LAYOUT_TAPS };

/* What finishes the sums of 16 channels. Absent channels are zeros. */
typedef struct {
  int64_t constant[CHANNELS];
  int32_t mult[CHANNELS];
  int32_t shift[CHANNELS];
  /* Whether every sum with its constant fits an int32. */
  int32_t fits;
  /* What was packed: a call must mean the same. */
  int32_t layout;
  int32_t is_narrow;
  int32_t n;
  int32_t rows;
  int32_t unused[11];
} panel_head;

static inline int64_t padded(int64_t n) { return (n + 3) / 4 * 4; }
static inline int64_t panel_size(int64_t n) { return (int64_t)sizeof(panel_head) + CHANNELS * padded(n); }
static inline int64_t panels_of(int64_t rows) { return (rows + CHANNELS - 1) / CHANNELS; }

static inline int layout_of(int is_narrow, int is_depthwise) {
  return is_depthwise ? LAYOUT_TAPS : QUADS && is_narrow ? LAYOUT_QUADS : LAYOUT_PAIRS;
}

/* Writes row `channel` of a panel. */
static void pack_row(const aivm_pack *pack, const uint8_t *row, panel_head *head, int channel, int layout) {
  int8_t *weights = (int8_t *)(head + 1);
  const int step = layout == LAYOUT_TAPS ? 1 : layout == LAYOUT_QUADS ? 4 : 2;
  const int64_t largest = pack->is_narrow ? 128 : 32768;
  int64_t sum = 0, size = 0;
  for (int64_t k = 0; k < pack->n; k++) {
    const int8_t weight = (int8_t)row[pack->from + k];
    weights[(k / step * CHANNELS + channel) * step + k % step] = weight;
    sum += weight;
    size += weight < 0 ? -weight : weight;
  }
  int32_t bias = 0;
  if (pack->has_tail) {
    const uint8_t *tail = row + pack->width;
    memcpy(&bias, tail, sizeof bias);
    memcpy(&head->mult[channel], tail + 4, sizeof bias);
    head->shift[channel] = tail[8] > 62 ? 62 : tail[8];
  }
  const int64_t constant = bias - pack->zx * sum;
  if ((constant < 0 ? -constant : constant) + size * largest > INT32_MAX) head->fits = 0;
  /* Quads multiply x + 128, which is never negative. */
  head->constant[channel] = layout == LAYOUT_QUADS ? constant - 128 * sum : constant;
}

static int pack_panels(const aivm_pack *pack) {
  const int layout = layout_of(pack->is_narrow, pack->is_depthwise);
  const int64_t groups = pack->is_depthwise ? 1 : pack->groups, rows = pack->m / groups, panels = panels_of(rows);
  REQUIRE(pack->n <= ROW_WIDTH_MAX && (uintptr_t)pack->packed % 8 == 0);
  const int64_t size = panel_size(pack->n);
  REQUIRE(groups * panels <= pack->packed_size / size);
  memset(pack->packed, 0, (size_t)(groups * panels * size));
  for (int64_t group = 0; group < groups; group++)
    for (int64_t row = 0; row < rows; row++) {
      panel_head *head = (panel_head *)(void *)(pack->packed + (group * panels + row / CHANNELS) * size);
      if (row % CHANNELS == 0) {
        head->fits = 1;
        head->layout = layout;
        head->is_narrow = pack->is_narrow;
        head->n = (int32_t)pack->n;
        head->rows = (int32_t)rows;
      }
      pack_row(pack, pack->blob + (group * rows + row) * pack->stride, head, (int)(row % CHANNELS), layout);
    }
  return AIVM_NETWORK_OK;
}

/* What happens to a sum: dense and conv2d, dense_part, dense_shift. */
enum { FINISH_SCALE, FINISH_RAW, FINISH_SHIFT };

/* One set of rows over places. */
typedef struct {
  const uint8_t *panels;
  int64_t n, rows;
  int is_narrow, layout;
  int finish;
  int64_t zy, low, high, shift;
  /* [places][channels], and where the first row of the set stands among its channels. */
  const aivm_tensor *y;
  int64_t channels, first_channel;
  /* The addend, as y, or NULL. */
  const int32_t *addend;
} product;

/* From sums without constant to what is written, in place. */
static inline void finish_sums(const product *job, const panel_head *head, int64_t *restrict v) {
  int64_t shift[CHANNELS], half[CHANNELS], one[CHANNELS];
  for (int c = 0; c < CHANNELS; c++) v[c] += head->constant[c];
  if (job->finish == FINISH_RAW) return;
  if (job->finish == FINISH_SHIFT) {
    for (int c = 0; c < CHANNELS; c++) v[c] = clamp64((int32_t)v[c] >> job->shift, INT8_MIN, INT8_MAX);
    return;
  }
  for (int c = 0; c < CHANNELS; c++) {
    shift[c] = head->shift[c] & 63;
    one[c] = shift[c] != 0;
    half[c] = shift[c] - one[c];
  }
  if (head->fits)
    for (int c = 0; c < CHANNELS; c++) v[c] = (int64_t)(int32_t)v[c] * head->mult[c];
  else
    for (int c = 0; c < CHANNELS; c++) v[c] *= head->mult[c];
  for (int c = 0; c < CHANNELS; c++) {
    const uint64_t moved = ((uint64_t)v[c] ^ SIGN_BIT) >> shift[c];
    const int64_t rounded = (int64_t)(moved - (SIGN_BIT >> shift[c])) + (int64_t)(((uint64_t)v[c] >> half[c]) & (uint64_t)one[c]);
    v[c] = clamp64(job->zy + rounded, job->low, job->high);
  }
}

/* Writes the values of one place and panel. */
static inline void write_values(const product *job, int64_t place, int64_t row, int64_t *restrict v) {
  const int64_t count = job->rows - row < CHANNELS ? job->rows - row : CHANNELS;
  const int64_t element = place * job->channels + job->first_channel + row;
  if (job->addend != NULL)
    for (int64_t c = 0; c < count; c++) v[c] = clamp64(v[c] + job->addend[element + c], INT32_MIN, INT32_MAX);
  if (count == CHANNELS) store_elements(job->y, element, CHANNELS, v);
  else store_elements(job->y, element, count, v);
}

/* All panels over `places` rows of activations; `x` has padded(n) of them a row. `place` is the first one's. */
static void multiply(const product *job, const void *x, int64_t places, int64_t place) {
  const int64_t width = padded(job->n), size = panel_size(job->n);
  int32_t sums[TILE_PLACES * CHANNELS];
  int64_t totals[TILE_PLACES * CHANNELS];
  for (int64_t row = 0; row < job->rows; row += CHANNELS) {
    const panel_head *head = (const panel_head *)(const void *)(job->panels + row / CHANNELS * size);
    const int8_t *weights = (const int8_t *)(head + 1);
    for (int64_t from = 0; from < places; from += TILE_PLACES) {
      const int count = (int)(places - from < TILE_PLACES ? places - from : TILE_PLACES);
      if (job->layout == LAYOUT_QUADS) {
#if QUADS
        tile_quads(count, (const uint8_t *)x + from * width, width, weights, width / 4, sums);
#endif
      } else {
        const int16_t *activations = (const int16_t *)x + from * width;
        const int64_t part = job->is_narrow ? width : WIDE_PART;
        for (int64_t k = 0; k < width; k += part) {
          const int64_t end = width - k < part ? width - k : part;
          tile_pairs(count, activations + k, width, weights + k * CHANNELS, end / 2, sums);
          if (width <= part) break;
          for (int i = 0; i < count * CHANNELS; i++) totals[i] = (k == 0 ? 0 : totals[i]) + sums[i];
        }
      }
      const int is_whole = job->is_narrow || width <= WIDE_PART;
      for (int i = 0; i < count; i++) {
        int64_t v[CHANNELS];
        if (is_whole)
          for (int c = 0; c < CHANNELS; c++) v[c] = sums[i * CHANNELS + c];
        else
          for (int c = 0; c < CHANNELS; c++) v[c] = totals[i * CHANNELS + c];
        finish_sums(job, head, v);
        write_values(job, place + from + i, row, v);
      }
    }
  }
}

/* Memory for the activations of at most PLACES places. */
static inline void *create_activations(const product *job, int64_t places) {
  const size_t size = job->layout == LAYOUT_QUADS ? 1 : 2;
  return calloc((size_t)(places < PLACES ? places : PLACES) * (size_t)padded(job->n), size);
}

/* Elements `start` … of x at place `at` of the activations. */
static inline void put_activations(const product *job, void *activations, int64_t at, const aivm_tensor *x,
                                   int64_t start, int64_t count) {
  if (job->layout == LAYOUT_QUADS) {
    uint8_t *to = (uint8_t *)activations + at;
    const uint8_t *from = (const uint8_t *)x->data + start;
    for (int64_t i = 0; i < count; i++) to[i] = from[i] ^ 0x80;
  } else if (x->type == TYPE_I8) {
    int16_t *to = (int16_t *)activations + at;
    const int8_t *from = (const int8_t *)x->data + start;
    for (int64_t i = 0; i < count; i++) to[i] = from[i];
  } else {
    memcpy((int16_t *)activations + at, (const int16_t *)x->data + start, (size_t)count * sizeof(int16_t));
  }
}

/* `count` times the value of a place outside. */
static inline void put_outside(const product *job, void *activations, int64_t at, int64_t zx, int64_t count) {
  if (job->layout == LAYOUT_QUADS)
    memset((uint8_t *)activations + at, (int)((zx & 0xff) ^ 0x80), (size_t)count);
  else
    for (int64_t i = 0; i < count; i++) ((int16_t *)activations)[at + i] = (int16_t)zx;
}
