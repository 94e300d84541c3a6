/*
 * Random calls of every operator over buffers of exactly the lengths that are passed, for a build with
 * -fsanitize=address,undefined; some with a word that does not fit. All engines must give the same status and bytes.
 * AVX-512 is emulated. Usage: fuzz CALLS [SEED]
 */
#include "../call.c"
#include <stdio.h>

static uint64_t state;
static uint64_t next(void) {
  state += 0x9e3779b97f4a7c15u;
  uint64_t z = (state ^ (state >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}
static int64_t between(int64_t low, int64_t high) { return low + (int64_t)(next() % (uint64_t)(high - low + 1)); }
static int pick(int a, int b) { return next() & 1 ? a : b; }

typedef struct {
  int type, rank;
  int64_t dims[4];
} shape;

static shape make(int type, int rank, int64_t a, int64_t b, int64_t c) { return (shape){type, rank, {a, b, c, 1}}; }
static int64_t count_of(shape s) {
  int64_t count = 1;
  for (int i = 0; i < s.rank; i++) count *= s.dims[i];
  return count;
}

typedef struct {
  int kind, inputs;
  shape in[4], out;
  double at[16];
  int64_t blob, tokens;
  /* Rows, for operators that have them. */
  int64_t stride, width, from, n, m, groups, zx;
  int depthwise, tail;
} plan;

static const int KINDS[] = {1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 29, 32, 33};
#define KIND_COUNT ((int)(sizeof KINDS / sizeof KINDS[0]))

static void attributes(plan *p, int count, const int64_t *values) {
  for (int i = 0; i < count; i++) p->at[i] = (double)values[i];
}
#define AT(...) attributes(p, (int)(sizeof((int64_t[]){__VA_ARGS__}) / 8), (int64_t[]){__VA_ARGS__})

static int64_t zero_point(int type) { return type == TYPE_I8 ? between(-128, 127) : type == TYPE_I16 ? between(-32768, 32767) : 0; }

static void plan_rows(plan *p, int type) {
  const int64_t places = between(1, 60), width = between(1, next() % 8 ? 70 : 1300), m = between(1, 50);
  p->in[0] = make(type, 2, places, width, 1);
  p->out = make(TYPE_I32, 2, places, m, 1);
  p->width = p->n = width;
  p->m = m;
  p->groups = 1;
  p->tail = 1;
  p->inputs = 1;
  if (p->kind == OP_DENSE) {
    p->zx = zero_point(type);
    if (next() % 3 == 0) {
      p->inputs = 2;
      p->in[1] = p->out;
    } else {
      p->out.type = (int)between(TYPE_I8, TYPE_I32);
    }
    AT(1, p->zx, zero_point(p->out.type), p->out.type == TYPE_I8 ? -100 : -30000, p->out.type == TYPE_I8 ? 100 : 30000);
  } else if (p->kind == OP_DENSE_PART) {
    p->from = between(0, width - 1);
    p->n = between(1, width - p->from);
    p->zx = zero_point(type);
    p->tail = 0;
    p->out.type = TYPE_I64;
    AT(1, p->from, p->from + p->n, p->zx);
  } else {
    p->in[0].type = p->out.type = TYPE_I8;
    AT(1, between(0, 31));
  }
}

static void plan_image(plan *p, int type) {
  const int64_t h = between(1, 9), w = between(1, 9), ky = between(1, 4), kx = between(1, 4), oh = between(1, 8), ow = between(1, 8);
  if (p->kind == OP_CONV2D) {
    const int64_t groups = between(1, 20), each = next() % 2 ? 1 : between(1, 4), out = next() % 2 ? 1 : between(1, 20);
    p->in[0] = make(type, 3, h, w, groups * each);
    p->out = make((int)between(TYPE_I8, TYPE_I32), 3, oh, ow, groups * out);
    p->width = p->n = ky * kx * each;
    p->m = groups * out;
    p->groups = groups;
    p->depthwise = each == 1 && out == 1;
    p->tail = 1;
    p->zx = zero_point(type);
    AT(ky, kx, between(1, 3), between(1, 3), between(1, 3), between(1, 3), between(0, 5), between(0, 5), groups, p->zx,
       zero_point(p->out.type), -90, 100);
  } else {
    const int64_t channels = between(1, 300), top = between(0, ky - 1), left = between(0, kx - 1);
    p->in[0] = make(type, 3, h, w, channels);
    p->out = make(p->kind == OP_MAXPOOL ? type : pick(TYPE_I8, TYPE_I16), 3, between(1, h), between(1, w), channels);
    AT(ky, kx, 1, 1, top, left, between(0, (1 << 30) - 1), between(0, 62), zero_point(type), zero_point(p->out.type));
  }
}

static void plan_row_reduction(plan *p) {
  const int64_t rows = between(1, 6), width = between(1, next() % 6 ? 40 : 700), segment = between(1, 2 * width);
  const int64_t per = (width + segment - 1) / segment, absolute = (int64_t)(next() & 1);
  int type = absolute ? pick(TYPE_I16, TYPE_I32) : (int)between(TYPE_I8, TYPE_U64);
  if (p->kind == OP_ARGKEY) type = (int)between(TYPE_I8, TYPE_I32);
  if (p->kind == OP_NORMSUM) type = pick(TYPE_I16, TYPE_I32);
  p->in[0] = make(type, 2, rows, width, 1);
  p->out = make(TYPE_I64, 2, rows, per, 1);
  AT(segment, absolute);
  if (p->kind == OP_ROWMAX) p->out.type = !absolute ? type : type == TYPE_I16 ? TYPE_U16 : TYPE_U32;
  if (p->kind != OP_NORMSUM) return;
  p->inputs = absolute ? 3 : 2;
  p->in[1] = make(pick(TYPE_U16, TYPE_U32), 2, rows, 1, 1);
  p->in[2] = make(TYPE_I64, 2, rows, 1, 1);
}

static void plan_attention(plan *p) {
  const int64_t shared = between(1, 3), heads = shared * between(1, 3), rows = between(1, 12), keys = between(1, 12);
  const int64_t d = between(1, 40), causal = (int64_t)(next() & 1), k = causal ? rows : keys;
  if (p->kind == OP_SCORES) {
    p->inputs = 2;
    p->in[0] = make(pick(TYPE_I8, TYPE_I16), 3, rows, heads, d);
    p->in[1] = make(pick(TYPE_I8, TYPE_I16), 3, k, shared, d);
    p->out = make(TYPE_I16, 3, heads, rows, k);
    AT(causal, between(0, (1 << 24) - 1), between(0, 62));
  } else if (p->kind == OP_EXP) {
    p->inputs = 2;
    p->in[0] = p->out = make(TYPE_I16, 3, heads, rows, k);
    p->in[1] = make(TYPE_I16, 3, heads, rows, 1);
    p->out.type = TYPE_U16;
    AT(causal);
  } else if (p->kind == OP_ATTNOUT) {
    p->inputs = 3;
    p->in[0] = make(TYPE_U16, 3, heads, rows, k);
    p->in[1] = make(pick(TYPE_I8, TYPE_I16), 3, shared, d, k);
    p->in[2] = make(TYPE_I64, 3, heads, rows, 1);
    p->out = make(TYPE_I16, 3, rows, heads, d);
    AT(between(0, 62));
  } else {
    p->inputs = 2;
    p->in[0] = make(pick(TYPE_I8, TYPE_I16), 3, heads, rows, d);
    p->in[1] = make(pick(TYPE_I8, TYPE_I16), 3, heads, keys, d);
    p->out = make(pick(TYPE_I8, TYPE_I16), 3, heads, rows, keys);
    AT(between(0, (1 << 24) - 1), between(0, 62));
  }
}

static void plan_rest(plan *p) {
  const int64_t a = between(1, 9), b = between(1, 9), c = 2 * between(1, 200);
  const int type = (int)between(TYPE_I8, TYPE_I32), activation = pick(TYPE_I8, TYPE_I16);
  p->in[0] = p->out = make(activation, 3, a, b, c);
  switch (p->kind) {
    case OP_ADD:
      p->inputs = 2;
      p->in[1] = make(type, 3, a, b, c);
      AT(zero_point(activation), between(0, (1 << 24) - 1), between(0, 62), 0, between(0, (1 << 24) - 1), between(0, 62), 3);
      break;
    case OP_MUL:
      p->inputs = 2;
      p->in[1] = next() & 1 ? p->in[0] : make(pick(TYPE_I8, TYPE_I16), 1, c, 1, 1);
      AT(zero_point(activation), 0, -1, between(0, (1 << 30) - 1), between(0, 62));
      break;
    case OP_LUT8: p->in[0].type = p->out.type = TYPE_I8; p->blob = 256; break;
    case OP_LUT16: p->in[0].type = p->out.type = TYPE_I16; p->blob = 131072; break;
    case OP_EMBED:
      p->inputs = 0;
      p->out = make(pick(TYPE_I16, TYPE_I32), 2, a, c, 1);
      p->tokens = a;
      p->blob = 8 * ((c + 136) / 128 * 128) + c + 9;
      AT((int64_t)(next() & 1));
      break;
    case OP_ARGTOKEN: p->in[0].type = TYPE_I64; p->out.type = TYPE_U32; break;
    case OP_RECIP: p->in[0].type = p->out.type = TYPE_I64; break;
    case OP_ROPE: p->in[0].type = p->out.type = TYPE_I16; p->blob = a * c * 2; AT((int64_t)(next() & 1)); break;
    case OP_NORMSCALE:
      p->inputs = 2;
      p->in[0] = make(pick(TYPE_U16, TYPE_U32), 2, a, 1, 1);
      p->in[1] = p->out = make(TYPE_I64, 2, a, 1, 1);
      AT(between(1, 16384), between(0, UINT32_MAX));
      break;
    case OP_NORMOUT:
      p->inputs = pick(3, 4);
      p->in[0].type = pick(TYPE_I16, TYPE_I32);
      p->in[1] = make(pick(TYPE_U16, TYPE_U32), 3, a, b, 1);
      p->in[2] = p->in[3] = make(TYPE_I64, 3, a, b, 1);
      p->at[1] = (double)(next() & 1);
      p->at[0] = (double)between(0, 62);
      p->blob = p->at[1] != 0 ? (2 * c + 127) / 128 * 128 + 4 * c : 2 * c;
      break;
    case OP_MEAN_T:
      p->in[0].type = type;
      p->out = make((int)between(TYPE_I8, TYPE_I32), 2, a, b, 1);
      AT(between(0, (1 << 30) - 1), between(0, 62), zero_point(type), 5);
      break;
    case OP_TRANSPOSE: {
      static const int64_t orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
      const int64_t *order = orders[next() % 6];
      p->in[0].type = p->out.type = (int)between(TYPE_I8, TYPE_U64);
      for (int i = 0; i < 3; i++) p->out.dims[i] = p->in[0].dims[order[i]];
      AT(order[0], order[1], order[2]);
      break;
    }
    case OP_PAD:
      p->in[0].type = p->out.type = (int)between(TYPE_I8, TYPE_U64);
      for (int i = 0; i < 3; i++) {
        p->at[i] = (double)between(0, 3);
        p->out.dims[i] += (int64_t)p->at[i] + between(0, 3);
      }
      p->at[4] = (double)between(-128, 127);
      break;
    default:
      p->in[0].type = p->out.type = (int)between(TYPE_I8, TYPE_U64);
      for (int i = 0; i < 3; i++) p->out.dims[i] *= (int64_t)(p->at[i] = (double)between(1, 3));
  }
}

static void *exact(int64_t size) {
  uint8_t *bytes = malloc((size_t)(size > 0 ? size : 1));
  const int extreme = next() % 5 == 0;
  for (int64_t i = 0; i < size; i++) bytes[i] = (uint8_t)(extreme ? (next() & 1 ? 0x80 : 0x7f) : next());
  return bytes;
}

/* The words that a caller of aivm_network_run passes. */
static void write_words(const plan *p, double *words, int64_t blob, int64_t packed) {
  memset(words, 0, WORD_COUNT * sizeof *words);
  words[0] = p->kind;
  for (int i = 0; i <= 4; i++) {
    const shape s = i < 4 ? p->in[i] : p->out;
    if (i < 4 && i >= p->inputs) continue;
    words[WORD_SIZES + i] = (double)(count_of(s) * SIZES[s.type]);
    double *to = words + WORD_SHAPES + i * SHAPE_WORDS;
    to[0] = s.type;
    to[1] = s.rank;
    for (int axis = 0; axis < s.rank; axis++) to[2 + axis] = (double)s.dims[axis];
  }
  words[WORD_SIZES + 5] = (double)blob;
  words[WORD_SIZES + 6] = (double)(p->tokens * 4);
  words[WORD_SIZES + 7] = (double)packed;
  words[WORD_INPUTS] = p->inputs;
  memcpy(words + WORD_ATTRIBUTES, p->at, sizeof p->at);
}

/* Another value for one word. Lengths of buffers are facts: they only become shorter. */
static void spoil(double *words) {
  const int at = (int)between(0, WORD_COUNT - 1);
  if (at >= WORD_SIZES && at < WORD_INPUTS) words[at] = (double)between(0, (int64_t)words[at]);
  else {
    static const double values[] = {-1, 0, 1, 2, 3, 7, 255, 256, 65536, 2147483647, 4294967296.0, 9e15, 1e300, 0.5};
    words[at] = next() % 8 == 0 ? 0.0 / 0.0 : next() & 1 ? words[at] + (double)between(-2, 2) : values[next() % 14];
  }
}

int main(int argc, char **argv) {
  const long calls = argc > 1 ? atol(argv[1]) : 20000;
  const uint64_t first = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
  long right[256] = {0}, refused = 0;
  for (long i = 0; i < calls; i++) {
    state = (first + (uint64_t)i) * 0x2545f4914f6cdd1du;
    plan planned = {0}, *p = &planned;
    p->kind = KINDS[next() % (uint64_t)KIND_COUNT];
    p->inputs = 1;
    const int type = pick(TYPE_I8, TYPE_I16);
    if (p->kind <= OP_DENSE_SHIFT) plan_rows(p, type);
    else if (p->kind <= OP_SUMPOOL) plan_image(p, type);
    else if (p->kind == OP_ROWMAX || p->kind == OP_ROWSUM || p->kind == OP_ARGKEY || p->kind == OP_NORMSUM) plan_row_reduction(p);
    else if (p->kind == OP_SCORES || p->kind == OP_EXP || p->kind == OP_ATTNOUT || p->kind == OP_MATMUL) plan_attention(p);
    else plan_rest(p);
    const int64_t row = p->width + (p->tail ? 9 : 0);
    p->stride = row + between(0, 60);
    const int64_t blob_size = p->n > 0 ? (p->m - 1) * p->stride + row : p->blob;
    const int64_t sets = p->depthwise || p->groups == 0 ? 1 : p->groups;
    const int64_t packed_size = p->n > 0 ? sets * ((p->m / sets + 15) / 16) * (320 + 16 * ((p->n + 3) / 4 * 4)) : 0;
    void *in[4], *blob = exact(blob_size);
    uint32_t *tokens = exact(p->tokens * 4);
    for (int64_t t = 0; t < p->tokens; t++) tokens[t] %= next() % 20 ? 9 : 10;
    for (int k = 0; k < 4; k++) in[k] = k < p->inputs ? exact(count_of(p->in[k]) * SIZES[p->in[k].type]) : NULL;
    double words[WORD_COUNT], pack_words[PACK_WORDS] = {
      (double)blob_size, (double)packed_size, (double)p->stride, (double)p->width, (double)p->from, (double)p->n,
      (double)p->m, (double)p->groups, (double)p->zx, p->in[0].type == TYPE_I8, p->depthwise, p->tail};
    write_words(p, words, blob_size, packed_size);
    if (next() % 3 == 0) spoil(words);
    if (p->n > 0 && next() % 30 == 0) {
      const int at = (int)between(0, PACK_WORDS - 1);
      pack_words[at] = at < 2 ? (double)between(0, (int64_t)pack_words[at]) : (double)between(-1, 300);
    }
    const int64_t out_size = count_of(p->out) * SIZES[p->out.type];
    void *first_out = NULL;
    int first_status = 0;
    for (size_t e = 0; e < sizeof ENGINES / sizeof ENGINES[0]; e++) {
      chosen = ENGINES[e];
      void *packed = p->n > 0 ? calloc(1, (size_t)packed_size) : NULL;
      uint8_t *out = malloc((size_t)out_size);
      memset(out, 0x55, (size_t)out_size);
      const int packing = p->n > 0 ? aivm_network_pack(pack_words, PACK_WORDS, blob, packed) : 0;
      int status = packing;
      if (status == 0) status = aivm_network_run(words, WORD_COUNT, in[0], in[1], in[2], in[3], out, blob, tokens, packed);
      for (int64_t k = 0; status != 0 && k < out_size; k++)
        if (out[k] != 0x55) return fprintf(stderr, "call %ld: refused (%d) after writing\n", i, status), 1;
      if (e == 0) {
        first_out = out;
        first_status = status;
        if (status == 0) right[p->kind]++;
        else refused++;
      } else {
        if (status != first_status || memcmp(out, first_out, (size_t)out_size) != 0)
          return fprintf(stderr, "call %ld, operator %d: %s and %s differ (%d, %d)\n", i, p->kind, ENGINES[0]->name,
                         ENGINES[e]->name, first_status, status), 1;
        free(out);
      }
      free(packed);
    }
    free(first_out);
    free(blob);
    free(tokens);
    for (int k = 0; k < 4; k++) free(in[k]);
  }
  printf("%ld calls on %zu engines, %ld refused\n", calls, sizeof ENGINES / sizeof ENGINES[0], refused);
  for (int k = 0; k < KIND_COUNT; k++)
    if (right[KINDS[k]] == 0) return fprintf(stderr, "no right call of operator %d\n", KINDS[k]), 1;
  return 0;
}
