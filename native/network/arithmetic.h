/* The exact arithmetic of networks, in a form that compilers turn into vectors. */
#ifndef AIVM_NETWORK_ARITHMETIC_H
#define AIVM_NETWORK_ARITHMETIC_H
#include "network.h"

#define SIGN_BIT ((uint64_t)1 << 63)

/* a >> s for 0…63 by a logical shift: AVX2 has no arithmetic one of 64 bits. */
static inline int64_t shift_right(int64_t a, int s) {
  return (int64_t)((((uint64_t)a ^ SIGN_BIT) >> s) - (SIGN_BIT >> s));
}

/* rs: a / 2^s, half goes up; s is 0…62. */
static inline int64_t round_shift(int64_t a, int s) {
  const int half = s == 0 ? 63 : s - 1;
  return shift_right(a, s) + (int64_t)(((uint64_t)a >> half) & (uint64_t)(s != 0));
}

static inline int64_t shift_left(int64_t a, int s) { return (int64_t)((uint64_t)a << s); }

static inline int64_t clamp64(int64_t value, int64_t low, int64_t high) {
  return value < low ? low : value > high ? high : value;
}

/* clamp(zero + rs(sum · mult, shift), low, high). */
static inline int64_t scale64(int64_t sum, int64_t mult, int shift, int64_t zero, int64_t low, int64_t high) {
  return clamp64(zero + round_shift(sum * mult, shift), low, high);
}

/* ⌊a / b⌋; b below 1 counts as 1. */
static inline int64_t divide_floor(int64_t a, int64_t b) {
  if (b <= 1) return a;
  const int64_t quotient = a / b;
  return quotient - (a % b < 0);
}

/* ⌊√a⌋; 0 for a < 0. A double's root is at most 1 off. */
static inline int64_t integer_root(int64_t a) {
  if (a <= 0) return 0;
  uint64_t root = (uint64_t)__builtin_sqrt((double)a);
  while (root * root > (uint64_t)a) root--;
  while ((root + 1) * (root + 1) <= (uint64_t)a) root++;
  return (int64_t)root;
}

/* The values of a type that is written with saturation. */
static inline int64_t low_of(int type) { return type == TYPE_I8 ? INT8_MIN : type == TYPE_I16 ? INT16_MIN : INT32_MIN; }
static inline int64_t high_of(int type) { return type == TYPE_I8 ? INT8_MAX : type == TYPE_I16 ? INT16_MAX : INT32_MAX; }

static inline int is_activation(int type) { return type == TYPE_I8 || type == TYPE_I16; }
static inline int is_activation_or_sum(int type) { return is_activation(type) || type == TYPE_I32; }

/* Elements `start` … of any type as int64. */
static inline void load_elements(const aivm_tensor *tensor, int64_t start, int64_t count, int64_t *to) {
#define LOAD(TYPE) \
  do { \
    const TYPE *from = (const TYPE *)tensor->data + start; \
    for (int64_t i = 0; i < count; i++) to[i] = (int64_t)from[i]; \
  } while (0)
  switch (tensor->type) {
    case TYPE_I8: LOAD(int8_t); break;
    case TYPE_I16: LOAD(int16_t); break;
    case TYPE_I32: LOAD(int32_t); break;
    case TYPE_U16: LOAD(uint16_t); break;
    case TYPE_U32: LOAD(uint32_t); break;
    default: LOAD(int64_t); break;
  }
#undef LOAD
}

/* The low bits of `from` at elements `start` … of any type. */
static inline void store_elements(const aivm_tensor *tensor, int64_t start, int64_t count, const int64_t *from) {
#define STORE(TYPE) \
  do { \
    TYPE *to = (TYPE *)tensor->data + start; \
    for (int64_t i = 0; i < count; i++) to[i] = (TYPE)from[i]; \
  } while (0)
  switch (tensor->type) {
    case TYPE_I8: STORE(int8_t); break;
    case TYPE_I16: STORE(int16_t); break;
    case TYPE_I32: STORE(int32_t); break;
    case TYPE_U16: STORE(uint16_t); break;
    case TYPE_U32: STORE(uint32_t); break;
    default: STORE(int64_t); break;
  }
#undef STORE
}

static inline int64_t load_element(const aivm_tensor *tensor, int64_t element) {
  int64_t value;
  load_elements(tensor, element, 1, &value);
  return value;
}

/* The numbers of elements of the axes from `axis` on. */
static inline int64_t product_from(const aivm_tensor *tensor, int axis) {
  int64_t product = 1;
  for (; axis < tensor->rank; axis++) product *= tensor->dims[axis];
  return product;
}

static inline int64_t last_of(const aivm_tensor *tensor) { return tensor->dims[tensor->rank - 1]; }

/* Whether every value of an attribute lies in its range. */
static inline int in_range(int64_t value, int64_t low, int64_t high) { return value >= low && value <= high; }

#define REQUIRE(condition) \
  do { \
    if (!(condition)) return AIVM_NETWORK_BAD_CALL; \
  } while (0)

#define CHUNK 256
#endif
