/* Reductions of rows: maxima, sums, norms, and what follows from them. */
#include "arithmetic.h"

/* Widest row that is normalized, as in headers. */
#define NORM_WIDTH_MAX 16384

/* Segments of the last axis: how many a row has. 0 where shapes do not fit. */
static int64_t segments_of(const aivm_tensor *x, const aivm_tensor *y, int64_t segment) {
  if (segment < 1 || x->rank != y->rank) return 0;
  for (int axis = 0; axis < x->rank - 1; axis++)
    if (x->dims[axis] != y->dims[axis]) return 0;
  const int64_t count = last_of(x) / segment + (last_of(x) % segment != 0);
  return count == last_of(y) ? count : 0;
}

typedef struct {
  int64_t row, offset, start, count;
} segment_place;

static inline segment_place place_of(const aivm_tensor *x, int64_t segment, int64_t per_row, int64_t element) {
  const int64_t width = last_of(x), row = element / per_row, offset = element % per_row * segment;
  const int64_t rest = width - offset;
  return (segment_place){row, offset, row * width + offset, rest < segment ? rest : segment};
}

/* Attributes segment, abs. */
static int run_rowmax(const aivm_call *call) {
  const aivm_tensor *x = &call->in[0], *y = &call->out;
  const int64_t segment = call->attributes[0], absolute = call->attributes[1];
  REQUIRE(call->input_count == 1);
  const int64_t per_row = segments_of(x, y, segment);
  const int type = !absolute ? x->type : x->type == TYPE_I16 ? TYPE_U16 : TYPE_U32;
  REQUIRE(per_row > 0 && y->type == type && (!absolute || x->type == TYPE_I16 || x->type == TYPE_I32));
  int64_t values[CHUNK];
  for (int64_t element = 0; element < y->count; element++) {
    const segment_place at = place_of(x, segment, per_row, element);
    int64_t most = INT64_MIN;
    for (int64_t from = 0; from < at.count; from += CHUNK) {
      const int64_t count = at.count - from < CHUNK ? at.count - from : CHUNK;
      load_elements(x, at.start + from, count, values);
      for (int64_t i = 0; i < count; i++) {
        const int64_t value = absolute && values[i] < 0 ? -values[i] : values[i];
        most = value > most ? value : most;
      }
    }
    store_elements(y, element, 1, &most);
  }
  return AIVM_NETWORK_OK;
}

/* Attributes segment, abs. */
static int run_rowsum(const aivm_call *call) {
  const aivm_tensor *x = &call->in[0], *y = &call->out;
  const int64_t segment = call->attributes[0], absolute = call->attributes[1];
  REQUIRE(call->input_count == 1 && y->type == TYPE_I64);
  const int64_t per_row = segments_of(x, y, segment);
  REQUIRE(per_row > 0 && (!absolute || x->type == TYPE_I16 || x->type == TYPE_I32));
  int64_t values[CHUNK];
  for (int64_t element = 0; element < y->count; element++) {
    const segment_place at = place_of(x, segment, per_row, element);
    int64_t sum = 0;
    for (int64_t from = 0; from < at.count; from += CHUNK) {
      const int64_t count = at.count - from < CHUNK ? at.count - from : CHUNK;
      load_elements(x, at.start + from, count, values);
      for (int64_t i = 0; i < count; i++) sum += absolute && values[i] < 0 ? -values[i] : values[i];
    }
    store_elements(y, element, 1, &sum);
  }
  return AIVM_NETWORK_OK;
}

/* Attribute segment: the largest value·2^32 + (2^32 − 1 − index). */
static int run_argkey(const aivm_call *call) {
  const aivm_tensor *x = &call->in[0], *y = &call->out;
  const int64_t segment = call->attributes[0];
  REQUIRE(call->input_count == 1 && y->type == TYPE_I64 && is_activation_or_sum(x->type));
  const int64_t per_row = segments_of(x, y, segment);
  REQUIRE(per_row > 0);
  int64_t values[CHUNK];
  for (int64_t element = 0; element < y->count; element++) {
    const segment_place at = place_of(x, segment, per_row, element);
    int64_t best = INT64_MIN;
    for (int64_t from = 0; from < at.count; from += CHUNK) {
      const int64_t count = at.count - from < CHUNK ? at.count - from : CHUNK;
      load_elements(x, at.start + from, count, values);
      for (int64_t i = 0; i < count; i++) {
        const int64_t key = shift_left(values[i], 32) + ((int64_t)UINT32_MAX - (at.offset + from + i));
        best = key > best ? key : best;
      }
    }
    store_elements(y, element, 1, &best);
  }
  return AIVM_NETWORK_OK;
}

static int run_argtoken(const aivm_call *call) {
  const aivm_tensor *x = &call->in[0], *y = &call->out;
  REQUIRE(call->input_count == 1 && x->type == TYPE_I64 && y->type == TYPE_U32 && x->count == y->count);
  const int64_t *keys = x->data;
  uint32_t *tokens = y->data;
  for (int64_t i = 0; i < y->count; i++) tokens[i] = ~(uint32_t)keys[i];
  return AIVM_NETWORK_OK;
}

static int run_recip(const aivm_call *call) {
  const aivm_tensor *x = &call->in[0], *y = &call->out;
  REQUIRE(call->input_count == 1 && x->type == TYPE_I64 && y->type == TYPE_I64 && x->count == y->count);
  const int64_t *sums = x->data;
  int64_t *inverses = y->data;
  for (int64_t i = 0; i < y->count; i++) inverses[i] = ((int64_t)1 << 46) / (sums[i] < 1 ? 1 : sums[i]);
  return AIVM_NETWORK_OK;
}

/* e of a row whose largest absolute value is `most`: −8…10. */
static inline int window_exponent(int64_t most) {
  const int length = most == 0 ? 0 : 32 - __builtin_clz((uint32_t)most);
  return length - 22 > -8 ? length - 22 : -8;
}

static inline int64_t to_window(int64_t x, int exponent) {
  return exponent > 0 ? round_shift(x, exponent) : shift_left(x, -exponent);
}

static inline int64_t mean_of(int64_t sum, int64_t width) { return divide_floor(2 * sum + width, 2 * width); }

/* Whether x is what norms take, and `most` and the tensors behind it have one number for each of its rows. */
static int norm_inputs_fit(const aivm_call *call) {
  const aivm_tensor *x = &call->in[0];
  if ((x->type != TYPE_I16 && x->type != TYPE_I32) || last_of(x) > NORM_WIDTH_MAX) return 0;
  for (int i = 1; i < call->input_count; i++) {
    const int type = call->in[i].type;
    if (call->in[i].count != x->count / last_of(x)) return 0;
    if (i == 1 ? type != TYPE_U16 && type != TYPE_U32 : type != TYPE_I64) return 0;
  }
  return 1;
}

/* Attributes segment, square. */
static int run_normsum(const aivm_call *call) {
  const aivm_tensor *x = &call->in[0], *y = &call->out;
  const int64_t segment = call->attributes[0], square = call->attributes[1];
  REQUIRE((call->input_count == 2 || (call->input_count == 3 && square)) && norm_inputs_fit(call) &&
          y->type == TYPE_I64);
  const int64_t per_row = segments_of(x, y, segment);
  REQUIRE(per_row > 0);
  int64_t values[CHUNK];
  for (int64_t element = 0; element < y->count; element++) {
    const segment_place at = place_of(x, segment, per_row, element);
    const int exponent = window_exponent(load_element(&call->in[1], at.row));
    const int64_t mean = call->input_count == 3 ? mean_of(load_element(&call->in[2], at.row), last_of(x)) : 0;
    int64_t sum = 0;
    for (int64_t from = 0; from < at.count; from += CHUNK) {
      const int64_t count = at.count - from < CHUNK ? at.count - from : CHUNK;
      load_elements(x, at.start + from, count, values);
      for (int64_t i = 0; i < count; i++) {
        const int64_t value = to_window(values[i], exponent) - mean;
        sum += square ? value * value : value;
      }
    }
    store_elements(y, element, 1, &sum);
  }
  return AIVM_NETWORK_OK;
}

/* Attributes width, eps. */
static int run_normscale(const aivm_call *call) {
  const aivm_tensor *most = &call->in[0], *squares = &call->in[1], *y = &call->out;
  const int64_t width = call->attributes[0], eps = call->attributes[1];
  REQUIRE(call->input_count == 2 && (most->type == TYPE_U16 || most->type == TYPE_U32) &&
          squares->type == TYPE_I64 && y->type == TYPE_I64 && most->count == y->count && squares->count == y->count);
  REQUIRE(in_range(width, 1, NORM_WIDTH_MAX) && in_range(eps, 0, UINT32_MAX));
  for (int64_t row = 0; row < y->count; row++) {
    const int exponent = window_exponent(load_element(most, row));
    const int64_t added = exponent > 0 ? (eps * width) >> (2 * exponent) : shift_left(eps * width, -2 * exponent);
    const int64_t total = ((const int64_t *)squares->data)[row] + added;
    const int64_t root = integer_root(shift_left(divide_floor(total, width), 14));
    ((int64_t *)y->data)[row] = ((int64_t)1 << 49) / (root > 1 ? root : 1);
  }
  return AIVM_NETWORK_OK;
}

/* Attributes s, bias: gains i16, behind them at a multiple of 128 biases i32. */
static int run_normout(const aivm_call *call) {
  const aivm_tensor *x = &call->in[0], *y = &call->out;
  const int64_t shift = call->attributes[0], width = last_of(y);
  const int64_t bias_place = (2 * width + 127) / 128 * 128;
  REQUIRE((call->input_count == 3 || call->input_count == 4) && norm_inputs_fit(call) && x->count == y->count &&
          last_of(x) == width && is_activation(y->type) && in_range(shift, 0, 62));
  REQUIRE(call->blob_size >= (call->attributes[1] ? bias_place + 4 * width : 2 * width) &&
          (uintptr_t)call->blob % 4 == 0);
  const int16_t *gains = (const int16_t *)(const void *)call->blob;
  const int32_t *biases = call->attributes[1] ? (const int32_t *)(const void *)(call->blob + bias_place) : NULL;
  const int64_t low = low_of(y->type), high = high_of(y->type);
  int64_t values[CHUNK];
  for (int64_t row = 0; row < y->count / width; row++) {
    const int exponent = window_exponent(load_element(&call->in[1], row));
    const int64_t inverse = ((const int64_t *)call->in[2].data)[row];
    const int64_t mean = call->input_count == 4 ? mean_of(((const int64_t *)call->in[3].data)[row], width) : 0;
    for (int64_t from = 0; from < width; from += CHUNK) {
      const int64_t count = width - from < CHUNK ? width - from : CHUNK;
      load_elements(x, row * width + from, count, values);
      for (int64_t i = 0; i < count; i++) {
        const int64_t centred = to_window(values[i], exponent) - mean;
        const int64_t unscaled = round_shift(centred * inverse, 12);
        const int64_t scaled = round_shift(unscaled * gains[from + i], (int)shift);
        values[i] = clamp64((biases == NULL ? 0 : biases[from + i]) + scaled, low, high);
      }
      store_elements(y, row * width + from, count, values);
    }
  }
  return AIVM_NETWORK_OK;
}

/* Attributes m, s, zx, zy. */
static int run_mean(const aivm_call *call) {
  const aivm_tensor *x = &call->in[0], *y = &call->out;
  const int64_t *at = call->attributes;
  REQUIRE(call->input_count == 1 && x->rank > 1 && is_activation_or_sum(x->type) && is_activation_or_sum(y->type) &&
          y->count == x->count / last_of(x) && in_range(at[1], 0, 62));
  const int64_t count = last_of(x);
  int64_t values[CHUNK];
  for (int64_t element = 0; element < y->count; element++) {
    int64_t sum = -count * at[2];
    for (int64_t from = 0; from < count; from += CHUNK) {
      const int64_t part = count - from < CHUNK ? count - from : CHUNK;
      load_elements(x, element * count + from, part, values);
      for (int64_t i = 0; i < part; i++) sum += values[i];
    }
    const int64_t mean = divide_floor(2 * sum * at[0] + count, 2 * count);
    const int64_t value = clamp64(at[3] + round_shift(mean, (int)at[1]), low_of(y->type), high_of(y->type));
    store_elements(y, element, 1, &value);
  }
  return AIVM_NETWORK_OK;
}
