"""The arithmetic of integer networks in numpy's int64, which wraps as the specification asks."""

import numpy as np

I64 = np.int64
LIMITS = {
    "i8": (-128, 127),
    "i16": (-(2**15), 2**15 - 1),
    "i32": (-(2**31), 2**31 - 1),
    "u16": (0, 2**16 - 1),
    "u32": (0, 2**32 - 1),
}
DTYPES = {"i8": "<i1", "i16": "<i2", "i32": "<i4", "i64": "<i8", "u16": "<u2", "u32": "<u4"}

# E2[i] = round(32767 * 2^(-i/256)); no entry is near enough to a half for a double to round it wrongly.
EXP = np.array([round(32767 * 2.0 ** (-i / 256)) for i in range(256)], dtype=I64)


def round_shift(a: np.ndarray, s: np.ndarray | int) -> np.ndarray:
    """a / 2^s, half goes up; s is 0...62, one number or one for each element of the last axis."""
    s = np.minimum(np.asarray(s, dtype=I64), 62)
    last = np.maximum(s - 1, 0)
    return np.where(s == 0, a, (a >> s) + ((a >> last) & 1))


def saturate(a: np.ndarray, kind: str) -> np.ndarray:
    return np.clip(a, *LIMITS[kind])


def bit_length(a: np.ndarray) -> np.ndarray:
    """Of values 0...2^32; a double holds them exactly, and frexp's exponent is their length."""
    return np.frexp(a.astype(np.float64))[1].astype(I64)


def square_root(a: np.ndarray) -> np.ndarray:
    """floor(sqrt(a)), 0 for a < 0: a double's root, then at most one up or down."""
    root = np.floor(np.sqrt(np.maximum(a, 0).astype(np.float64))).astype(I64)
    root = np.where(root * root > a, root - 1, root)
    root = np.where((root + 1) * (root + 1) <= a, root + 1, root)
    return np.maximum(root, 0)


def exact_product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """a @ b of integers through doubles. Refuses sums that a double would not hold."""
    most = float(np.abs(a).max(initial=0)) * float(np.abs(b).max(initial=0)) * a.shape[-1]
    if most >= 2.0**53:
        raise OverflowError(f"sums of up to {most:.3g}; doubles hold integers below 2^53")
    return (a.astype(np.float64) @ b.astype(np.float64)).astype(I64)
