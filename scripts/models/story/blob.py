"""A blob of weights: rows and tables, each at a multiple of 128 bytes."""

import math
import struct

import numpy as np

ALIGNMENT = 128
ROW_TAIL = struct.Struct("<iiB")  # bias, mult, shift

# Mults have 22 bits: a relative error of 2^-22, and |sum * mult| stays below 2^53 for rows of this model.
MULT_BITS = 22


def align(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT


def row_stride(weight_count: int) -> int:
    return align(weight_count + ROW_TAIL.size)


def fraction(scale: float, bits: int = MULT_BITS) -> tuple[int, int]:
    """(mult, shift) with mult / 2^shift = scale, rounded to `bits` bits; shift is 0...62."""
    if not scale > 0:
        raise ValueError(f"a scale is {scale}; it must be positive")
    shift = bits - math.frexp(scale)[1]
    if not 0 <= shift <= 62:
        raise ValueError(f"a scale of {scale} takes a shift of {shift}; the limits are 0 and 62")
    mult = round(math.ldexp(scale, shift))
    return (mult, shift) if mult < 1 << bits else (mult >> 1, shift - 1)


class Blob:
    def __init__(self) -> None:
        self.data = bytearray()

    def table(self, values: np.ndarray) -> int:
        """Appends an array's bytes and returns their place."""
        place = len(self.data)
        self.data += values.tobytes()
        self.data += bytes(align(len(self.data)) - len(self.data))
        return place

    def rows(self, weights: np.ndarray, scales: np.ndarray) -> int:
        """int8 rows [m][n], row r scaled by scales[r], without biases."""
        count, width = weights.shape
        if np.abs(weights.astype(np.int64)).max() > 127:
            raise ValueError("a weight is outside -127...127")
        place = len(self.data)
        for row, scale in zip(weights.astype(np.int8), scales):
            tail = ROW_TAIL.pack(0, *fraction(float(scale)))
            self.data += row.tobytes() + tail
            self.data += bytes(row_stride(width) - width - ROW_TAIL.size)
        return place


def read_rows(blob: bytes, place: int, count: int, width: int) -> tuple[np.ndarray, ...]:
    """(weights [m][n], bias, mult, shift) of rows at `place`."""
    stride = row_stride(width)
    raw = np.frombuffer(blob, np.uint8, count * stride, place).reshape(count, stride)
    tail = raw[:, width : width + ROW_TAIL.size].copy()
    ints = tail[:, :8].copy().view("<i4")
    weights = raw[:, :width].copy().view(np.int8)
    return weights, ints[:, 0].astype(np.int64), ints[:, 1].astype(np.int64), tail[:, 8].astype(np.int64)
