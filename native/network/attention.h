/* Products of two tensors: scores, exponentials, weighted values, matrix products. */
#include "arithmetic.h"
#include <stdlib.h>

#define INNER_MAX 256
#define MASKED INT16_MIN

/* Σ a·b, exact: a product of two int16, or of a uint16 and an int16, fits 32 bits with its sign. */
static inline int64_t dot_i16(const int16_t *a, const int16_t *b, int64_t count) {
  int64_t sum = 0;
  for (int64_t i = 0; i < count; i++) sum += (int32_t)a[i] * (int32_t)b[i];
  return sum;
}

static inline int64_t dot_u16(const uint16_t *a, const int16_t *b, int64_t count) {
  int64_t sum = 0;
  for (int64_t i = 0; i < count; i++) sum += (int64_t)a[i] * b[i];
  return sum;
}

/* An int8 or int16 tensor as int16; *copy is to be freed. NULL without memory. */
static const int16_t *as_i16(const aivm_tensor *tensor, int16_t **copy) {
  *copy = NULL;
  if (tensor->type == TYPE_I16) return tensor->data;
  *copy = malloc((size_t)tensor->count * sizeof **copy);
  if (*copy == NULL) return NULL;
  const int8_t *from = tensor->data;
  for (int64_t i = 0; i < tensor->count; i++) (*copy)[i] = from[i];
  return *copy;
}

/* Attributes causal, m, s. */
static int run_scores(const aivm_call *call) {
  const aivm_tensor *q = &call->in[0], *k = &call->in[1], *y = &call->out;
  const int64_t causal = call->attributes[0], m = call->attributes[1], s = call->attributes[2];
  REQUIRE(call->input_count == 2 && q->rank == 3 && k->rank == 3 && y->rank == 3 && is_activation(q->type) &&
          is_activation(k->type) && y->type == TYPE_I16 && in_range(s, 0, 62));
  const int64_t queries = q->dims[0], heads = q->dims[1], inner = q->dims[2], keys = k->dims[0], key_heads = k->dims[1];
  REQUIRE(k->dims[2] == inner && inner <= INNER_MAX && heads % key_heads == 0 && y->dims[0] == heads &&
          y->dims[1] == queries && y->dims[2] == keys && (!causal || queries == keys));
  int16_t *q_copy, *k_copy;
  const int16_t *from = as_i16(q, &q_copy), *to = as_i16(k, &k_copy);
  const int ready = from != NULL && to != NULL;
  for (int64_t head = 0; ready && head < heads; head++) {
    const int64_t key_head = head / (heads / key_heads);
    for (int64_t query = 0; query < queries; query++) {
      int16_t *row = (int16_t *)y->data + (head * queries + query) * keys;
      const int64_t end = causal ? query + 1 : keys;
      for (int64_t key = 0; key < end; key++) {
        const int64_t sum =
            dot_i16(from + (query * heads + head) * inner, to + (key * key_heads + key_head) * inner, inner);
        row[key] = (int16_t)scale64(sum, m, (int)s, 0, INT16_MIN, INT16_MAX);
      }
      for (int64_t key = end; key < keys; key++) row[key] = MASKED;
    }
  }
  free(q_copy);
  free(k_copy);
  return ready ? AIVM_NETWORK_OK : AIVM_NETWORK_NO_MEMORY;
}

static inline uint16_t exp_below(int32_t distance) {
  if (distance < 0) distance = 0;
  const int octaves = distance >> 8;
  if (octaves >= 17) return 0;
  const int32_t mantissa = aivm_exp_table[distance & 255];
  return (uint16_t)(octaves == 0 ? mantissa : (mantissa + (1 << (octaves - 1))) >> octaves);
}

/* Attribute causal. */
static int run_exp(const aivm_call *call) {
  const aivm_tensor *x = &call->in[0], *most = &call->in[1], *y = &call->out;
  REQUIRE(call->input_count == 2 && x->type == TYPE_I16 && most->type == TYPE_I16 && y->type == TYPE_U16 &&
          x->rank == 3 && y->rank == 3);
  for (int axis = 0; axis < 3; axis++) REQUIRE(x->dims[axis] == y->dims[axis]);
  const int64_t queries = y->dims[1], keys = y->dims[2], rows = y->dims[0] * queries;
  REQUIRE(most->count == rows && (!call->attributes[0] || queries == keys));
  for (int64_t row = 0; row < rows; row++) {
    const int64_t end = call->attributes[0] ? row % queries + 1 : keys;
    const int16_t *scores = (const int16_t *)x->data + row * keys;
    const int32_t maximum = ((const int16_t *)most->data)[row];
    uint16_t *to = (uint16_t *)y->data + row * keys;
    for (int64_t key = 0; key < end; key++) to[key] = exp_below(maximum - scores[key]);
    for (int64_t key = end; key < keys; key++) to[key] = 0;
  }
  return AIVM_NETWORK_OK;
}

/* Attribute s; inputs E [heads][ρ][τ], v [valueHeads][d][τ], R [heads][ρ][1]. */
static int run_attnout(const aivm_call *call) {
  const aivm_tensor *e = &call->in[0], *v = &call->in[1], *r = &call->in[2], *y = &call->out;
  const int64_t s = call->attributes[0];
  REQUIRE(call->input_count == 3 && e->type == TYPE_U16 && is_activation(v->type) && r->type == TYPE_I64 &&
          y->type == TYPE_I16 && e->rank == 3 && v->rank == 3 && y->rank == 3 && in_range(s, 0, 62));
  const int64_t heads = e->dims[0], queries = e->dims[1], keys = e->dims[2], value_heads = v->dims[0], width = v->dims[1];
  REQUIRE(v->dims[2] == keys && heads % value_heads == 0 && r->count == heads * queries && y->dims[0] == queries &&
          y->dims[1] == heads && y->dims[2] == width);
  int16_t *copy;
  const int16_t *values = as_i16(v, &copy);
  if (values == NULL) return AIVM_NETWORK_NO_MEMORY;
  for (int64_t row = 0; row < heads * queries; row++) {
    const int64_t head = row / queries, query = row % queries;
    const uint16_t *weights = (const uint16_t *)e->data + row * keys;
    const int64_t inverse = ((const int64_t *)r->data)[row];
    /* Behind a causal mask all weights are 0. */
    int64_t end = keys;
    while (end > 0 && weights[end - 1] == 0) end--;
    const int16_t *column = values + head / (heads / value_heads) * width * keys;
    int16_t *to = (int16_t *)y->data + (query * heads + head) * width;
    for (int64_t i = 0; i < width; i++)
      to[i] = (int16_t)scale64(dot_u16(weights, column + i * keys, end), inverse, (int)s, 0, INT16_MIN, INT16_MAX);
  }
  free(copy);
  return AIVM_NETWORK_OK;
}

/* Attributes m, s. */
static int run_matmul(const aivm_call *call) {
  const aivm_tensor *a = &call->in[0], *b = &call->in[1], *y = &call->out;
  const int64_t m = call->attributes[0], s = call->attributes[1];
  REQUIRE(call->input_count == 2 && is_activation(a->type) && is_activation(b->type) && is_activation(y->type) &&
          a->rank >= 2 && a->rank == b->rank && a->rank == y->rank && in_range(s, 0, 62));
  const int last = a->rank - 1;
  for (int axis = 0; axis < last - 1; axis++)
    REQUIRE(a->dims[axis] == b->dims[axis] && a->dims[axis] == y->dims[axis]);
  const int64_t inner = a->dims[last], rows = y->dims[last - 1], columns = y->dims[last];
  REQUIRE(b->dims[last] == inner && inner <= INNER_MAX && a->dims[last - 1] == rows && b->dims[last - 1] == columns);
  int16_t *a_copy, *b_copy;
  const int16_t *left = as_i16(a, &a_copy), *right = as_i16(b, &b_copy);
  const int ready = left != NULL && right != NULL;
  const int64_t low = low_of(y->type), high = high_of(y->type);
  for (int64_t i = 0; ready && i < y->count / columns; i++) {
    const int16_t *others = right + i / rows * columns * inner;
    for (int64_t j = 0; j < columns; j++) {
      const int64_t value =
          scale64(dot_i16(left + i * inner, others + j * inner, inner), m, (int)s, 0, low, high);
      store_elements(y, i * columns + j, 1, &value);
    }
  }
  free(a_copy);
  free(b_copy);
  return ready ? AIVM_NETWORK_OK : AIVM_NETWORK_NO_MEMORY;
}
