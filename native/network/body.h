/* An engine: everything, compiled for one kind of processor. ENGINE, ENGINE_NAME, TILE_PLACES, QUADS and the tiles are given. */
#include "attention.h"
#include "elements.h"
#include "panels.h"
#include "layers.h"
#include "rows.h"

static int run_operator(const aivm_call *call) {
  switch (call->kind) {
    case OP_DENSE: case OP_DENSE_PART: case OP_DENSE_SHIFT: return run_dense(call);
    case OP_CONV2D: return run_conv2d(call);
    case OP_MAXPOOL: case OP_SUMPOOL: return run_pool(call);
    case OP_ADD: return run_add(call);
    case OP_MUL: return run_mul(call);
    case OP_LUT8: case OP_LUT16: return run_lut(call);
    case OP_EMBED: return run_embed(call);
    case OP_ROWMAX: return run_rowmax(call);
    case OP_ROWSUM: return run_rowsum(call);
    case OP_ARGKEY: return run_argkey(call);
    case OP_ARGTOKEN: return run_argtoken(call);
    case OP_NORMSUM: return run_normsum(call);
    case OP_NORMSCALE: return run_normscale(call);
    case OP_NORMOUT: return run_normout(call);
    case OP_ROPE: return run_rope(call);
    case OP_SCORES: return run_scores(call);
    case OP_EXP: return run_exp(call);
    case OP_RECIP: return run_recip(call);
    case OP_ATTNOUT: return run_attnout(call);
    case OP_MATMUL: return run_matmul(call);
    case OP_MEAN_T: return run_mean(call);
    case OP_TRANSPOSE: return run_transpose(call);
    case OP_PAD: return run_pad(call);
    case OP_UPSAMPLE: return run_upsample(call);
    default: return AIVM_NETWORK_UNKNOWN;
  }
}

const aivm_network_engine ENGINE = {.name = ENGINE_NAME, .run = run_operator, .pack = pack_panels};
