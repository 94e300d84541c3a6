"""Every kind of layer, over whole tensors of int64. A function takes the inputs, the attributes and a context."""
import numpy as np

from arithmetic import EXP, RANGES, bit_length, div, i64, isqrt, rs, sat

LEAF = 128


def align(size):
    return -(-size // LEAF) * LEAF


class Context:
    """What an operator writes and where it reads weights and text."""

    def __init__(self, kind, dims, blob, tokens):
        self.kind, self.dims, self.blob, self.tokens = kind, dims, blob, tokens

    def rows(self, count, width):
        """count rows: weights, bias, mult, shift."""
        stride = align(width + 9)
        raw = np.frombuffer(self.blob[: count * stride], np.uint8).reshape(count, stride)

        def tail(at, size, dtype):
            return i64(np.ascontiguousarray(raw[:, width + at : width + at + size]).view(dtype)[:, 0])

        weights = i64(np.ascontiguousarray(raw[:, :width]).view("<i1"))
        return weights, tail(0, 4, "<i4"), tail(4, 4, "<i4"), np.minimum(tail(8, 1, "<u1"), 62)

    def table(self, dtype, count, offset=0):
        return i64(np.frombuffer(self.blob, dtype, count, offset))


def product(values):
    result = 1
    for value in values:
        result *= int(value)
    return result


def requant(total, mult, shift, a, context):
    y = np.clip(a["zy"] + rs(total * mult, shift), a["lo"], a["hi"])
    return y.reshape(context.dims)


def dense(x, a, c):
    n, m = product(x[0].shape[a["leading"] :]), product(c.dims[a["leading"] :])
    w, bias, mult, shift = c.rows(m, n)
    y = requant(bias + (x[0].reshape(-1, n) - a["zx"]) @ w.T, mult, shift, a, c)
    return sat(y + x[1], "i32") if len(x) == 2 else y


def dense_part(x, a, c):
    n, m = product(x[0].shape[a["leading"] :]), product(c.dims[a["leading"] :])
    part = slice(a["from"], a["to"])
    return ((x[0].reshape(-1, n)[:, part] - a["zx"]) @ c.rows(m, n)[0][:, part].T).reshape(c.dims)


def sum_requant(x, a, c):
    m = product(c.dims[a["leading"] :])
    _, bias, mult, shift = c.rows(m, a["n"])
    parts = x[:-1] if a["addend"] else x
    y = requant(sum(parts, i64(0)).reshape(-1, m) + bias, mult, shift, a, c)
    return sat(y + x[-1], "i32") if a["addend"] else y


def dense_shift(x, a, c):
    n, m = product(x[0].shape[a["leading"] :]), product(c.dims[a["leading"] :])
    w, bias, _, _ = c.rows(m, n)
    total = (bias + x[0].reshape(-1, n) @ w.T).astype("<i4").astype(np.int64)
    return sat(total >> a["shift"], "i8").reshape(c.dims)


def windows(x, a, dims, dilation=(1, 1)):
    """For each output place, input coordinates of the taps and whether they are inside."""
    height, width, _ = x.shape
    ys = np.arange(dims[0])[:, None] * a["strideY"] - a["top"] + np.arange(a["kernelY"])[None] * dilation[0]
    xs = np.arange(dims[1])[:, None] * a["strideX"] - a["left"] + np.arange(a["kernelX"])[None] * dilation[1]
    inside = ((ys >= 0) & (ys < height))[:, None, :, None] & ((xs >= 0) & (xs < width))[None, :, None, :]
    values = x[np.clip(ys, 0, height - 1)[:, None, :, None], np.clip(xs, 0, width - 1)[None, :, None, :]]
    return values, inside[..., None]


def conv2d(x, a, c):
    values, inside = windows(x[0], a, c.dims, (a["dilationY"], a["dilationX"]))
    centred = np.where(inside, values - a["zx"], 0)
    groups, channels = a["groups"], x[0].shape[2]
    per_group = channels // groups
    w, bias, mult, shift = c.rows(c.dims[2], a["kernelY"] * a["kernelX"] * per_group)
    total = np.zeros(c.dims, np.int64)
    for channel in range(c.dims[2]):
        first = channel // (c.dims[2] // groups) * per_group
        part = centred[..., first : first + per_group].reshape(c.dims[0], c.dims[1], -1)
        total[..., channel] = part @ w[channel]
    return requant(total + bias, mult, shift, a, c)


def maxpool(x, a, c):
    values, inside = windows(x[0], a, c.dims)
    return np.where(inside, values, -(2**62)).max(axis=(2, 3))


def sumpool(x, a, c):
    values, inside = windows(x[0], a, c.dims)
    total = np.where(inside, values - a["zx"], 0).sum(axis=(2, 3))
    return sat(a["zy"] + rs(total * a["m"], a["s"]), c.kind)


def add(x, a, c):
    left = rs((x[0] - a["za"]) * a["ma"], a["sa"])
    right = rs((x[1] - a["zb"]) * a["mb"], a["sb"])
    return sat(a["zy"] + left + right, c.kind)


def mul(x, a, c):
    return sat(a["zy"] + rs((x[0] - a["za"]) * (x[1] - a["zb"]) * a["m"], a["s"]), c.kind)


def lut8(x, a, c):
    return c.table("<i1", 256)[x[0] + 128]


def lut16(x, a, c):
    return c.table("<i2", 65536)[x[0] + 32768]


def embed(x, a, c):
    rows, width = c.dims
    index = np.arange(rows) if a["ofPosition"] else i64(c.tokens[:rows])
    w, _, mult, shift = c.rows(int(index.max()) + 1, width)
    return rs(w[index] * mult[index][:, None], shift[index][:, None])


def segments(values, size):
    width = values.shape[-1]
    return [values[..., at : at + size] for at in range(0, width, size)]


def rowmax(x, a, c):
    values = np.abs(x[0]) if a["abs"] else x[0]
    return np.stack([part.max(axis=-1) for part in segments(values, a["segment"])], axis=-1)


def rowsum(x, a, c):
    values = np.abs(x[0]) if a["abs"] else x[0]
    return np.stack([part.sum(axis=-1) for part in segments(values, a["segment"])], axis=-1)


def argkey(x, a, c):
    keys = (x[0] << 32) + (2**32 - 1 - np.arange(x[0].shape[-1]))
    return np.stack([part.max(axis=-1) for part in segments(keys, a["segment"])], axis=-1)


def argtoken(x, a, c):
    return (2**32 - 1 - (x[0] & (2**32 - 1))).reshape(c.dims)


def window(x, most):
    exponent = np.maximum(bit_length(most) - 22, -8)
    return np.where(exponent > 0, rs(x, np.maximum(exponent, 0)), x << np.maximum(-exponent, 0)), exponent


def mean(total, width):
    return div(2 * total + width, 2 * width)


def normsum(x, a, c):
    values, _ = window(x[0], x[1])
    if len(x) == 3:
        values = values - mean(x[2], x[0].shape[-1])
    values = values * values if a["square"] else values
    return np.stack([part.sum(axis=-1) for part in segments(values, a["segment"])], axis=-1)


def normscale(x, a, c):
    exponent = np.maximum(bit_length(x[0]) - 22, -8)
    floor = i64(a["eps"] * a["width"])
    total = x[1] + np.where(exponent > 0, floor >> (2 * np.maximum(exponent, 0)), floor << (2 * np.maximum(-exponent, 0)))
    return div(i64(2**49), isqrt(div(total, a["width"]) << 14))


def normout(x, a, c):
    width = x[0].shape[-1]
    values, _ = window(x[0], x[1])
    if len(x) == 4:
        values = values - mean(x[3], width)
    gains = c.table("<i2", width)
    biases = c.table("<i4", width, align(2 * width)) if a["bias"] else i64(0)
    return sat(biases + rs(rs(values * x[2], 12) * gains, a["s"]), c.kind)


def rope(x, a, c):
    positions, heads, width = x[0].shape
    table = c.table("<i2", positions * width).reshape(positions, 1, width // 2, 2)
    cosine, sine = table[..., 0], table[..., 1]
    half = width // 2
    first = np.arange(half) if a["halves"] else 2 * np.arange(half)
    second = first + (half if a["halves"] else 1)
    y = np.empty_like(x[0])
    left, right = x[0][..., first], x[0][..., second]
    y[..., first] = sat(rs(left * cosine - right * sine, 15), "i16")
    y[..., second] = sat(rs(left * sine + right * cosine, 15), "i16")
    return y


def later(dims):
    return np.arange(dims[2])[None, None, :] > np.arange(dims[1])[None, :, None]


def scores(x, a, c):
    group = x[0].shape[1] // x[1].shape[1]
    q, k = x[0].transpose(1, 0, 2), np.repeat(x[1].transpose(1, 0, 2), group, axis=0)
    s = sat(rs((q @ k.transpose(0, 2, 1)) * a["m"], a["s"]), "i16")
    return np.where(later(c.dims), -32768, s) if a["causal"] else s


def exp(x, a, c):
    distance = np.maximum(x[1] - x[0], 0)
    octaves = distance >> 8
    e = np.where(octaves >= 17, 0, rs(EXP[distance & 255], np.minimum(octaves, 17)))
    return np.where(later(c.dims), 0, e) if a["causal"] else e


def recip(x, a, c):
    return div(i64(2**46), x[0])


def attnout(x, a, c):
    group = x[0].shape[0] // x[1].shape[0]
    v = np.repeat(x[1], group, axis=0)
    return sat(rs((x[0] @ v.transpose(0, 2, 1)) * x[2], a["s"]), "i16").transpose(1, 0, 2)


def matmul(x, a, c):
    return sat(rs((x[0] @ np.swapaxes(x[1], -1, -2)) * a["m"], a["s"]), c.kind)


def mean_t(x, a, c):
    width = x[0].shape[-1]
    total = (x[0] - a["zx"]).sum(axis=-1)
    return sat(a["zy"] + rs(div(2 * total * a["m"] + width, 2 * width), a["s"]), c.kind)


def pad(x, a, c):
    ends = [(before, out - before - length) for before, out, length in zip(a["before"], c.dims, x[0].shape)]
    return np.pad(x[0], ends, constant_values=a["value"])


def upsample(x, a, c):
    y = x[0]
    for axis, factor in enumerate(a["factors"]):
        y = np.repeat(y, factor, axis=axis)
    return y


def cut(x, a, c):
    return np.take(x[0], a["start"] + np.arange(c.dims[a["axis"]]), axis=a["axis"])


OPERATORS = {
    "dense": dense,
    "dense_part": dense_part,
    "sum_requant": sum_requant,
    "dense_shift": dense_shift,
    "conv2d": conv2d,
    "maxpool": maxpool,
    "sumpool": sumpool,
    "add": add,
    "mul": mul,
    "lut8": lut8,
    "lut16": lut16,
    "embed": embed,
    "rowmax": rowmax,
    "rowsum": rowsum,
    "argkey": argkey,
    "argtoken": argtoken,
    "normsum": normsum,
    "normscale": normscale,
    "normout": normout,
    "rope": rope,
    "scores": scores,
    "exp": exp,
    "recip": recip,
    "attnout": attnout,
    "matmul": matmul,
    "meanT": mean_t,
    "tail": lambda x, a, c: x[0][x[0].shape[0] - c.dims[0] :],
    "reshape": lambda x, a, c: x[0].reshape(c.dims),
    "transpose": lambda x, a, c: x[0].transpose(a["permutation"]),
    "concat": lambda x, a, c: np.concatenate(x, axis=a["axis"]),
    "slice": cut,
    "pad": pad,
    "upsample": upsample,
}
