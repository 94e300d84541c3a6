/* Layers with rows of weights: dense in its forms, convolutions. */

/* The packed rows of a product must be those of a call. */
static int packed_fit(const aivm_call *call, const product *job, int64_t groups) {
  if (call->packed == NULL || (uintptr_t)call->packed % 8 != 0 || job->n > ROW_WIDTH_MAX) return 0;
  if (groups * panels_of(job->rows) > call->packed_size / panel_size(job->n)) return 0;
  const panel_head *head = (const panel_head *)(const void *)call->packed;
  return head->layout == job->layout && head->is_narrow == job->is_narrow && head->n == job->n &&
         head->rows == job->rows;
}

/*
 * Attributes leading, zx, zy, lo, hi of dense; leading, from, to, zx of dense_part; leading, shift of dense_shift.
 */
static int run_dense(const aivm_call *call) {
  const aivm_tensor *x = &call->in[0], *y = &call->out;
  const int64_t *at = call->attributes;
  const int kind = call->kind;
  REQUIRE((call->input_count == 1 || (call->input_count == 2 && kind == OP_DENSE)) && is_activation(x->type) &&
          at[0] >= 0 && at[0] < x->rank && at[0] < y->rank);
  const int64_t width = product_from(x, (int)at[0]), channels = product_from(y, (int)at[0]);
  const int64_t places = x->count / width, from = kind == OP_DENSE_PART ? at[1] : 0;
  const int64_t to = kind == OP_DENSE_PART ? at[2] : width;
  REQUIRE(y->count / channels == places && from >= 0 && from < to && to <= width);
  product job = {.panels = call->packed, .n = to - from, .rows = channels, .is_narrow = x->type == TYPE_I8,
                 .layout = layout_of(x->type == TYPE_I8, 0), .y = y, .channels = channels};
  if (kind == OP_DENSE_PART) {
    REQUIRE(y->type == TYPE_I64);
    job.finish = FINISH_RAW;
  } else if (kind == OP_DENSE_SHIFT) {
    REQUIRE(x->type == TYPE_I8 && y->type == TYPE_I8 && in_range(at[1], 0, 31));
    job.finish = FINISH_SHIFT;
    job.shift = at[1];
  } else {
    REQUIRE(is_activation_or_sum(y->type));
    job.zy = at[2];
    job.low = at[3];
    job.high = at[4];
    if (call->input_count == 2) {
      REQUIRE(call->in[1].type == TYPE_I32 && y->type == TYPE_I32 && call->in[1].count == y->count);
      job.addend = call->in[1].data;
    }
  }
  REQUIRE(packed_fit(call, &job, 1));
  void *activations = create_activations(&job, places);
  if (activations == NULL) return AIVM_NETWORK_NO_MEMORY;
  for (int64_t place = 0; place < places; place += PLACES) {
    const int64_t count = places - place < PLACES ? places - place : PLACES;
    for (int64_t i = 0; i < count; i++)
      put_activations(&job, activations, i * padded(job.n), x, (place + i) * width + from, job.n);
    multiply(&job, activations, count, place);
  }
  free(activations);
  return AIVM_NETWORK_OK;
}

/* The attributes of conv2d, in this order. */
typedef struct {
  int64_t kernel_y, kernel_x, stride_y, stride_x, dilation_y, dilation_x, top, left, groups, zx, zy, lo, hi;
} window;

/* The window of one output place and group, in the order of the weights. */
static void gather(const product *job, const window *w, const aivm_tensor *x, int64_t y0, int64_t x0, int64_t channel,
                   void *activations, int64_t at) {
  const int64_t height = x->dims[0], width = x->dims[1], channels = x->dims[2], count = channels / w->groups;
  for (int64_t ky = 0; ky < w->kernel_y; ky++) {
    const int64_t v = y0 + ky * w->dilation_y;
    const int is_row_inside = v >= 0 && v < height;
    /* Neighbouring pixels with all of their channels are one piece. */
    if (is_row_inside && w->groups == 1 && w->dilation_x == 1 && x0 >= 0 && x0 + w->kernel_x <= width) {
      put_activations(job, activations, at, x, (v * width + x0) * channels, w->kernel_x * channels);
      at += w->kernel_x * channels;
      continue;
    }
    for (int64_t kx = 0; kx < w->kernel_x; kx++, at += count) {
      const int64_t u = x0 + kx * w->dilation_x;
      if (is_row_inside && u >= 0 && u < width)
        put_activations(job, activations, at, x, (v * width + u) * channels + channel, count);
      else
        put_outside(job, activations, at, w->zx, count);
    }
  }
}

/* One tap of up to 16 channels. */
#define ADD_TAP(TYPE, SUM) \
  do { \
    const TYPE *pixel = (const TYPE *)x->data + (v * width + u) * channels + channel; \
    if (count == CHANNELS) \
      for (int c = 0; c < CHANNELS; c++) SUM[c] += (int32_t)pixel[c] * weights[c]; \
    else \
      for (int c = 0; c < count; c++) SUM[c] += (int32_t)pixel[c] * weights[c]; \
  } while (0)

/* Every channel by itself: no sums across channels, so that channels are lanes. */
static void convolve_depthwise(const product *job, const window *w, const aivm_tensor *x) {
  const int64_t height = x->dims[0], width = x->dims[1], channels = x->dims[2], across = job->y->dims[1];
  /* 256 products of an int16 and an int8 fit. */
  const int is_short = job->is_narrow || job->n <= 256;
  for (int64_t place = 0; place < job->y->dims[0] * across; place++) {
    const int64_t y0 = place / across * w->stride_y - w->top, x0 = place % across * w->stride_x - w->left;
    for (int64_t channel = 0; channel < channels; channel += CHANNELS) {
      const panel_head *head =
          (const panel_head *)(const void *)(job->panels + channel / CHANNELS * panel_size(job->n));
      const int8_t *weights = (const int8_t *)(head + 1);
      const int count = (int)(channels - channel < CHANNELS ? channels - channel : CHANNELS);
      int32_t sums[CHANNELS] = {0};
      int64_t v64[CHANNELS] = {0};
      for (int64_t tap = 0; tap < job->n; tap++, weights += CHANNELS) {
        const int64_t v = y0 + tap / w->kernel_x * w->dilation_y, u = x0 + tap % w->kernel_x * w->dilation_x;
        if (v < 0 || v >= height || u < 0 || u >= width) {
          for (int c = 0; c < count; c++) v64[c] += w->zx * weights[c];
        } else if (job->is_narrow) {
          ADD_TAP(int8_t, sums);
        } else if (is_short) {
          ADD_TAP(int16_t, sums);
        } else {
          ADD_TAP(int16_t, v64);
        }
      }
      for (int c = 0; c < CHANNELS; c++) v64[c] += sums[c];
      finish_sums(job, head, v64);
      write_values(job, place, channel, v64);
    }
  }
}

static int run_conv2d(const aivm_call *call) {
  const aivm_tensor *x = &call->in[0], *y = &call->out;
  window w;
  REQUIRE(call->input_count == 1 && x->rank == 3 && y->rank == 3 && is_activation(x->type) &&
          is_activation_or_sum(y->type));
  memcpy(&w, call->attributes, sizeof w);
  for (int i = 0; i < 6; i++) REQUIRE(in_range(call->attributes[i], 1, 255));
  REQUIRE(in_range(w.top, 0, 255) && in_range(w.left, 0, 255) && in_range(w.groups, 1, INT32_MAX));
  const int64_t from = x->dims[2], to = y->dims[2], places = y->dims[0] * y->dims[1];
  REQUIRE(w.kernel_y * w.kernel_x <= 1024 && from % w.groups == 0 && to % w.groups == 0 &&
          in_range(w.zx, INT16_MIN, INT16_MAX));
  const int is_depthwise = w.groups == from && w.groups == to;
  product job = {.panels = call->packed, .n = w.kernel_y * w.kernel_x * (from / w.groups),
                 .rows = is_depthwise ? to : to / w.groups, .is_narrow = x->type == TYPE_I8,
                 .layout = layout_of(x->type == TYPE_I8, is_depthwise), .zy = w.zy, .low = w.lo, .high = w.hi, .y = y,
                 .channels = to};
  REQUIRE(packed_fit(call, &job, is_depthwise ? 1 : w.groups));
  if (is_depthwise) {
    convolve_depthwise(&job, &w, x);
    return AIVM_NETWORK_OK;
  }
  void *activations = create_activations(&job, places);
  if (activations == NULL) return AIVM_NETWORK_NO_MEMORY;
  const int64_t width = padded(job.n);
  for (int64_t group = 0; group < w.groups; group++) {
    job.panels = call->packed + group * panels_of(job.rows) * panel_size(job.n);
    job.first_channel = group * job.rows;
    for (int64_t place = 0; place < places; place += PLACES) {
      const int64_t count = places - place < PLACES ? places - place : PLACES;
      for (int64_t i = 0; i < count; i++)
        gather(&job, &w, x, (place + i) / y->dims[1] * w.stride_y - w.top,
               (place + i) % y->dims[1] * w.stride_x - w.left, group * (from / w.groups), activations, i * width);
      multiply(&job, activations, count, place);
    }
  }
  free(activations);
  return AIVM_NETWORK_OK;
}
