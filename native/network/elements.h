/* Operators that compute or move one element at a time. */
#include "arithmetic.h"
#include <string.h>

static int same_dims(const aivm_tensor *a, const aivm_tensor *b) {
  if (a->rank != b->rank) return 0;
  for (int axis = 0; axis < a->rank; axis++)
    if (a->dims[axis] != b->dims[axis]) return 0;
  return 1;
}

/* Attributes za, ma, sa, zb, mb, sb, zy. */
static int run_add(const aivm_call *call) {
  const aivm_tensor *a = &call->in[0], *b = &call->in[1], *y = &call->out;
  const int64_t *at = call->attributes;
  REQUIRE(call->input_count == 2 && is_activation_or_sum(a->type) && is_activation_or_sum(b->type) &&
          is_activation_or_sum(y->type) && same_dims(a, b) && same_dims(a, y));
  REQUIRE(in_range(at[2], 0, 62) && in_range(at[5], 0, 62));
  const int64_t low = low_of(y->type), high = high_of(y->type);
  int64_t left[CHUNK], right[CHUNK];
  for (int64_t from = 0; from < y->count; from += CHUNK) {
    const int64_t count = y->count - from < CHUNK ? y->count - from : CHUNK;
    load_elements(a, from, count, left);
    load_elements(b, from, count, right);
    for (int64_t i = 0; i < count; i++) {
      const int64_t sum = round_shift((left[i] - at[0]) * at[1], (int)at[2]) +
                          round_shift((right[i] - at[3]) * at[4], (int)at[5]);
      left[i] = clamp64(at[6] + sum, low, high);
    }
    store_elements(y, from, count, left);
  }
  return AIVM_NETWORK_OK;
}

/* Attributes za, zb, zy, m, s; b has the axes of a or counts for every place. */
static int run_mul(const aivm_call *call) {
  const aivm_tensor *a = &call->in[0], *b = &call->in[1], *y = &call->out;
  const int64_t *at = call->attributes;
  REQUIRE(call->input_count == 2 && is_activation(a->type) && is_activation(b->type) && is_activation(y->type) &&
          same_dims(a, y) && a->count % b->count == 0 && in_range(at[4], 0, 62));
  const int64_t low = low_of(y->type), high = high_of(y->type);
  int64_t left[CHUNK], right[CHUNK];
  for (int64_t from = 0; from < y->count;) {
    /* A chunk ends where b begins anew. */
    const int64_t in_b = from % b->count;
    int64_t count = y->count - from < CHUNK ? y->count - from : CHUNK;
    if (count > b->count - in_b) count = b->count - in_b;
    load_elements(a, from, count, left);
    load_elements(b, in_b, count, right);
    for (int64_t i = 0; i < count; i++)
      left[i] = scale64((left[i] - at[0]) * (right[i] - at[1]), at[3], (int)at[4], at[2], low, high);
    store_elements(y, from, count, left);
    from += count;
  }
  return AIVM_NETWORK_OK;
}

static int run_lut(const aivm_call *call) {
  const aivm_tensor *x = &call->in[0], *y = &call->out;
  const int type = call->kind == OP_LUT8 ? TYPE_I8 : TYPE_I16;
  REQUIRE(call->input_count == 1 && x->type == type && y->type == type && x->count == y->count);
  if (type == TYPE_I8) {
    REQUIRE(call->blob_size >= 256);
    const int8_t *table = (const int8_t *)call->blob + 128, *from = x->data;
    int8_t *to = y->data;
    for (int64_t i = 0; i < y->count; i++) to[i] = table[from[i]];
  } else {
    REQUIRE(call->blob_size >= 131072 && (uintptr_t)call->blob % 2 == 0);
    const int16_t *table = (const int16_t *)(const void *)call->blob + 32768, *from = x->data;
    int16_t *to = y->data;
    for (int64_t i = 0; i < y->count; i++) to[i] = table[from[i]];
  }
  return AIVM_NETWORK_OK;
}

static inline int32_t read_i32(const uint8_t *bytes) {
  int32_t value;
  memcpy(&value, bytes, sizeof value);
  return value;
}

/* Bias, mult and shift behind the weights of a row. */
static inline int shift_of(const uint8_t *tail) { return tail[8] > 62 ? 62 : tail[8]; }

/* Attribute: of_position. The blob begins with the row of token 0, or of the first position. */
static int run_embed(const aivm_call *call) {
  const aivm_tensor *y = &call->out;
  REQUIRE(call->input_count == 0 && y->rank == 2 && (y->type == TYPE_I16 || y->type == TYPE_I32));
  const int64_t width = y->dims[1], stride = (width + 9 + 127) / 128 * 128;
  REQUIRE(call->attributes[0] != 0 || call->token_count >= y->dims[0]);
  REQUIRE(call->blob_size >= width + 9);
  for (int64_t position = 0; position < y->dims[0]; position++) {
    const int64_t row = call->attributes[0] ? position : (int64_t)call->tokens[position];
    REQUIRE(row <= (call->blob_size - width - 9) / stride);
  }
  int64_t values[CHUNK];
  for (int64_t position = 0; position < y->dims[0]; position++) {
    const uint8_t *row = call->blob + (call->attributes[0] ? position : (int64_t)call->tokens[position]) * stride;
    const int64_t mult = read_i32(row + width + 4);
    const int shift = shift_of(row + width);
    for (int64_t from = 0; from < width; from += CHUNK) {
      const int64_t count = width - from < CHUNK ? width - from : CHUNK;
      for (int64_t i = 0; i < count; i++) values[i] = round_shift((int64_t)(int8_t)row[from + i] * mult, shift);
      store_elements(y, position * width + from, count, values);
    }
  }
  return AIVM_NETWORK_OK;
}

/* Attribute: halves. */
static int run_rope(const aivm_call *call) {
  const aivm_tensor *x = &call->in[0], *y = &call->out;
  REQUIRE(call->input_count == 1 && x->type == TYPE_I16 && y->type == TYPE_I16 && y->rank == 3 && same_dims(x, y));
  const int64_t positions = y->dims[0], heads = y->dims[1], width = y->dims[2];
  REQUIRE(width % 2 == 0 && call->blob_size >= positions * width * 2 && (uintptr_t)call->blob % 2 == 0);
  const int halves = call->attributes[0] != 0;
  const int64_t apart = halves ? width / 2 : 1, step = halves ? 1 : 2;
  for (int64_t row = 0; row < positions * heads; row++) {
    const int16_t *table = (const int16_t *)(const void *)call->blob + row / heads * width;
    const int16_t *from = (const int16_t *)x->data + row * width;
    int16_t *to = (int16_t *)y->data + row * width;
    for (int64_t pair = 0; pair < width / 2; pair++) {
      const int64_t first = pair * step, second = first + apart;
      const int64_t a = from[first], b = from[second], cosine = table[2 * pair], sine = table[2 * pair + 1];
      to[first] = (int16_t)clamp64((a * cosine - b * sine + 16384) >> 15, INT16_MIN, INT16_MAX);
      to[second] = (int16_t)clamp64((a * sine + b * cosine + 16384) >> 15, INT16_MIN, INT16_MAX);
    }
  }
  return AIVM_NETWORK_OK;
}

/* Attributes kernelY, kernelX, strideY, strideX, top, left; of a sum also m, s, zx, zy. */
static int run_pool(const aivm_call *call) {
  const aivm_tensor *x = &call->in[0], *y = &call->out;
  const int64_t *at = call->attributes;
  const int is_sum = call->kind == OP_SUMPOOL;
  REQUIRE(call->input_count == 1 && x->rank == 3 && y->rank == 3 && x->dims[2] == y->dims[2] &&
          is_activation(x->type) && is_activation(y->type) && (is_sum || x->type == y->type));
  for (int i = 0; i < 4; i++) REQUIRE(in_range(at[i], 1, 255));
  REQUIRE(at[0] * at[1] <= 64 && in_range(at[4], 0, at[0] - 1) && in_range(at[5], 0, at[1] - 1));
  const int64_t height = x->dims[0], width = x->dims[1], channels = x->dims[2];
  REQUIRE((y->dims[0] - 1) * at[2] - at[4] < height && (y->dims[1] - 1) * at[3] - at[5] < width);
  REQUIRE(!is_sum || in_range(at[7], 0, 62));
  const int64_t low = low_of(y->type), high = high_of(y->type);
  int64_t sums[CHUNK], values[CHUNK];
  for (int64_t place = 0; place < y->dims[0] * y->dims[1]; place++) {
    const int64_t first_y = place / y->dims[1] * at[2] - at[4], first_x = place % y->dims[1] * at[3] - at[5];
    for (int64_t from = 0; from < channels; from += CHUNK) {
      const int64_t count = channels - from < CHUNK ? channels - from : CHUNK;
      for (int64_t i = 0; i < count; i++) sums[i] = is_sum ? 0 : INT64_MIN;
      for (int64_t v = first_y < 0 ? 0 : first_y; v < first_y + at[0] && v < height; v++)
        for (int64_t u = first_x < 0 ? 0 : first_x; u < first_x + at[1] && u < width; u++) {
          load_elements(x, (v * width + u) * channels + from, count, values);
          if (is_sum)
            for (int64_t i = 0; i < count; i++) sums[i] += values[i] - at[8];
          else
            for (int64_t i = 0; i < count; i++) sums[i] = sums[i] > values[i] ? sums[i] : values[i];
        }
      if (is_sum)
        for (int64_t i = 0; i < count; i++) sums[i] = scale64(sums[i], at[6], (int)at[7], at[9], low, high);
      store_elements(y, place * channels + from, count, sums);
    }
  }
  return AIVM_NETWORK_OK;
}

static int64_t element_size(int type) {
  static const int64_t sizes[TYPE_COUNT] = {1, 2, 4, 8, 2, 4, 8};
  return sizes[type];
}

/* Copies rows of `count` elements, `step` elements of the source apart. */
static void copy_row(int64_t size, uint8_t *to, const uint8_t *from, int64_t step, int64_t count) {
#define COPY(TYPE) \
  do { \
    TYPE *target = (TYPE *)(void *)to; \
    const TYPE *source = (const TYPE *)(const void *)from; \
    for (int64_t i = 0; i < count; i++) target[i] = source[i * step]; \
  } while (0)
  switch (size) {
    case 1: COPY(uint8_t); break;
    case 2: COPY(uint16_t); break;
    case 4: COPY(uint32_t); break;
    default: COPY(uint64_t); break;
  }
#undef COPY
}

/* Attributes: axis of the input for each axis of the output. */
static int run_transpose(const aivm_call *call) {
  const aivm_tensor *x = &call->in[0], *y = &call->out;
  REQUIRE(call->input_count == 1 && x->type == y->type && x->rank == y->rank);
  int64_t strides[RANK_MAX], steps[RANK_MAX] = {0}, dims[RANK_MAX] = {1, 1, 1, 1};
  unsigned seen = 0;
  for (int axis = 0; axis < x->rank; axis++) strides[axis] = product_from(x, axis + 1);
  const int lead = RANK_MAX - y->rank;
  for (int axis = 0; axis < y->rank; axis++) {
    const int64_t source = call->attributes[axis];
    REQUIRE(in_range(source, 0, x->rank - 1) && !(seen >> source & 1) && y->dims[axis] == x->dims[source]);
    seen |= 1u << source;
    steps[lead + axis] = strides[source];
    dims[lead + axis] = y->dims[axis];
  }
  const int64_t size = element_size(x->type);
  uint8_t *to = y->data;
  for (int64_t a = 0; a < dims[0]; a++)
    for (int64_t b = 0; b < dims[1]; b++)
      for (int64_t c = 0; c < dims[2]; c++, to += dims[3] * size)
        copy_row(size, to, (const uint8_t *)x->data + (a * steps[0] + b * steps[1] + c * steps[2]) * size, steps[3],
                 dims[3]);
  return AIVM_NETWORK_OK;
}

/* Attributes: places before each axis, then the value. */
static int run_pad(const aivm_call *call) {
  const aivm_tensor *x = &call->in[0], *y = &call->out;
  REQUIRE(call->input_count == 1 && x->type == y->type && x->rank == y->rank);
  for (int axis = 0; axis < x->rank; axis++)
    REQUIRE(in_range(call->attributes[axis], 0, INT32_MAX) && call->attributes[axis] + x->dims[axis] <= y->dims[axis]);
  int64_t values[CHUNK];
  for (int64_t i = 0; i < CHUNK; i++) values[i] = call->attributes[RANK_MAX];
  for (int64_t from = 0; from < y->count; from += CHUNK)
    store_elements(y, from, y->count - from < CHUNK ? y->count - from : CHUNK, values);
  const int64_t size = element_size(x->type), width = last_of(x);
  for (int64_t row = 0; row < x->count / width; row++) {
    int64_t rest = row, stride = last_of(y), target = call->attributes[x->rank - 1];
    for (int axis = x->rank - 2; axis >= 0; axis--) {
      target += (rest % x->dims[axis] + call->attributes[axis]) * stride;
      rest /= x->dims[axis];
      stride *= y->dims[axis];
    }
    memcpy((uint8_t *)y->data + target * size, (const uint8_t *)x->data + row * width * size, (size_t)(width * size));
  }
  return AIVM_NETWORK_OK;
}

/* Attributes: how often each place is repeated along each axis. */
static int run_upsample(const aivm_call *call) {
  const aivm_tensor *x = &call->in[0], *y = &call->out;
  REQUIRE(call->input_count == 1 && x->type == y->type && x->rank == y->rank);
  for (int axis = 0; axis < x->rank; axis++)
    REQUIRE(in_range(call->attributes[axis], 1, 255) && y->dims[axis] == x->dims[axis] * call->attributes[axis]);
  const int64_t size = element_size(x->type), width = last_of(y), factor = call->attributes[x->rank - 1];
  for (int64_t row = 0; row < y->count / width; row++) {
    int64_t rest = row, stride = last_of(x), source = 0;
    for (int axis = x->rank - 2; axis >= 0; axis--) {
      source += rest % y->dims[axis] / call->attributes[axis] * stride;
      rest /= y->dims[axis];
      stride *= x->dims[axis];
    }
    for (int64_t i = 0; i < width; i++)
      memcpy((uint8_t *)y->data + (row * width + i) * size, (const uint8_t *)x->data + (source + i / factor) * size,
             (size_t)size);
  }
  return AIVM_NETWORK_OK;
}
