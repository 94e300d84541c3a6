"""Integers modulo 2^64: numpy's int64 arrays wrap by themselves."""
import math

import numpy as np

DTYPES = {"i8": "<i1", "i16": "<i2", "i32": "<i4", "i64": "<i8", "u16": "<u2", "u32": "<u4", "u64": "<i8"}
SIZES = {"i8": 1, "i16": 2, "i32": 4, "i64": 8, "u16": 2, "u32": 4, "u64": 8}
RANGES = {"i8": (-128, 127), "i16": (-32768, 32767), "i32": (-(2**31), 2**31 - 1)}


def i64(values):
    return np.asarray(values, np.int64)


def rs(values, shift):
    """Halves go up. `shift` is a number or an array that broadcasts."""
    shift = np.broadcast_to(i64(shift), np.shape(values))
    below = np.maximum(shift - 1, 0)
    return np.where(shift == 0, values, (values >> shift) + ((values >> below) & 1))


def sat(values, kind):
    return np.clip(values, *RANGES[kind])


def div(dividend, divisor):
    return np.floor_divide(dividend, np.maximum(i64(divisor), 1))


def isqrt(values):
    return i64([math.isqrt(v) if v > 0 else 0 for v in np.ravel(values).tolist()]).reshape(np.shape(values))


def bit_length(values):
    return i64([int(v).bit_length() for v in np.ravel(values).tolist()]).reshape(np.shape(values))


def exp_table():
    """round(32767 · 2^(−i/256)), found by integer powers."""
    table = []
    for i in range(256):
        value = round(32767 * 2 ** (-i / 256))
        while (2 * value - 1) ** 256 * 2**i > 65534**256:
            value -= 1
        while (2 * value + 1) ** 256 * 2**i <= 65534**256:
            value += 1
        table.append(value)
    return i64(table)


EXP = exp_table()
